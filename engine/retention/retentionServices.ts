import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Queue } from '../ports/queue.ts';
import type { TableStore } from '../ports/tableStore.ts';
import type { Records } from '../records/records.ts';
import type { DamageList } from '../repository/damage.ts';
import type { Expiry, Repository } from '../repository/repository.ts';

/** What retention works with. */
export interface RetentionServices {
  readonly repository: Pick<Repository, 'points'> & {
    readonly expiry: Expiry;
    readonly damage: Pick<DamageList, 'items' | 'points'>;
  };
  readonly records: Pick<
    Records,
    'policies' | 'resources' | 'holds' | 'brakes' | 'waitingChanges' | 'audit' | 'outbox'
  >;
  readonly tables: TableStore;
  readonly blobs: Pick<BlobStore, 'replace'>;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
  /** Safe mode: nothing expires while the records may be the wrong ones. */
  isInSafeMode(): Promise<boolean>;
}
