import type { BackupPolicy } from '../model/policy.ts';
import type { Counts } from '../model/ledger.ts';
import { noCounts } from '../model/ledger.ts';
import { instant } from '../model/ids.ts';
import type { PolicyId, ResourceId, RunId, UserId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Run, RunResource } from '../model/run.ts';
import type { AuditEntry } from '../records/records.ts';
import type { RecordServices } from '../records/openLog.ts';
import { memoryBlobStore } from './memoryBlobStore.ts';
import type { MemoryBlobStore, MemoryBlobStoreOptions } from './memoryBlobStore.ts';
import { memorySealer } from './memorySealer.ts';
import { memoryTableStore } from './memoryTableStore.ts';
import type { MemoryTableStore } from './memoryTableStore.ts';
import { seededRandom } from './seededRandom.ts';
import { virtualClock } from './virtualClock.ts';
import type { VirtualClock } from './virtualClock.ts';

export interface RecordsWorld extends RecordServices {
  readonly tables: MemoryTableStore;
  readonly blobs: MemoryBlobStore;
  readonly clock: VirtualClock;
}

/** Everything that records stand on, in memory. */
export function recordsWorld(options: Pick<MemoryBlobStoreOptions, 'pageSize' | 'emptyPages'> = {}): RecordsWorld {
  const clock = virtualClock();
  const random = seededRandom('records');
  return {
    tables: memoryTableStore(options),
    blobs: memoryBlobStore({ clock, ...options }),
    sealer: memorySealer(random),
    clock,
    random,
  };
}

export const aPolicy = (id: string, change: Partial<BackupPolicy> = {}): BackupPolicy => ({
  id: id as PolicyId,
  name: `Policy ${id}`,
  enabled: true,
  order: 1,
  scope: { include: [{ kind: 'all' }], exclude: [], workloads: ['mail'], autoInclude: true },
  schedule: { everyHours: 12 },
  retention: { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1 },
  keepGoneDays: 365,
  options: {},
  createdAt: instant(0),
  createdBy: 'system',
  ...change,
});

export const aResource = (id: string, change: Partial<ProtectedResource> = {}): ProtectedResource => ({
  id: id as ResourceId,
  workload: 'mail',
  kind: 'user',
  sourceId: `source-of-${id}`,
  name: `Name of ${id}`,
  state: 'protected',
  firstSeenAt: instant(0),
  ...change,
});

export const aRun = (id: string, startedAtMs: number, change: Partial<Run> = {}): Run => ({
  id: id as RunId,
  policyId: 'policy' as PolicyId,
  startedBy: 'schedule',
  state: 'queued',
  planned: false,
  counts: noCounts,
  startedAt: instant(startedAtMs),
  heartbeatAt: instant(startedAtMs),
  alreadyRunning: [],
  ...change,
});

export const aRunResource = (run: string, resource: string, counts: Counts = noCounts): RunResource => ({
  runId: run as RunId,
  resourceId: resource as ResourceId,
  state: 'open',
  counts,
  heartbeatAt: instant(0),
});

export const anAuditEntry = (
  action: string,
  on: Readonly<Record<string, string>> = {},
): Omit<AuditEntry, 'id' | 'previous' | 'hash'> => ({
  at: instant(0),
  who: 'person' as UserId,
  action,
  on,
  result: 'done',
});
