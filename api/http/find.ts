import type { Settings } from '../../contract/settings.ts';
import { isFault } from '../../engine/fault.ts';
import type { ItemId, ResourceId } from '../../engine/model/ids.ts';
import type { Entry } from '../../engine/model/item.ts';
import type { RestorePoint } from '../../engine/model/point.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import type { CatalogVersion, PointReader } from '../../engine/repository/repository.ts';
import { maySee, sharedSettings } from '../access.ts';
import type { Services } from '../services.ts';
import type { Caller } from './caller.ts';
import { notFound } from './problem.ts';

export interface Found {
  readonly resource: ProtectedResource;
  readonly settings: Settings;
}

/** The resource, if the caller may know of it; the same 404 for one of somebody else and one that never was. */
export async function findResource(services: Services, caller: Caller, id: string): Promise<Found> {
  const [stored, settings] = await Promise.all([
    services.records.resources.get(id as ResourceId),
    sharedSettings(services.records),
  ]);
  if (stored === undefined || !maySee(caller, stored.value, settings)) throw notFound('resource');
  return { resource: stored.value, settings };
}

/** An item at a moment, with the restore point that holds it. */
export interface FoundItem {
  readonly entry: Entry;
  readonly point: RestorePoint;
  readonly reader: PointReader;
  /** Set when the newest restore point does not hold it any more. */
  readonly deletedAt?: string;
}

/**
 * Without `at`: the newest state there is, be it deleted since. With `at`: what that restore point holds and nothing else.
 * 404 when there is none.
 */
export async function findItem(
  services: Services,
  resource: ResourceId,
  id: ItemId,
  at: string | undefined,
): Promise<FoundItem> {
  const point = await services.repository.points.find(resource, at ?? 'latest').catch(asNotFound('restore point'));
  const found = await itemAt(services, resource, id, point);
  if (found !== undefined) return found;
  const version = at === undefined ? newest(await services.repository.catalog.versions(resource, id)) : undefined;
  if (version === undefined) throw notFound('item at this moment');
  const former = await services.repository.points.find(resource, version.fromPoint).catch(asNotFound('restore point'));
  const item = await itemAt(services, resource, id, former);
  if (item === undefined) throw notFound('item at this moment');
  return { ...item, ...(version.validTo === undefined ? {} : { deletedAt: version.validTo }) };
}

async function itemAt(
  services: Services,
  resource: ResourceId,
  id: ItemId,
  point: RestorePoint,
): Promise<FoundItem | undefined> {
  const reader = await services.repository.points.open(resource, point.id);
  const entry = await reader.item(id);
  return entry === undefined ? undefined : { entry, point, reader };
}

/**
 * Every state that restore points hold. The catalog follows a moment after the restore point: what it does not know yet
 * has the one state of the newest point. Empty for an item that was never kept.
 */
export async function versionsOf(
  services: Services,
  resource: ResourceId,
  id: ItemId,
): Promise<readonly CatalogVersion[]> {
  const versions = await services.repository.catalog.versions(resource, id);
  if (versions.length > 0) return versions;
  const { points } = await services.repository.points.list(resource);
  const found = points[0] === undefined ? undefined : await itemAt(services, resource, id, points[0]);
  if (found === undefined) return [];
  const { streams: _, ...entry } = found.entry;
  return [{ itemId: id, fromPoint: found.point.id, validFrom: found.point.takenAt, entry }];
}

const newest = (versions: readonly CatalogVersion[]): CatalogVersion | undefined =>
  versions.toSorted((a, b) => b.validFrom.localeCompare(a.validFrom))[0];

const asNotFound =
  (what: string) =>
  (error: unknown): never => {
    if (isFault(error, 'not-found')) throw notFound(what);
    throw error;
  };
