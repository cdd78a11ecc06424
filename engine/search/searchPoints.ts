import type { Entry, ItemFacts } from '../model/item.ts';
import type { Instant, PointId, ResourceId, Workload } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import { isFault } from '../fault.ts';
import type { SearchQuery } from '../model/restoreRequest.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Records } from '../records/records.ts';
import { inParallel } from '../repository/inParallel.ts';
import { newestFirst } from './newestFirst.ts';
import type { Catalog, PointReader, Repository } from '../repository/repository.ts';

const OPENED_AT_ONCE = 8;

export interface SearchServices {
  readonly repository: Pick<Repository, 'points'>;
  readonly records: Pick<Records, 'resources'>;
  /** Asked for deleted items. */
  readonly catalog: Pick<Catalog, 'deleted'>;
  /** Only resources for which this answers true are looked at. */
  readonly maySee?: (resource: ProtectedResource) => boolean;
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
  for await (const lot of lotsOf(resourcesOf(query, services))) {
    const points = await openPoints(lot, services.repository, at);
    for await (const { found } of newestFirst(points, matches)) {
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

/** The points of these resources at a moment, in their order; a resource without a copy then has nothing to show. */
export async function openPoints(
  resources: readonly ProtectedResource[],
  { points }: Pick<Repository, 'points'>,
  at: string,
): Promise<readonly SearchedPoint[]> {
  const readers = new Map<ProtectedResource, PointReader>();
  // Opening is waiting for storage.
  await inParallel(resources, OPENED_AT_ONCE, async (resource) => {
    try {
      const point = await points.find(resource.id, at);
      readers.set(resource, await points.open(resource.id, point.id));
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
  { catalog, repository }: SearchServices,
): AsyncIterable<SearchHit> {
  const taken = new Map<PointId, string>();
  let token: string | undefined;
  do {
    const page = await catalog.deleted(resource.id, token);
    token = page.nextPageToken;
    for (const { entry, fromPoint, validTo } of page.versions) {
      // What was deleted later is in the point itself, or came after it.
      if (validTo === undefined || validTo > point.takenAt || !matches(entry)) continue;
      const takenAt = taken.get(fromPoint) ?? (await repository.points.find(resource.id, fromPoint)).takenAt;
      taken.set(fromPoint, takenAt);
      const { id: resourceId, workload } = resource;
      yield { resourceId, workload, pointId: fromPoint, takenAt, entry, deletedAt: validTo };
    }
  } while (token !== undefined);
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
