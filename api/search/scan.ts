import { isFault } from '../../engine/fault.ts';
import type { ResourceId } from '../../engine/model/ids.ts';
import type { Entry, ItemFacts } from '../../engine/model/item.ts';
import type { RestorePoint } from '../../engine/model/point.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import type { Catalog, PointReader, Repository } from '../../engine/repository/repository.ts';
import { newestFirst, type Mark } from '../../engine/search/newestFirst.ts';
import { openPoints, togetherInSearch } from '../../engine/search/searchPoints.ts';
import { unlessDamaged } from '../../engine/search/unlessDamaged.ts';

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
  /** Their copies turned out damaged or gone from storage since the step before. */
  readonly unreadable: readonly ProtectedResource[];
}

type BareStep = Omit<ScanStep, 'unreadable'>;

export interface ScanOrder {
  /** In id order. */
  readonly resources: readonly ProtectedResource[];
  readonly repository: Pick<Repository, 'points'> & { readonly catalog: Pick<Catalog, 'deleted'> };
  readonly matches: (facts: ItemFacts) => boolean;
  readonly deleted: boolean;
}

/**
 * Looks through the newest restore points of a lot of resources together, newest first, then, when asked, through what
 * is in none of them any more; then through the next lot. A copy that cannot be read is named and keeps nobody from what
 * the others hold.
 */
export async function* scan(order: ScanOrder, from?: ScanPlace): AsyncGenerator<ScanStep> {
  const start = from === undefined ? 0 : order.resources.findIndex(({ id }) => id >= from.lot);
  if (start < 0) return;
  let place = from;
  for (let index = start; index < order.resources.length; index += togetherInSearch) {
    const damaged = new Set<ProtectedResource>();
    for await (const step of scanLot(order, index, place, (resource) => damaged.add(resource))) {
      const unreadable = [...damaged];
      damaged.clear();
      yield { ...step, unreadable };
    }
    place = undefined;
  }
}

type Tell = (resource: ProtectedResource) => void;

async function* scanLot(
  order: ScanOrder,
  index: number,
  from: ScanPlace | undefined,
  tell: Tell,
): AsyncGenerator<BareStep> {
  const resources = order.resources.slice(index, index + togetherInSearch);
  const [first] = resources;
  const last = resources.at(-1);
  if (first === undefined || last === undefined) return;
  const lot = first.id;
  if (from?.part !== 'deleted') {
    const points = await openPoints(resources, order.repository, 'latest', tell);
    // With deleted items still to come none of them is done.
    const without = order.deleted ? 0 : resources.length - points.length;
    const merged = newestFirst(points, order.matches, from?.after, KEPT, ({ resource }) => tell(resource));
    for await (const { mark, looked, done, found } of merged) {
      const place: ScanPlace = { lot, part: 'newest', ...(mark === undefined ? {} : { after: mark }) };
      const step = { place, looked, resourcesDone: index + (order.deleted ? 0 : without + done) };
      if (found === undefined) yield step;
      else {
        const { resource, reader } = found.point;
        const parents = await parentsOf(reader, found.entry, () => tell(resource));
        yield { ...step, hit: { resource, point: reader.point, entry: found.entry, parents } };
      }
    }
  }
  if (order.deleted) {
    const place = from?.part === 'deleted' ? from : undefined;
    for (const [number, resource] of resources.entries())
      if (place === undefined || resource.id >= place.resource)
        yield* deleted(order, lot, resource, index + number, resource.id === place?.resource ? place.rows : 0, () =>
          tell(resource),
        );
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
  tell: () => void,
): AsyncGenerator<BareStep> {
  let rows = 0;
  let token: string | undefined;
  do {
    const after = token;
    const page = await unlessDamaged(() => order.repository.catalog.deleted(resource.id, after), tell);
    if (page === undefined) return;
    token = page.nextPageToken;
    for (const version of page.versions) {
      rows++;
      if (rows <= skip) continue;
      const place: ScanPlace = { lot, part: 'deleted', resource: resource.id, rows };
      const reader = order.matches(version.entry)
        ? await unlessDamaged(() => openAt(order.repository, resource.id, version.fromPoint), tell)
        : undefined;
      if (reader === undefined) {
        yield { place, looked: 1, resourcesDone };
        continue;
      }
      const parents = await parentsOf(reader, version.entry, tell);
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

/** The folders above an item; none where they cannot be read, which is told. */
const parentsOf = async (reader: PointReader, { parentId }: Pick<Entry, 'parentId'>, tell: () => void) =>
  (await unlessDamaged(() => reader.path(parentId), tell)) ?? [];

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
