import { instant, type Instant, type PolicyId } from '../../model/ids.ts';
import type { BackupPolicy } from '../../model/policy.ts';
import type { RestorePoint } from '../../model/point.ts';
import type { ProtectedResource } from '../../model/resource.ts';
import { makeRecords } from '../../records/makeRecords.ts';
import type { Records } from '../../records/records.ts';
import { recoverRecords } from '../../records/recoverRecords.ts';
import { createRepository, type OpenRepository } from '../../repository/openRepository.ts';
import { entry, minute, publishRound, resource, take, tenant, vault } from '../../repository/testing/world.ts';
import { memoryBlobStore, type MemoryBlobStore } from '../../testing/memoryBlobStore.ts';
import { memoryQueue } from '../../testing/memoryQueue.ts';
import { memoryTableStore, type MemoryTableStore } from '../../testing/memoryTableStore.ts';
import { aPolicy, aResource } from '../../testing/recordsWorld.ts';
import { seededRandom } from '../../testing/seededRandom.ts';
import { silentLog } from '../../testing/silentLog.ts';
import { virtualClock, type VirtualClock } from '../../testing/virtualClock.ts';
import type { Boundary } from '../../testing/boundary.ts';
import type { RetentionServices } from '../retentionServices.ts';

export interface RetentionWorld {
  /** Of the machine and of storage, until one of them is set apart. */
  readonly clock: VirtualClock;
  readonly storageClock: VirtualClock;
  readonly blobs: MemoryBlobStore;
  readonly tables: MemoryTableStore;
  readonly queue: ReturnType<typeof memoryQueue>;
  readonly policy: BackupPolicy;
  readonly resource: ProtectedResource;
  readonly repository: OpenRepository;
  readonly records: Records;
  readonly services: RetentionServices;
  /** One point each `everyHours`, the first at the begin of 1 March 2026; time goes to the last one. */
  backUp(days: number, everyHours: number): Promise<readonly RestorePoint[]>;
  goTo(time: Instant): void;
  /** A process of its own over storage as it is now, whose calls are counted; the stores are forks. */
  fork(through?: Boundary): Promise<RetentionWorld>;
  /** A process that nobody disturbs, over the same stores. */
  reopen(): Promise<RetentionWorld>;
}

export async function retentionWorld(rules: Partial<BackupPolicy> = {}): Promise<RetentionWorld> {
  const clock = virtualClock();
  const storageClock = virtualClock();
  const blobs = memoryBlobStore({ clock: storageClock });
  const tables = memoryTableStore();
  const policy = aPolicy('c'.repeat(32), rules);
  const made = aResource(resource, { policyId: policy.id as PolicyId, ownerId: 'anna' as never, sourceId: 'anna' });
  const world = await over({ clock, storageClock, blobs, tables, policy, resource: made });
  await world.records.policies.create(policy);
  await world.records.resources.put(made);
  return world;
}

type Ground = Pick<RetentionWorld, 'clock' | 'storageClock' | 'blobs' | 'tables' | 'policy' | 'resource'>;

async function over(ground: Ground, through?: Boundary): Promise<RetentionWorld> {
  const { clock, storageClock } = ground;
  const random = seededRandom('retention');
  const blobs = through ? through.wrap('blobs', ground.blobs) : ground.blobs;
  const tables = through ? through.wrap('tables', ground.tables) : ground.tables;
  const queue = memoryQueue({ clock });
  const plain = { blobs: ground.blobs, tables: ground.tables, random, clock };
  // Opened once beside the boundary: reading the keys is not what is tested here.
  const sealer = await createRepository(plain, { vault }, tenant);
  const repository = through ? await createRepository({ ...plain, tables }, { vault }, tenant) : sealer;
  const recordServices = { tables, blobs, sealer, clock, random };
  if (!through) await recoverRecords(recordServices);
  const records = makeRecords(recordServices);
  const services: RetentionServices = {
    repository,
    records,
    tables,
    blobs,
    queue: through ? through.wrap('queue', queue) : queue,
    clock,
    log: silentLog(),
    isInSafeMode: async () => false,
  };
  const goTo = (time: Instant): void => {
    clock.set(Date.parse(time));
    storageClock.set(Date.parse(time));
  };
  return {
    ...ground,
    queue,
    repository,
    records,
    services,
    goTo,
    async backUp(days, everyHours) {
      const points: RestorePoint[] = [];
      let head = await take(repository);
      for (let hour = 0; hour < days * 24; hour += everyHours) {
        const at = hour * 60 + 1;
        const published = await publishRound(repository, random, head, at, [
          entry('changing', { versionTag: `${at}` }),
        ]);
        head = published.head;
        points.push(published.point);
      }
      const { openRun: _run, holder: _holder, heartbeatAt: _beat, ...free } = head;
      await repository.points.commit({ ...free }, {});
      goTo(instant(Date.parse(points.at(-1)?.takenAt ?? minute(0)) + 60_000));
      return points;
    },
    reopen: () => over(ground),
    fork: (process) => over({ ...ground, blobs: ground.blobs.fork(), tables: ground.tables.fork() }, process),
  };
}
