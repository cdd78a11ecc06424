import assert from 'node:assert/strict';
import type { Connector } from '../../connector.ts';
import type { Instant, PolicyId, ResourceId, RunId } from '../../model/ids.ts';
import type { Entry } from '../../model/item.ts';
import { isBalanced, type LedgerEntry } from '../../model/ledger.ts';
import type { BackupPolicy } from '../../model/policy.ts';
import type { RunResource } from '../../model/run.ts';
import { makeRecords } from '../../records/makeRecords.ts';
import type { Records } from '../../records/records.ts';
import { memoryBudget } from '../../repository/memoryBudget.ts';
import { createRepository, type OpenRepository } from '../../repository/openRepository.ts';
import { boundary, Killed, type Boundary } from '../../testing/boundary.ts';
import { memoryBlobStore } from '../../testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../../testing/memoryKeyWrapper.ts';
import { memoryQueue } from '../../testing/memoryQueue.ts';
import { memoryTableStore } from '../../testing/memoryTableStore.ts';
import { scriptedSource, type ScriptedOptions, type ScriptedSource } from '../../testing/scriptedConnector.ts';
import { seededRandom } from '../../testing/seededRandom.ts';
import { silentLog } from '../../testing/silentLog.ts';
import { virtualClock } from '../../testing/virtualClock.ts';
import { allPages } from '../allPages.ts';
import type { BackupNudge, BackupServices } from '../backupServices.ts';
import { backupSettings, type BackupSettings } from '../defaults.ts';
import { resourceIdOf } from '../entries.ts';
import { onBackupNudge } from '../nudges.ts';
import { readRunLedger } from '../runLedger.ts';
import { scheduleTick, startPolicyRun } from '../startRun.ts';
import { resumeOpenRuns } from '../watchdog.ts';

/** Small limits, so that every way on to the next slice and the next job is taken. */
export const smallSettings: BackupSettings = { ...backupSettings, sliceItems: 3, sliceBytes: 300_000, jobMs: 2000 };

const key = memoryKeyWrapper('vault');

/** One process: services over ports that can be killed. */
export interface Process {
  readonly services: BackupServices;
  readonly boundary: Boundary;
}

/** What outlives processes, the source that is backed up, and how both are watched. */
export interface BackupWorld {
  readonly source: ScriptedSource;
  readonly clock: ReturnType<typeof virtualClock>;
  readonly queue: ReturnType<typeof memoryQueue>;
  readonly blobs: ReturnType<typeof memoryBlobStore>;
  readonly tables: ReturnType<typeof memoryTableStore>;
  readonly policy: PolicyId;
  /** A process; the one before is dead then. */
  start(through?: Boundary): Promise<Process>;
  /** Works off the queues until they are empty; jumps over waits. */
  drain(process: Process): Promise<void>;
  /** Hands every message that is due now to its handler, once. */
  handleDue(process: Process): Promise<number>;
  /** A whole run in a process that nobody disturbs. */
  run(): Promise<RunId>;
  /** The next scheduled run in `through`; after a kill it is taken up again until it ends. */
  survive(through: Boundary): Promise<RunId>;
  /** Lets the next slot of the policy come. */
  nextSlot(): void;
  readonly resource: ResourceId;
}

export interface WorldOptions extends Omit<ScriptedOptions, 'clock'> {
  readonly tellsEveryRun?: boolean;
  /** Storage protects blobs of the repository until a date. */
  readonly immutable?: boolean;
  readonly settings?: Partial<BackupSettings>;
  /** Of all that is drawn by chance: ids, keys, and by the keys where content is cut into chunks. */
  readonly seed?: string;
}

export async function backupWorld(options: WorldOptions = {}): Promise<BackupWorld> {
  const clock = virtualClock();
  const blobs = memoryBlobStore({ clock, ...(options.immutable && { immutable: ['repository'] }) });
  const tables = memoryTableStore();
  const queue = memoryQueue({ clock });
  const random = seededRandom(options.seed ?? 'backup');
  const source = scriptedSource({ ...options, clock });
  const settings = { ...smallSettings, ...options.settings };
  const policy = 'ab'.repeat(16) as PolicyId;
  let starts = 0;

  async function start(through: Boundary = boundary()): Promise<Process> {
    const holder = `host-${++starts}`;
    const ports = {
      blobs: through.wrap('blobs', blobs),
      tables: through.wrap('tables', tables),
      random,
      clock,
      // A budget of its own: a killed process never gives memory back.
      budget: memoryBudget(96 * 1024 * 1024),
    };
    const repository = await createRepository({ ...ports, blobs, tables }, { vault: key }, 'contoso');
    // Opened again through the boundary: making the keys is not what is tested here.
    const opened = await createRepository(ports, { vault: key }, 'contoso');
    const counted: Connector = through.wrap('source', source.connector, ['discover', 'changes', 'fetch', 'original']);
    const services: BackupServices = {
      repository: opened,
      records: makeRecords({ ...ports, sealer: repository }),
      queue: through.wrap('queue', queue),
      clock,
      random,
      log: silentLog(),
      connectors: new Map([[source.connector.workload, counted]]),
      groupMembers: async () => new Set(),
      settings,
      tellsEveryRun: async () => options.tellsEveryRun === true,
      holder,
      isDead: (other) => other !== holder,
      signal: new AbortController().signal,
    };
    return { services, boundary: through };
  }

  async function handleDue({ services, boundary: process }: Process): Promise<number> {
    let handled = 0;
    for (const name of ['backup', 'history'] as const) {
      for (const taken of queue.take(name)) {
        await process.run(() => onBackupNudge(services, taken.message as BackupNudge, name));
        taken.done();
        handled++;
      }
    }
    return handled;
  }

  async function drain(process: Process): Promise<void> {
    for (;;) {
      if ((await handleDue(process)) > 0) continue;
      const dueAt = [...queue.dump('backup'), ...queue.dump('history')].map((message) => message.dueAt);
      if (dueAt.length === 0) return;
      clock.set(Math.max(clock.now(), Math.min(...dueAt)));
    }
  }

  async function run(): Promise<RunId> {
    const process = await start();
    const id = await startPolicyRun(process.services, policy, 'schedule');
    await drain(process);
    return id;
  }

  async function survive(through: Boundary): Promise<RunId> {
    const attempt = async (process: Process): Promise<void> => {
      await process.boundary.run(async () => {
        await resumeOpenRuns(process.services);
        await scheduleTick(process.services);
      });
      await drain(process);
    };
    try {
      await attempt(await through.run(() => start(through)));
    } catch (error) {
      if (!(error instanceof Killed) && !through.killed && through.hits.length === 0) throw error;
    }
    if (through.hits.length > 0) await attempt(await start());
    const [newest] = (await (await start()).services.records.runs.list()).value;
    assert.ok(newest, 'a run was started');
    return newest.id;
  }

  const first = await start();
  await first.services.records.policies.create(everything(policy, source.connector.workload));
  const world: BackupWorld = {
    source,
    clock,
    queue,
    blobs,
    tables,
    policy,
    start,
    drain,
    handleDue,
    run,
    survive,
    nextSlot: () => clock.set(clock.now() + 12 * 3_600_000),
    resource: resourceIdOf(first.services.repository, source.connector.workload, `${source.connector.workload}-1`),
  };
  return world;
}

export const everything = (id: PolicyId, workload: string): BackupPolicy => ({
  id,
  name: 'Everything',
  enabled: true,
  order: 1,
  scope: { include: [{ kind: 'all' }], exclude: [], workloads: [workload], autoInclude: true },
  schedule: { everyHours: 12 },
  retention: { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1 },
  keepGoneDays: 365,
  options: {},
  createdAt: '2026-03-01T00:00:00.000Z' as Instant,
  createdBy: 'system',
});

/** What a run left, without what may differ between two equal runs: times, random ids, sealed sizes. */
export interface EndState {
  readonly run: { readonly state: string; readonly status: string | undefined; readonly counts: object };
  readonly rows: readonly object[];
  readonly points: readonly object[];
  readonly items: readonly object[];
  readonly missing: readonly object[];
  readonly ledger: readonly string[];
}

export async function endState(world: BackupWorld, runId: RunId): Promise<EndState> {
  const { services } = await world.start();
  const { records, repository } = services;
  const run = (await records.runs.get(runId))?.value;
  assert.ok(run);
  const rows = await Array.fromAsync(allPages((token) => records.runs.resources.list(runId, token)));
  const { points } = await repository.points.list(world.resource);
  const [newest] = points;
  const reader = newest && (await repository.points.open(world.resource, newest.id));
  const entries = reader ? await Array.fromAsync(reader.entries()) : [];
  return {
    run: { state: run.state, status: run.status, counts: steady(run.counts) },
    rows: rows.map(({ state, status, counts, reason }) => ({ state, status, reason, counts: steady(counts) })),
    points: points.map(({ status, counts }) => ({ status, counts })),
    items: entries.map(factsOf).toSorted((a, b) => (a.sourceId < b.sourceId ? -1 : 1)),
    missing: (reader?.missing ?? []).map(({ sourceId, outcome, attempts, reason }) => ({
      sourceId,
      outcome,
      attempts,
      reason,
    })),
    ledger: (await wholeLedger(services, runId)).map(lineOf).toSorted(),
  };
}

const steady = ({ bytesStored: _sealed, ...counts }: RunResource['counts']): object => counts;
const factsOf = ({ sourceId, parentId, name, versionTag, sha256, container, size }: Entry) => ({
  sourceId,
  parentId,
  name,
  versionTag,
  sha256,
  container,
  size,
});
const lineOf = ({ sourceId, outcome, reason, attempts }: LedgerEntry): string =>
  [sourceId, outcome, reason, attempts].join(' ');

export const wholeLedger = (services: BackupServices, run: RunId): Promise<LedgerEntry[]> =>
  Array.fromAsync(allPages((pageToken) => readRunLedger(services, run, { limit: 2, ...(pageToken && { pageToken }) })));

/** Reads everything that the newest point shows and compares it with what the source held: bytes, hashes, places. */
export async function assertTrue(
  world: BackupWorld,
  repository: OpenRepository | BackupServices['repository'],
): Promise<void> {
  const point = await repository.points.find(world.resource, 'latest');
  const reader = await repository.points.open(world.resource, point.id);
  const entries = await Array.fromAsync(reader.entries());
  for (const entry of entries) {
    const states = world.source.history.get(entry.sourceId);
    const original = entry.streams.find((stream) => stream.name === 'original');
    if (entry.container) continue;
    assert.ok(original, `${entry.sourceId} has content`);
    assert.equal(entry.sha256, states?.get(entry.versionTag), `${entry.sourceId} is the version it says`);
    for (const stream of entry.streams) {
      let size = 0;
      for await (const bytes of repository.readStream(stream)) size += bytes.byteLength;
      assert.equal(size, stream.size);
    }
  }
  const missing = new Set(reader.missing.map((entry) => entry.sourceId));
  const held = entries.map((entry) => entry.sourceId);
  const atSource = [...world.source.items.keys()].filter((id) => !missing.has(id) || held.includes(id));
  assert.deepEqual(held.toSorted(), atSource.toSorted(), 'the point shows what the source holds');
}

/** No row ever shows a ledger out of balance; call it after the run for its rows. */
export async function assertBalanced(records: Records, run: RunId): Promise<void> {
  for await (const row of allPages((token) => records.runs.resources.list(run, token))) {
    assert.ok(isBalanced(row.counts), JSON.stringify(row.counts));
  }
}
