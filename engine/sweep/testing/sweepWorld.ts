import assert from 'node:assert/strict';
import { needsOf, partPacks } from '../../backup/roundState.ts';
import { backupWorld } from '../../backup/testing/backupWorld.ts';
import type { BackupWorld, WorldOptions } from '../../backup/testing/backupWorld.ts';
import type { PointId, ResourceId } from '../../model/ids.ts';
import { makeRecords } from '../../records/makeRecords.ts';
import { memoryBudget } from '../../repository/memoryBudget.ts';
import { createRepository } from '../../repository/openRepository.ts';
import type { OpenRepository } from '../../repository/openRepository.ts';
import { boundary, Killed } from '../../testing/boundary.ts';
import type { Boundary } from '../../testing/boundary.ts';
import { memoryKeyWrapper } from '../../testing/memoryKeyWrapper.ts';
import { seededRandom } from '../../testing/seededRandom.ts';
import { silentLog } from '../../testing/silentLog.ts';
import { virtualClock } from '../../testing/virtualClock.ts';
import { sweepOnce } from '../sweepOnce.ts';
import type { SweepResult } from '../sweepOnce.ts';
import { sweepSettings } from '../sweepServices.ts';
import type { SweepServices, SweepSettings } from '../sweepServices.ts';

export const hour = 3_600_000;
export const day = 24 * hour;

/** A sweeper that was started: its services, through ports that can be killed. */
export interface Sweeper {
  readonly services: SweepServices;
  readonly repository: OpenRepository;
  readonly boundary: Boundary;
}

/** A backup world whose storage is swept as well. */
export interface SweepWorld {
  readonly backup: BackupWorld;
  /** A process that sweeps. */
  start(through?: Boundary, settings?: Partial<SweepSettings>): Promise<Sweeper>;
  /** Calls the sweep until the cycle that is due is through, in a process that nobody disturbs. */
  cycle(settings?: Partial<SweepSettings>): Promise<SweepResult>;
  /** Lets a day and a bit go by, so that the next cycle is due and what was condemned is ripe. */
  nextDay(): void;
  /** A run that changes something, so that it leaves a point of its own. */
  run(): Promise<void>;
  /** Takes visible points away, as expiry does; all but the newest `left`. */
  expireAllBut(left: number): Promise<readonly PointId[]>;
  /** The same storage at the same moment, going its own way from now on. Only the sweep works on it, no backup. */
  fork(): SweepWorld;
  /** Names under a prefix, in order. */
  names(prefix: string): readonly string[];
}

export const sweepWorld = async (options: WorldOptions = {}): Promise<SweepWorld> =>
  sweepOver(await backupWorld(options));

function sweepOver(backup: BackupWorld): SweepWorld {
  const random = seededRandom('sweep');

  async function start(through = boundary(), settings: Partial<SweepSettings> = {}): Promise<Sweeper> {
    const { clock } = backup;
    const ports = {
      blobs: through.wrap('blobs', backup.blobs),
      tables: through.wrap('tables', backup.tables),
      random,
      clock,
    };
    const open = (over: Pick<typeof ports, 'blobs' | 'tables'>): Promise<OpenRepository> =>
      createRepository(
        { ...ports, ...over, budget: memoryBudget(96 * 1024 * 1024) },
        { vault: memoryKeyWrapper('vault') },
        'contoso',
      );
    const calm = await open(backup);
    const repository = await open(ports);
    const services: SweepServices = {
      ...ports,
      housekeeping: repository.housekeeping,
      journal: { needsOf, partPacks },
      promises: async (resource) =>
        new Map((await repository.housekeeping.visible(resource)).map((id) => [id, undefined])),
      records: makeRecords({ ...ports, sealer: calm }),
      condition: async () => ({ safeMode: false }),
      log: silentLog(),
      settings: { ...sweepSettings, ...settings },
      signal: new AbortController().signal,
    };
    return { services, repository, boundary: through };
  }

  async function cycle(settings: Partial<SweepSettings> = {}): Promise<SweepResult> {
    const { services } = await start(undefined, settings);
    for (let calls = 0; calls < 1_000; calls++) {
      const result = await sweepOnce(services);
      if (result.kind === 'busy') backup.clock.set(backup.clock.now() + 10 * 60_000);
      else if (result.kind !== 'again') return result;
    }
    throw new Error('The cycle never ends');
  }

  return {
    backup,
    start,
    cycle,
    nextDay: () => backup.clock.set(backup.clock.now() + 26 * hour),
    async run() {
      backup.nextSlot();
      await backup.run();
    },
    async expireAllBut(left) {
      const { repository } = await start();
      const points = await repository.housekeeping.visible(backup.resource);
      const gone = points.slice(left);
      await repository.expiry.expire(backup.resource, gone, async () => true);
      return gone;
    },
    fork() {
      const clock = virtualClock({ startAt: new Date(backup.clock.now()).toISOString() });
      return sweepOver({ ...backup, clock, blobs: backup.blobs.fork({ clock }), tables: backup.tables.fork() });
    },
    names: (prefix) =>
      backup.blobs
        .dump()
        .map(({ name }) => name)
        .filter((name) => name.startsWith(prefix)),
  };
}

/** Runs the process until it is killed or through; whatever else goes wrong is a fault that the plan put there. */
export async function survive(process: Boundary, work: () => Promise<unknown>): Promise<void> {
  try {
    await process.run(work);
  } catch (error) {
    if (!(error instanceof Killed) && process.hits.length === 0) throw error;
  }
}

/** I1: every visible point of a resource reads, byte for byte. Answers how many points there are. */
export async function assertReadable(repository: OpenRepository, resource: ResourceId): Promise<number> {
  const points = await repository.housekeeping.visible(resource);
  for (const id of points) {
    const reader = await repository.points.open(resource, id);
    for await (const entry of reader.entries()) {
      for (const stream of entry.streams) {
        let size = 0;
        for await (const bytes of repository.readStream(stream)) size += bytes.byteLength;
        assert.equal(size, stream.size);
      }
    }
  }
  return points.length;
}
