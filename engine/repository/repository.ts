import type { Fault } from '../fault.ts';
import type { Entry } from '../model/item.ts';
import type { ChunkId, Cursor, Instant, ItemId, PackId, PointId, ResourceId, RunId, SliceId } from '../model/ids.ts';
import type { Counts, LedgerEntry } from '../model/ledger.ts';
import type { RestorePoint } from '../model/point.ts';
import type { DiscoveredResource } from '../model/resource.ts';
import type { SegmentPlace, StoredStream } from '../model/stream.ts';
import type { Basis, Elsewhere } from './basis.ts';
import type { AcceptedObjects } from './acceptedObjects.ts';
import type { DamageList } from './damage.ts';

/** Packs, roots, slices and keys of one tenant. Everything that leaves it is sealed; everything that enters is checked. */
export interface Repository {
  readonly id: string;
  readonly tenant: string;

  /** 32 hex of a keyed hash; equal parts give equal ids for the life of the repository, across key rotation. */
  idOf(...parts: readonly string[]): string;

  /** A writer for one job; not shared between jobs. */
  packWriter(budget?: PackBudget): PackWriter;

  /** Bytes [from, to) of a stream. Every segment's tag is checked; the whole-stream SHA-256 too when read from 0 to the end. Faults `corrupt`, `missing`. */
  readStream(stream: StoredStream, range?: { readonly from: number; readonly to: number }): AsyncIterable<Uint8Array>;

  /** Seals and stores a slice (create-only, under `slice.id`; the same bytes on a retry). */
  putSlice(slice: Slice): Promise<void>;
  /** Fault `missing` or `corrupt`. */
  openSlice(resource: ResourceId, id: SliceId): Promise<Slice>;

  /** Seals small things for table columns and messages: bound to `place` (table, partition, key, column). */
  sealColumn(scope: string, place: string, bytes: Uint8Array): Uint8Array;
  /** Fault `corrupt`. Asks storage only for a key that another process made meanwhile. */
  openColumn(scope: string, place: string, sealed: Uint8Array): Promise<Uint8Array>;

  readonly points: Points;
  /** Items whose stored bytes were found damaged, until they are healed. */
  readonly damage: DamageList;
  /** Objects whose loss was accepted, beside the items of the list. */
  readonly acceptedObjects: AcceptedObjects;
}

export interface PackBudget {
  /** Close a pack at this size (default 32 MiB). */
  readonly packBytes?: number;
}

/** Stores content. Small streams share compressed segments by class; large ones are cut by content and found again tenant-wide. */
export interface PackWriter {
  /**
   * Reads `source` to its end and stores it. When `source` throws nothing of it counts.
   * `kind` chooses the class: `mime` may be split reversibly, `text`, `binary`. Calls may overlap. The places of its parts
   * are filled in by `flush`: do not copy them before.
   */
  store(name: string, kind: 'mime' | 'text' | 'binary', source: AsyncIterable<Uint8Array>): Promise<StoredStream>;
  /**
   * A stream longer than one job: goes on where `state` stopped. Ends by itself after about `cutAfter` bytes with
   * `complete: false` and a state for the next job; everything before it is durable after `flush`.
   */
  storeLarge(
    name: string,
    source: AsyncIterable<Uint8Array>,
    state: LargeStreamState | undefined,
    cutAfter: number,
  ): Promise<LargeStreamResult>;
  /** Seals and uploads what is open; all streams stored so far are durable when it answers. */
  flush(): Promise<readonly PackRef[]>;
  /** Sealed bytes uploaded so far by this writer. */
  readonly bytesStored: number;
  /** Sealed bytes waiting in memory. */
  readonly buffered: number;
  /** Drops what is not flushed. */
  abandon(): void;
}

export interface PackRef {
  readonly pack: PackId;
  readonly kind: 'content' | 'meta';
  readonly length: number;
}

/** JSON-able; holds hash states and places so far. */
export interface LargeStreamState {
  readonly bytes: number;
  readonly sha256State: string;
  readonly parts: StoredStream['parts'];
}
export type LargeStreamResult =
  | { readonly complete: true; readonly stream: StoredStream }
  | { readonly complete: false; readonly state: LargeStreamState };

/** One committed step of work on one resource. */
export interface Slice {
  readonly id: SliceId;
  readonly resourceId: ResourceId;
  readonly runId: RunId;
  readonly fence: number;
  readonly step: number;
  /** Undefined for the first slice of a resource. */
  readonly predecessor?: SliceId;
  readonly committedAt: Instant;
  /** New item states (containers too), sorted as in a point. */
  readonly entries: readonly Entry[];
  /** Items that left the set. */
  readonly removals: readonly ItemId[];
  readonly ledger: readonly LedgerEntry[];
  /** Items listed and still to be fetched; the flow's own shape. */
  readonly pending: readonly unknown[];
  /** Packs first written by this slice. */
  readonly packs: readonly PackRef[];
  /** What the next job needs to go on; the flow's own shape. Small. */
  readonly state: unknown;
}

/** The one row of a resource that decides. */
export interface Head {
  readonly resourceId: ResourceId;
  readonly fence: number;
  readonly step: number;
  readonly headSlice?: SliceId;
  readonly newestPoint?: PointId;
  readonly openRun?: RunId;
  readonly heartbeatAt?: Instant;
  /** Host instance that holds it. */
  readonly holder?: string;
  /** The newest condemnation of packs that its job knew of when it took the fence; see `CondemnedList`. */
  readonly knows?: number;
  /** Newest point that the catalog shows. */
  readonly catalogPoint?: PointId;
  /** Points that are just being let go: the catalog still needs their roots and pages to forget them. */
  readonly expiring?: readonly PointId[];
  readonly etag: string;
}

/** Restore points and the head row. All conditional writes of a resource go through here. */
export interface Points {
  /** A head with fence 0 when the resource has none yet. */
  head(resource: ResourceId): Promise<Head>;
  /**
   * Takes the resource over: fence + 1, heartbeat now, holder set. Undefined when another holder's (not the same one's) heartbeat is younger
   * than `aliveMs` (unless `isDead(holder)` says that its process is gone).
   */
  takeFence(
    resource: ResourceId,
    taker: { holder: string; run: RunId; now: Instant; aliveMs: number; isDead(holder: string): boolean },
  ): Promise<Head | undefined>;
  /** Conditional on `head.etag` and its fence. Fault `stale-fence` when somebody else moved it. After an unknown outcome it reads back. */
  commit(
    head: Head,
    change: Partial<Pick<Head, 'headSlice' | 'heartbeatAt' | 'openRun' | 'holder' | 'step'>>,
  ): Promise<Head>;

  /**
   * Builds pages and root from the newest point and the slices since, makes everything durable, checks with HEAD that
   * every pack first named since the previous point is there with its length, then makes the point visible in one
   * transaction with the head. Memory: about 800 bytes for each item that the slices name, nothing for the others.
   */
  publish(head: Head, draft: PointDraft): Promise<{ readonly head: Head; readonly point: RestorePoint }>;
  /** Nothing changed: the newest point is still true at `at`. */
  confirm(head: Head, at: Instant): Promise<Head>;

  /** Newest first. */
  list(
    resource: ResourceId,
    pageToken?: string,
  ): Promise<{ readonly points: readonly RestorePoint[]; readonly nextPageToken?: string }>;
  /** `latest`, a point id, or an Instant (newest with takenAt ≤ it). Fault `not-found`. */
  find(resource: ResourceId, at: string): Promise<RestorePoint>;
  open(resource: ResourceId, id: PointId): Promise<PointReader>;

  /** Reads all pages of this point, the newest one. Undefined when they are whole, else what the next is to be made on. */
  findBasis(resource: ResourceId, newest: PointId): Promise<Basis | undefined>;
  /** What of a basis can be read; undefined where nothing can. Faults as `open`. */
  openBasis(resource: ResourceId, basis: Basis): Promise<PointReader | undefined>;
  /** What the other points of the resource can still tell. For one job. */
  elsewhere(resource: ResourceId): Elsewhere;
}

export interface PointDraft {
  readonly id: PointId;
  /** The point is made on this and not on the newest one, which is damaged. */
  readonly basis?: Basis;
  readonly runId: RunId;
  /** As its source names it at this time; without it, as the point before did. */
  readonly resource?: DiscoveredResource;
  readonly window: { readonly from: Instant; readonly to: Instant };
  /** Slices since the previous point, oldest first. */
  readonly slices: readonly SliceId[];
  /** Removed at the end of the round, beside what the slices removed. */
  readonly removals: readonly ItemId[];
  readonly status: RestorePoint['status'];
  readonly reason?: string;
  /** Failed and skipped items that the set lacks, carried from run to run. */
  readonly missing: readonly LedgerEntry[];
  /** Where the next round starts; absent while the first listing is not complete. */
  readonly cursor?: Cursor;
  readonly counts: Counts;
}

/** A page of a point, and what can be said of it unread: nothing of the moments where it holds more than one container's items. */
export interface EntryPage {
  readonly newest?: string;
  readonly oldest?: string;
  read(): Promise<readonly Entry[]>;
}

/** A restore point opened for reading: the root, then one range read per page. */
export interface PointReader {
  readonly point: RestorePoint;
  /** What the source called the resource then. */
  readonly resource?: DiscoveredResource;
  readonly cursor?: Cursor;
  readonly missing: readonly LedgerEntry[];
  readonly predecessor?: PointId;
  /** Last slice that this point includes; what the head names beyond it is not in any point yet. */
  readonly lastSlice?: SliceId;
  /** All containers, parents before children. */
  containers(): Promise<readonly Entry[]>;
  /** Names from the outermost container to `id`'s own. */
  path(id: ItemId | undefined): Promise<readonly Entry[]>;
  /** Items (no containers) directly in `parent`, newest first. */
  folder(
    parent: ItemId | undefined,
    page?: { readonly token?: string; readonly limit?: number },
  ): Promise<{ readonly entries: readonly Entry[]; readonly nextPageToken?: string }>;
  /** Container or item. Undefined when the point does not hold it. */
  item(id: ItemId): Promise<Entry | undefined>;
  /** Which of these the point holds, for many ids at once. */
  items(ids: readonly ItemId[]): Promise<ReadonlyMap<ItemId, Entry>>;
  /** Its pages of entries, those of containers first, unread. */
  pages(): readonly EntryPage[];
  /** Everything in page order (containers first); streams pages, never holds them all. */
  entries(): AsyncIterable<Entry>;
  /** Segments in the order in which a restore of `entries` reads least. */
  inPackOrder(entries: readonly Entry[]): readonly Entry[];
}

/** Every version of an item that some visible point holds. A derived view, rebuildable from the points. */
export interface CatalogVersion {
  readonly itemId: ItemId;
  readonly fromPoint: PointId;
  readonly validFrom: Instant;
  /** Undefined: still valid in the newest point. */
  readonly validTo?: Instant;
  readonly entry: Omit<Entry, 'streams'>;
}

export interface Catalog {
  /** Brings the catalog up to `point`; may be repeated. */
  apply(resource: ResourceId, point: PointId): Promise<void>;
  versions(resource: ResourceId, item: ItemId): Promise<readonly CatalogVersion[]>;
  /** Items that are in no newest point any more, newest deletion first. */
  deleted(
    resource: ResourceId,
    pageToken?: string,
  ): Promise<{ readonly versions: readonly CatalogVersion[]; readonly nextPageToken?: string }>;
  /**
   * Takes points that are not visible any more out of it; those that are stay. May be repeated. Costs what changed between
   * them and the visible ones around them.
   */
  forget(resource: ResourceId, points: readonly PointId[]): Promise<void>;
  /** Makes the rows of a resource anew from its visible points alone. Answers the number of rows. */
  rebuild(resource: ResourceId): Promise<number>;
}

/** Lets restore points go; what they alone needed is swept later. */
export interface Expiry {
  /** Points that a killed `expire` was at. */
  unfinished(resource: ResourceId): Promise<readonly PointId[]>;
  /**
   * Takes the rows of these points away and what only they held out of the catalog, and answers which are gone. `mayGo` is
   * asked right before each removal. Finishes what a killed call left and does only that when there is any; may be
   * repeated, and be called by two at once. The newest point goes only when it is the last one and no run is open: then
   * the resource starts anew with its next backup. Never more than 40 at once. `told` hears which are gone while they are
   * still `unfinished`: after a kill again. Faults as the tables'; `conflict` when another call is at it.
   */
  expire(
    resource: ResourceId,
    points: readonly PointId[],
    mayGo: (id: PointId) => Promise<boolean>,
    told?: (gone: readonly PointId[]) => Promise<void>,
  ): Promise<readonly PointId[]>;
  /** Why the root of a point is lost, as storage says it now; undefined when it opens. */
  lossOf(resource: ResourceId, point: PointId): Promise<Fault | undefined>;
  /**
   * Takes the row of a visible point away whose root is lost, the newest one too: the next backup goes on from the one
   * before. May be repeated. `told` hears of others that a killed `expire` had let go. Faults `conflict`: its root opens, or
   * it is the newest one and a backup is under way.
   */
  giveUp(resource: ResourceId, point: PointId, told?: (gone: readonly PointId[]) => Promise<void>): Promise<void>;
}

export type { SegmentPlace, ChunkId };
