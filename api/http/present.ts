import type { Item, ItemVersion, Point, Resource } from '../../contract/resources.ts';
import type { Entry } from '../../engine/model/item.ts';
import type { RestorePoint } from '../../engine/model/point.ts';
import { hasNothingToCopy } from '../../engine/model/resource.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { isHoldReason, type PointVerdict } from '../../engine/retention/decideRetention.ts';
import type { CatalogVersion } from '../../engine/repository/repository.ts';

const none = { items: 0, containers: 0, missing: 0 };

export function presentResource(resource: ProtectedResource, newest: RestorePoint | undefined): Resource {
  const { firstSeenAt: _, alsoMatches, ...shown } = resource;
  return {
    ...shown,
    ...(alsoMatches === undefined ? {} : { alsoMatches: [...alsoMatches] }),
    ...(hasNothingToCopy(resource) ? { nothingToCopy: true } : {}),
    ...(newest === undefined ? {} : { lastPointAt: newest.takenAt, lastPointStatus: newest.status }),
    ...(newest?.confirmedAt === undefined ? {} : { confirmedAt: newest.confirmedAt }),
    counts: newest?.counts ?? none,
    bytes: newest?.bytes ?? 0,
  };
}

/**
 * With the verdict of retention, for those who see the whole tenant. Who may not be told of holds sees the other reasons,
 * and nothing of a point that has no other: neither that it goes, which is not so, nor when.
 */
export function presentPoint(stored: RestorePoint, verdict?: PointVerdict, seesHolds = false): Point {
  const { resourceId: _, fence: __, ...point } = stored;
  if (verdict === undefined) return point;
  if (!verdict.keep) return { ...point, keptBecause: [] };
  const { because, expiresAt } = verdict;
  const told = seesHolds ? because : because.filter((reason) => !isHoldReason(reason));
  if (told.length === 0) return point;
  const isAllTold = told.length === because.length;
  return { ...point, keptBecause: [...told], ...(expiresAt !== undefined && isAllTold && { expiresAt }) };
}

export interface ItemPlace {
  /** Names from the outermost container down to its own. */
  readonly parents: readonly { readonly name: string }[];
  readonly versionCount?: number;
  readonly deletedAt?: string;
  /** False: the reader may see kinds, sizes and dates, no names and no people. */
  readonly showNames: boolean;
}

export function presentItem(entry: Omit<Entry, 'streams'>, place: ItemPlace): Item {
  // Where the bytes lie, and Graph's tag, are nobody's business outside.
  const {
    versionTag: _,
    streams: __,
    flags,
    to,
    from,
    name,
    sha256,
    ...facts
  }: Omit<Entry, 'streams'> & Partial<Entry> = entry;
  return {
    ...facts,
    name: place.showNames ? name : hiddenName(entry),
    path: place.showNames ? `/${place.parents.map((parent) => parent.name).join('/')}` : '/',
    // The hash of a known file would tell that somebody has it.
    ...(place.showNames && sha256 !== undefined ? { sha256 } : {}),
    ...(place.showNames && from !== undefined ? { from } : {}),
    ...(place.showNames && to !== undefined ? { to: [...to] } : {}),
    ...(flags === undefined ? {} : { flags: [...flags] }),
    ...(place.versionCount === undefined ? {} : { versionCount: place.versionCount }),
    ...(place.deletedAt === undefined ? {} : { deletedAt: place.deletedAt }),
  };
}

/** Tells two items apart without telling what they are. */
const hiddenName = ({ kind, id, role }: Pick<Entry, 'kind' | 'id' | 'role'>): string =>
  role ?? `${kind} ${id.slice(0, 6)}`;

export const presentVersion = (version: CatalogVersion, place: ItemPlace): ItemVersion => ({
  ...presentItem(version.entry, place),
  pointId: version.fromPoint,
  validFrom: version.validFrom,
  ...(version.validTo === undefined ? {} : { validTo: version.validTo }),
});
