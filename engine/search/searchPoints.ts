import type { Entry, ItemFacts } from '../model/item.ts';
import type { Instant, PointId, ResourceId, Workload } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import { isFault } from '../fault.ts';
import type { SearchQuery } from '../model/restoreRequest.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Records } from '../records/records.ts';
import { inParallel } from '../repository/inParallel.ts';
import { newestFirst } from './newestFirst.ts';
import { unlessDamaged } from './unlessDamaged.ts';
import type { Catalog, PointReader, Repository } from '../repository/repository.ts';

/** Points that are opened at once. */
export const openedAtOnce = 8;

export interface SearchServices {
  readonly repository: Pick<Repository, 'points'>;
  readonly records: Pick<Records, 'resources'>;
  /** Asked for deleted items. */
  readonly catalog: Pick<Catalog, 'deleted'>;
  /** Only resources for which this answers true are looked at. */
  readonly maySee?: (resource: ProtectedResource) => boolean;
  /**
   * Told of each resource whose copy is damaged or gone from storage: its items may be missing among the hits. May be told
   * of one more than once. Without this the search ends with the fault.
   */
  readonly unreadable?: (resource: ProtectedResource) => void;
}

export interface SearchHit {
  readonly resourceId: ResourceId;
  readonly workload: Workload;
  /** A point that holds the item as it was found. */
  readonly pointId: PointId;
  readonly takenAt: string;
  readonly entry: Omit<Entry, 'streams'>;
  /** Of a deleted item: when a backup first missed it. */
  readonly deletedAt?: Instant;
}

/** Resources that are looked through together. */
export const togetherInSearch = 64;

/**
 * Looks through the restore points of every resource that the query allows, newest first, 64 resources at a time in a
 * fixed order; after each of these lots, when the query says so, through what was deleted by then. Streams: the first hit
 * comes after the newest pages of a lot were read.
 */
export async function* searchPoints(
  query: SearchQuery,
  services: SearchServices,
  at = 'latest',
): AsyncIterable<SearchHit> {
  const matches = matcher(query);
  const { unreadable } = services;
  for await (const lot of lotsOf(resourcesOf(query, services))) {
    const points = await openPoints(lot, services.repository, at, unreadable);
    const tell = unreadable && (({ resource }: SearchedPoint) => unreadable(resource));
    for await (const { found } of newestFirst(points, matches, undefined, undefined, tell)) {
      if (found === undefined) continue;
      const { id: resourceId, resource, reader } = found.point;
      const { id: pointId, takenAt } = reader.point;
      yield { resourceId, workload: resource.workload, pointId, takenAt, entry: found.entry };
    }
    if (query.deleted === true)
      for (const { resource, reader } of points) yield* deletedHits(resource, reader.point, matches, services);
  }
}

async function* lotsOf(resources: AsyncIterable<ProtectedResource>): AsyncIterable<readonly ProtectedResource[]> {
  let lot: ProtectedResource[] = [];
  for await (const resource of resources) {
    if (lot.push(resource) < togetherInSearch) continue;
    yield lot;
    lot = [];
  }
  if (lot.length > 0) yield lot;
}

export interface SearchedPoint {
  readonly id: ResourceId;
  readonly resource: ProtectedResource;
  readonly reader: PointReader;
}

/**
 * The points of these resources at a moment, in their order; a resource without a copy then has nothing to show, and one
 * whose copy is damaged neither: it is told to `unreadable`, without which it is thrown.
 */
export async function openPoints(
  resources: readonly ProtectedResource[],
  { points }: Pick<Repository, 'points'>,
  at: string,
  unreadable?: (resource: ProtectedResource) => void,
): Promise<readonly SearchedPoint[]> {
  const readers = new Map<ProtectedResource, PointReader>();
  // Opening is waiting for storage.
  await inParallel(resources, openedAtOnce, async (resource) => {
    try {
      const reader = await unlessDamaged(
        async () => points.open(resource.id, (await points.find(resource.id, at)).id),
        unreadable && (() => unreadable(resource)),
      );
      if (reader) readers.set(resource, reader);
    } catch (error) {
      // No copy at that moment, or one that went meanwhile.
      if (!isFault(error, 'not-found')) throw error;
    }
  });
  return resources.flatMap((resource) => {
    const reader = readers.get(resource);
    return reader === undefined ? [] : [{ id: resource.id, resource, reader }];
  });
}

/** What earlier points held and `point` does not: each item as it last was, with the point in which that version began. */
export async function* deletedHits(
  resource: ProtectedResource,
  point: RestorePoint,
  matches: (facts: ItemFacts) => boolean,
  { catalog, repository, unreadable }: SearchServices,
): AsyncIterable<SearchHit> {
  const tell = unreadable && (() => unreadable(resource));
  /** Undefined for those that have expired or are damaged: thousands of items may have been in one point. */
  const taken = new Map<PointId, string | undefined>();
  let token: string | undefined;
  do {
    const from = token;
    const page = await unlessDamaged(() => catalog.deleted(resource.id, from), tell);
    if (page === undefined) return;
    token = page.nextPageToken;
    for (const { entry, fromPoint, validTo } of page.versions) {
      // What was deleted later is in the point itself, or came after it.
      if (validTo === undefined || validTo > point.takenAt || !matches(entry)) continue;
      if (!taken.has(fromPoint))
        taken.set(fromPoint, await unlessDamaged(() => unlessExpired(resource.id, fromPoint, repository), tell));
      const takenAt = taken.get(fromPoint);
      if (takenAt === undefined) continue;
      const { id: resourceId, workload } = resource;
      yield { resourceId, workload, pointId: fromPoint, takenAt, entry, deletedAt: validTo };
    }
  } while (token !== undefined);
}

/** When it was taken; undefined for a point that has expired since the catalog named it: what it held is not there. */
async function unlessExpired(
  resource: ResourceId,
  point: PointId,
  { points }: Pick<Repository, 'points'>,
): Promise<string | undefined> {
  try {
    return (await points.find(resource, point)).takenAt;
  } catch (error) {
    if (!isFault(error, 'not-found')) throw error;
    return undefined;
  }
}

/** The resources a query looks at, in id order. */
export async function* resourcesOf(query: SearchQuery, services: SearchServices): AsyncIterable<ProtectedResource> {
  let token: string | undefined;
  do {
    const page = await services.records.resources.list(
      {
        ...(query.workload === undefined ? {} : { workload: query.workload }),
        ...(query.ownerId === undefined ? {} : { ownerId: query.ownerId }),
      },
      token,
    );
    for (const resource of page.value) if (services.maySee === undefined || services.maySee(resource)) yield resource;
    token = page.nextPageToken;
  } while (token !== undefined);
}

/** Says whether an item's facts match: every word of `q` in name, sender or recipients; phrases in quotes; `*` and `?` wild. */
export function matcher(query: SearchQuery): (facts: ItemFacts) => boolean {
  const terms = [...query.q.normalize('NFKC').matchAll(/"([^"]+)"|(\S+)/g)].map((match) =>
    pattern(match[1] ?? match[2] ?? ''),
  );
  const from = query.from === undefined ? undefined : Date.parse(query.from);
  const to = query.to === undefined ? undefined : Date.parse(query.to);
  return (facts) => {
    if (from !== undefined || to !== undefined) {
      const moment = Date.parse(facts.receivedAt ?? facts.sentAt ?? facts.modifiedAt ?? facts.createdAt ?? '');
      if (Number.isNaN(moment)) return false;
      if (from !== undefined && moment < from) return false;
      if (to !== undefined && moment >= to) return false;
    }
    const texts = [facts.name, facts.from ?? '', ...(facts.to ?? [])].flatMap((text) =>
      text.normalize('NFKC').split('\n'),
    );
    return terms.every((term) => texts.some((text) => holds(text, term)));
  };
}

/** What stands between the stars of a term, in order; one after the other they are found in linear time. */
function pattern(term: string): readonly RegExp[] {
  return term
    .split('*')
    .filter((piece) => piece !== '')
    .map((piece) => {
      const escaped = piece.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('?', '.');
      return new RegExp(escaped, 'giu');
    });
}

function holds(text: string, pieces: readonly RegExp[]): boolean {
  let at = 0;
  return pieces.every((piece) => {
    piece.lastIndex = at;
    const found = piece.test(text);
    at = piece.lastIndex;
    return found;
  });
}
