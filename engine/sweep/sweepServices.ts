import type { Instant, PackId, PointId, ResourceId } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { TableStore } from '../ports/tableStore.ts';
import type { Records } from '../records/records.ts';
import type { RecordsCondition } from '../records/recoverRecords.ts';
import type { Housekeeping } from '../repository/housekeeping.ts';
import type { Head, Slice } from '../repository/repository.ts';
import type { StateNeeds } from '../backup/roundState.ts';

const hour = 3_600_000;
const day = 24 * hour;

export interface SweepSettings {
  /** From the beginning of one cycle to that of the next: longer than an object stays condemned, so that two are enough. */
  readonly cycleMs: number;
  /** Nothing younger is condemned, and nothing goes before it was condemned for so long. */
  readonly ageMs: number;
  /** Cycles that condemn and remove the same object begin at least so far apart. */
  readonly apartMs: number;
  /** Names of what was removed stay on the list for so long. */
  readonly listedMs: number;
  /** Slices that carry the ledgers of runs. */
  readonly sliceMs: number;
  readonly endedMs: number;
  /** What ended once more has a newer blob; the older one stays for so long. */
  readonly supersededMs: number;
  readonly exportMs: number;
  /** A cycle that was refused is tried again after so long. */
  readonly refusedMs: number;
  /** How long one call works before it leaves the rest to the next. */
  readonly jobMs: number;
  /** Of more roots and slices than this the resources are looked at in portions, each kept for later calls. */
  readonly portionBlobs: number;
  /** Of more roots than this it is kept for later calls what retention says of them. */
  readonly portionRoots: number;
  /** Packs of which less than this share is needed are written anew, where at least so many bytes are won. */
  readonly leastShare: number;
  readonly leastWon: number;
  /** Packs below this size, when a resource has `manySmall` of them, are written together. */
  readonly smallPack: number;
  readonly manySmall: number;
  /** Where blobs are protected until a date: one that ends within this time is put off, to at most `coverMs` from now. */
  readonly dueMs: number;
  readonly coverMs: number;
  /** Most packs that one cycle chooses to write anew. */
  readonly mostRepacked: number;
}

export const sweepSettings: SweepSettings = {
  cycleMs: 25 * hour,
  ageMs: day,
  apartMs: 4 * hour,
  listedMs: 30 * day,
  sliceMs: 400 * day,
  endedMs: 400 * day,
  supersededMs: 7 * day,
  exportMs: day,
  refusedMs: hour,
  jobMs: 240_000,
  portionBlobs: 50_000,
  portionRoots: 5_000,
  leastShare: 0.25,
  leastWon: 256 * 1024,
  smallPack: 4 * 1024 * 1024,
  manySmall: 16,
  dueMs: 30 * day,
  coverMs: 365 * day,
  mostRepacked: 200,
};

/** What the states that slices carry need; the repository does not look into them. */
export interface JournalNeeds {
  needsOf(slice: Slice, head: Pick<Head, 'newestPoint'>): StateNeeds;
  partPacks(slice: Slice): readonly PackId[];
}

/** What a sweep works with. */
export interface SweepServices {
  readonly blobs: BlobStore;
  readonly tables: TableStore;
  readonly housekeeping: Housekeeping;
  readonly journal: JournalNeeds;
  /** Until when retention promises each visible point; undefined where nothing that is known ends its stay. */
  readonly promises: (resource: ResourceId) => Promise<ReadonlyMap<PointId, Instant | undefined>>;
  readonly records: Pick<Records, 'resources' | 'runs' | 'settings' | 'outbox' | 'holds'>;
  /** Asked anew by every call: in safe mode nothing is condemned or removed. */
  condition(): Promise<RecordsCondition>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly settings: SweepSettings;
  readonly signal: AbortSignal;
}
