import { isFault } from '../../engine/fault.ts';
import type { ResourceId } from '../../engine/model/ids.ts';
import type { Entry, ItemFacts } from '../../engine/model/item.ts';
import type { RestorePoint } from '../../engine/model/point.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import type { Catalog, PointReader, Repository } from '../../engine/repository/repository.ts';
import { newestFirst, type Mark } from '../../engine/search/newestFirst.ts';
import { openedAtOnce, openPoints, togetherInSearch, type SearchedPoint } from '../../engine/search/searchPoints.ts';
import { unlessDamaged } from '../../engine/search/unlessDamaged.ts';

/** Matches that one search holds in memory; between two of its pages it stays there, see `searchSessions`. */
const KEPT = 5_000;

/** No further points join a lot after this long: whoever searches sees the first hits soon, however slow storage is. */
const OPENING_MS = 500;

/** How far a search has come in a lot of resources, from `lot` to `last`; while the lot is being opened its end is open. */
export type ScanPlace = { readonly lot: ResourceId; readonly last?: ResourceId } & (
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
  /** Milliseconds. */
  readonly now: () => number;
}

/**
 * Looks through the newest restore points of a lot of resources together, newest first, then, when asked, through what
 * is in none of them any more; then through the next lot. A lot is of 64 resources, or fewer where opening them takes
 * long; a place names its end, so that whoever goes on there keeps the order. Each step waits for a few reads. A copy
 * that cannot be read is named and keeps nobody from what the others hold.
 */
export async function* scan(order: ScanOrder, from?: ScanPlace): AsyncGenerator<ScanStep> {
  const start = from === undefined ? 0 : order.resources.findIndex(({ id }) => id >= from.lot);
  if (start < 0) return;
  const isLotGone = from?.last !== undefined && (order.resources[start]?.id ?? '') > from.last;
  let place = isLotGone ? undefined : from;
  for (let index = start; index < order.resources.length;) {
    let next = index;
    const damaged = new Set<ProtectedResource>();
    for await (const step of scanLot(order, index, place, (resource) => damaged.add(resource))) {
      const unreadable = [...damaged];
      damaged.clear();
      next = step.resourcesDone;
      yield { ...step, unreadable };
    }
    // The last step of a lot has all of its resources done.
    index = next;
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
  const first = order.resources[index];
  if (first === undefined) return;
  const lot = first.id;
  let resources = lotOf(order, index, from);
  let last = (resources.at(-1) ?? first).id;
  if (from?.part !== 'deleted') {
    const opened = yield* openLot(order, resources, index, from, tell);
    const { points } = opened;
    resources = opened.resources;
    last = (resources.at(-1) ?? first).id;
    // With deleted items still to come none of them is done.
    const without = order.deleted ? 0 : resources.length - points.length;
    const merged = newestFirst(points, order.matches, from?.after, KEPT, ({ resource }) => tell(resource));
    for await (const { mark, looked, done, found } of merged) {
      const place: ScanPlace = { lot, last, part: 'newest', ...(mark === undefined ? {} : { after: mark }) };
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
        yield* deleted(
          order,
          { lot, last },
          resource,
          index + number,
          resource.id === place?.resource ? place.rows : 0,
          () => tell(resource),
        );
  }
  yield {
    place: { lot, last, part: 'deleted', resource: last, rows: Number.MAX_SAFE_INTEGER },
    looked: 0,
    resourcesDone: index + resources.length,
  };
}

/** Those that a place says are looked through together, else the most that may be. */
function lotOf({ resources }: ScanOrder, index: number, from: ScanPlace | undefined): readonly ProtectedResource[] {
  const last = from?.last;
  if (last === undefined) return resources.slice(index, index + togetherInSearch);
  return resources.slice(index).filter(({ id }) => id <= last);
}

/** Opens the points of `most`, or of its first ones as far as time allows and the lot has no end yet. */
async function* openLot(
  order: ScanOrder,
  most: readonly ProtectedResource[],
  index: number,
  from: ScanPlace | undefined,
  tell: Tell,
): AsyncGenerator<BareStep, { readonly resources: readonly ProtectedResource[]; readonly points: SearchedPoint[] }> {
  const lot = most[0]?.id;
  const points: SearchedPoint[] = [];
  let opened = 0;
  // Only time in which storage was waited for counts: between two pages of a search nobody may ask for long.
  let spent = 0;
  while (lot !== undefined && opened < most.length && (spent < OPENING_MS || isEnded(from))) {
    const group = most.slice(opened, opened + openedAtOnce);
    const begun = order.now();
    points.push(...(await openPoints(group, order.repository, 'latest', tell)));
    spent += order.now() - begun;
    opened += group.length;
    yield { place: from ?? { lot, part: 'newest' }, looked: 0, resourcesDone: index };
  }
  return { resources: most.slice(0, opened), points };
}

/** Hits were given out in the order of this very lot. */
const isEnded = (from: ScanPlace | undefined): boolean =>
  from !== undefined && (from.last !== undefined || (from.part === 'newest' && from.after !== undefined));

async function* deleted(
  order: ScanOrder,
  lot: Pick<ScanPlace, 'lot' | 'last'>,
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
      const place: ScanPlace = { ...lot, part: 'deleted', resource: resource.id, rows };
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
