import { isFault } from '../../engine/fault.ts';
import type { ResourceId } from '../../engine/model/ids.ts';
import type { Entry } from '../../engine/model/item.ts';
import type { RestorePoint } from '../../engine/model/point.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import type { Catalog, PointReader, Repository } from '../../engine/repository/repository.ts';

/** How far a search has come: which resource, and how many entries of which part of it were looked at. */
export interface ScanPlace {
  readonly resource: ResourceId;
  readonly point?: string;
  readonly entries: number;
  readonly part: 'newest' | 'deleted';
}

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
  /** In the order in which they are looked at. */
  readonly resources: readonly ProtectedResource[];
  readonly repository: Pick<Repository, 'points'> & { readonly catalog: Pick<Catalog, 'deleted'> };
  matches(entry: Omit<Entry, 'streams'>): boolean;
  readonly deleted: boolean;
}

const STEP = 200;
const AHEAD = 4;

/** Looks through the newest restore point of each resource, then, when asked, through what is in none any more. */
export async function* scan(order: ScanOrder, from?: ScanPlace): AsyncGenerator<ScanStep> {
  const start = from === undefined ? 0 : order.resources.findIndex(({ id }) => id >= from.resource);
  if (start < 0) return;
  const open = openedAhead(order);
  for (const [index, resource] of order.resources.entries()) {
    if (index < start) continue;
    const place = from !== undefined && resource.id === from.resource ? from : undefined;
    if (place?.part !== 'deleted')
      yield* newest(
        order,
        place?.point === undefined ? await open(index) : await openAt(order.repository, resource.id, place.point),
        index,
        place,
      );
    if (order.deleted) yield* deleted(order, resource, index, place?.part === 'deleted' ? place.entries : 0);
    yield {
      place: { resource: resource.id, entries: Number.MAX_SAFE_INTEGER, part: 'deleted' },
      looked: 0,
      resourcesDone: index + 1,
    };
  }
}

async function* newest(
  order: ScanOrder,
  reader: PointReader | undefined,
  index: number,
  from: ScanPlace | undefined,
): AsyncGenerator<ScanStep> {
  const resource = order.resources[index];
  if (reader === undefined || resource === undefined) return;
  const skip = from?.entries ?? 0;
  let entries = 0;
  let looked = 0;
  for await (const entry of reader.entries()) {
    entries++;
    if (entries <= skip) continue;
    looked++;
    const isHit = order.matches(entry);
    if (!isHit && looked < STEP) continue;
    const place: ScanPlace = { resource: resource.id, point: reader.point.id, entries, part: 'newest' };
    const hit = isHit
      ? { resource, point: reader.point, entry, parents: await reader.path(entry.parentId) }
      : undefined;
    yield { place, looked, resourcesDone: index, ...(hit === undefined ? {} : { hit }) };
    looked = 0;
  }
  if (looked > 0)
    yield {
      place: { resource: resource.id, point: reader.point.id, entries, part: 'newest' },
      looked,
      resourcesDone: index,
    };
}

/** Opens the newest points of the next few resources while one is read: opening is waiting for storage. */
function openedAhead(order: ScanOrder): (index: number) => Promise<PointReader | undefined> {
  const opening = new Map<number, Promise<PointReader | undefined>>();
  return (index) => {
    for (let next = index; next < index + AHEAD; next++) {
      const resource = order.resources[next];
      if (resource === undefined || opening.has(next)) continue;
      const reader = openAt(order.repository, resource.id, 'latest');
      // Its failure is met where it is waited for; a search that ends before has no use for it.
      reader.catch(() => undefined);
      opening.set(next, reader);
    }
    const reader = opening.get(index);
    opening.delete(index);
    return reader ?? Promise.resolve(undefined);
  };
}

async function* deleted(
  order: ScanOrder,
  resource: ProtectedResource,
  resourcesDone: number,
  skip: number,
): AsyncGenerator<ScanStep> {
  let entries = 0;
  let token: string | undefined;
  do {
    const page = await order.repository.catalog.deleted(resource.id, token);
    token = page.nextPageToken;
    for (const version of page.versions) {
      entries++;
      if (entries <= skip) continue;
      const place: ScanPlace = { resource: resource.id, entries, part: 'deleted' };
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
    // A resource without a copy, or a copy that went meanwhile, has nothing to show.
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}
