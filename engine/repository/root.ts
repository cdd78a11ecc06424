import { createHash } from 'node:crypto';
import type { Cursor, Instant, PackId, PointId, ResourceId, RunId, SliceId } from '../model/ids.ts';
import type { Counts, LedgerEntry } from '../model/ledger.ts';
import type { PointCounts, RestorePoint } from '../model/point.ts';
import type { DiscoveredResource } from '../model/resource.ts';
import type { SegmentPlace } from '../model/stream.ts';
import type { Core } from './core.ts';
import type { SortKey } from './entryOrder.ts';
import { notWhatWasWritten } from './objectSeal.ts';
import type { PackKind } from './pack.ts';
import { openJson, sealJson } from './sealedJson.ts';
import { readNeeded } from './segmentReader.ts';

/** A page as the root names it. */
export interface PageRef {
  readonly place: SegmentPlace;
  /** Which items it holds, which packs it needs: so that nobody reads a page to learn that. */
  readonly directory: SegmentPlace;
  readonly count: number;
  /** Plain size of its items. */
  readonly bytes: number;
  readonly first: SortKey;
  readonly last: SortKey;
}

/** A pack that the point needs; `bytes` = how many of its sealed bytes. */
export interface NeededPack {
  readonly pack: PackId;
  readonly kind: PackKind;
  readonly length: number;
  readonly bytes: number;
}

/** Head of a restore point: with it and the packs everything of the point can be read. */
export interface Root {
  readonly id: PointId;
  readonly resourceId: ResourceId;
  /** Whose data it is, for the day when nothing but the roots can tell. Roots of the first days have none. */
  readonly resource?: DiscoveredResource;
  readonly predecessor?: PointId;
  readonly fence: number;
  readonly runId: RunId;
  readonly window: { readonly from: Instant; readonly to: Instant };
  readonly takenAt: Instant;
  readonly status: RestorePoint['status'];
  readonly reason?: string;
  readonly cursor?: Cursor;
  readonly counts: PointCounts;
  readonly bytes: number;
  /** What the run saw. */
  readonly runCounts: Counts;
  /** Last slice that this point includes. */
  readonly lastSlice?: SliceId;
  readonly missing: readonly LedgerEntry[];
  readonly packs: readonly NeededPack[];
  readonly containers: readonly PageRef[];
  readonly items: readonly PageRef[];
  /** SHA-256 (hex) over the four lists above. */
  readonly hash: string;
}

export const rootName = (resource: ResourceId, id: PointId): string => `points/${resource}/${id}`;

export const hashOfLists = (root: Pick<Root, 'missing' | 'packs' | 'containers' | 'items'>): string =>
  createHash('sha256')
    .update(JSON.stringify([root.missing, root.packs, root.containers, root.items]))
    .digest('hex');

/** The sealed root; a later call gives other bytes. */
export const sealRoot = (core: Core, root: Root): Uint8Array =>
  sealJson(core.ring, core.random, 'root', rootName(root.resourceId, root.id), root);

/** What storage holds now. Faults `missing`, `corrupt`. */
export async function readRoot(core: Pick<Core, 'blobs' | 'ring'>, resource: ResourceId, id: PointId): Promise<Root> {
  const name = rootName(resource, id);
  const root = openJson(core.ring, 'root', name, await readNeeded(core.blobs, 'repository', name)) as Root;
  if (root.id !== id || root.resourceId !== resource) throw notWhatWasWritten(name, 'it is the root of another point');
  if (hashOfLists(root) !== root.hash) throw notWhatWasWritten(name, 'its lists do not match their hash');
  return root;
}

const keptAs = (resource: ResourceId, id: PointId): string => `${resource}/${id}`;

/** The same for whoever works with it: one that this process wrote or opened lately is not read again. Roots never change. */
export async function recallRoot(
  core: Pick<Core, 'blobs' | 'ring' | 'roots'>,
  resource: ResourceId,
  id: PointId,
): Promise<Root> {
  const root = core.roots.get(keptAs(resource, id)) ?? (await readRoot(core, resource, id));
  core.roots.set(keptAs(resource, id), root);
  return root;
}

/** `root` is in storage. */
export const keepRoot = (core: Pick<Core, 'roots'>, root: Root): void =>
  core.roots.set(keptAs(root.resourceId, root.id), JSON.parse(JSON.stringify(root)) as Root);

export const pointOf = (root: Root): RestorePoint => ({
  id: root.id,
  resourceId: root.resourceId,
  takenAt: root.takenAt,
  status: root.status,
  ...(root.reason !== undefined && { reason: root.reason }),
  counts: root.counts,
  bytes: root.bytes,
  fence: root.fence,
});
