import type { Graph, Log } from '../graph/index.ts';

/** What every workload is made of. */
export interface WorkloadDeps {
  /** Speaks as the backup app. */
  readonly read: Graph;
  /** Speaks as the restore app; absent: restores into Microsoft 365 are refused, downloads work. */
  readonly write?: Graph;
  readonly now: () => number;
  readonly log: Log;
}
