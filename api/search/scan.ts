import { isFault } from '../../engine/fault.ts';
import type { ResourceId } from '../../engine/model/ids.ts';
import type { Entry, ItemFacts } from '../../engine/model/item.ts';
import type { RestorePoint } from '../../engine/model/point.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import type { Catalog, PointReader, Repository } from '../../engine/repository/repository.ts';
import { newestFirst, type Mark } from '../../engine/search/newestFirst.ts';
import { openPoints, togetherInSearch } from '../../engine/search/searchPoints.ts';

/** Matches that one search holds in memory; between two of its pages it stays there, see `searchSessions`. */
const KEPT = 5_000;

/** How far a search has come in a lot of resources that begins with `lot`. */
export type ScanPlace = { readonly lot: ResourceId } & (
  | { readonly part: 'newest'; readonly after?: Mark }
  /** What was deleted of `resource`: so many of its rows were looked at. */
  | { readonly part: 'deleted'; readonly resource: ResourceId; readonly rows: number }
);

export interface ScanHit {
  readonly resource: ProtectedResource;
  readonly point: RestorePoint;
  readonly entry: Omit<Entry, 'streams'>;
  readonly parents: readonly Entry[];
  readonly deletedAt?: string;
}

/** One step forward; often without a hit, so that whoever waits can stop in time and go on later. */
export interface ScanStep {
  readonly place: ScanPlace;
  readonly looked: number;
  readonly resourcesDone: number;
  readonly hit?: ScanHit;
}

export interface ScanOrder {
  /** In id order. */
  readonly resources: readonly ProtectedResource[];
  readonly repository: Pick<Repository, 'points'> & { readonly catalog: Pick<Catalog, 'deleted'> };
  readonly matches: (facts: ItemFacts) => boolean;
  readonly deleted: boolean;
}

/**
 * Looks through the newest restore points of a lot of resources together, newest first, then, when asked, through what
 * is in none of them any more; then through the next lot.
 */
export async function* scan(order: ScanOrder, from?: ScanPlace): AsyncGenerator<ScanStep> {
  const start = from === undefined ? 0 : order.resources.findIndex(({ id }) => id >= from.lot);
  if (start < 0) return;
  let place = from;
  for (let index = start; index < order.resources.length; index += togetherInSearch) {
    yield* scanLot(order, index, place);
    place = undefined;
  }
}

async function* scanLot(order: ScanOrder, index: number, from: ScanPlace | undefined): AsyncGenerator<ScanStep> {
  const resources = order.resources.slice(index, index + togetherInSearch);
  const [first] = resources;
  const last = resources.at(-1);
  if (first === undefined || last === undefined) return;
  const lot = first.id;
  if (from?.part !== 'deleted') {
    const points = await openPoints(resources, order.repository, 'latest');
    // With deleted items still to come none of them is done.
    const without = order.deleted ? 0 : resources.length - points.length;
    for await (const { mark, looked, done, found } of newestFirst(points, order.matches, from?.after, KEPT)) {
      const place: ScanPlace = { lot, part: 'newest', ...(mark === undefined ? {} : { after: mark }) };
      const step = { place, looked, resourcesDone: index + (order.deleted ? 0 : without + done) };
      if (found === undefined) yield step;
      else {
        const { resource, reader } = found.point;
        const parents = await reader.path(found.entry.parentId);
        yield { ...step, hit: { resource, point: reader.point, entry: found.entry, parents } };
      }
    }
  }
  if (order.deleted) {
    const place = from?.part === 'deleted' ? from : undefined;
    for (const [number, resource] of resources.entries())
      if (place === undefined || resource.id >= place.resource)
        yield* deleted(order, lot, resource, index + number, resource.id === place?.resource ? place.rows : 0);
  }
  yield {
    place: { lot, part: 'deleted', resource: last.id, rows: Number.MAX_SAFE_INTEGER },
    looked: 0,
    resourcesDone: index + resources.length,
  };
}

async function* deleted(
  order: ScanOrder,
  lot: ResourceId,
  resource: ProtectedResource,
  resourcesDone: number,
  skip: number,
): AsyncGenerator<ScanStep> {
  let rows = 0;
  let token: string | undefined;
  do {
    const page = await order.repository.catalog.deleted(resource.id, token);
    token = page.nextPageToken;
    for (const version of page.versions) {
      rows++;
      if (rows <= skip) continue;
      const place: ScanPlace = { lot, part: 'deleted', resource: resource.id, rows };
      const reader = order.matches(version.entry)
        ? await openAt(order.repository, resource.id, version.fromPoint)
        : undefined;
      if (reader === undefined) {
        yield { place, looked: 1, resourcesDone };
        continue;
      }
      const parents = await reader.path(version.entry.parentId);
      const hit: ScanHit = {
        resource,
        point: reader.point,
        entry: version.entry,
        parents,
        ...(version.validTo === undefined ? {} : { deletedAt: version.validTo }),
      };
      yield { place, looked: 1, resourcesDone, hit };
    }
  } while (token !== undefined);
}

async function openAt(
  repository: ScanOrder['repository'],
  resource: ResourceId,
  at: string,
): Promise<PointReader | undefined> {
  try {
    const point = await repository.points.find(resource, at);
    return await repository.points.open(resource, point.id);
  } catch (error) {
    // A copy that went meanwhile has nothing to show.
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}
