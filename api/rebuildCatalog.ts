import { isFault, type Fault } from '../engine/fault.ts';
import type { ResourceId } from '../engine/model/ids.ts';
import type { OpenRepository } from '../engine/repository/openRepository.ts';

export interface CatalogRebuilt {
  /** Resources whose catalog was made. */
  readonly resources: number;
  /** Restore points that were in storage while no table knew them, and are shown again. */
  readonly pointsFound: number;
  readonly rows: number;
  /** Why restore points cannot be opened. A catalog that stands on one is left as it is. */
  readonly broken: readonly Fault[];
}

/**
 * Makes the catalog anew from the restore points, and before it head and point rows of every resource whose tables lost
 * them. Asks storage alone; backups and restores may go on meanwhile, and it may be killed and repeated.
 */
export async function rebuildCatalog(repository: OpenRepository): Promise<CatalogRebuilt> {
  const found = new Map<ResourceId, Fault[]>();
  for await (const point of repository.pointsFromBlobs()) {
    const faults = found.get(point.resourceId) ?? [];
    found.set(point.resourceId, point.kind === 'broken' ? [...faults, point.fault] : faults);
  }
  let [resources, pointsFound, rows] = [0, 0, 0];
  for (const [resource, faults] of found) {
    const points = await rowsWhereNone(repository, resource);
    pointsFound += points ?? 0;
    const isReadable = points === undefined ? faults.length === 0 : points > 0;
    if (!isReadable) continue;
    rows += await repository.catalog.rebuild(resource);
    resources += 1;
  }
  return { resources, pointsFound, rows, broken: [...found.values()].flat() };
}

/** How many points are shown again; undefined when the tables have not lost the resource. */
async function rowsWhereNone(repository: OpenRepository, resource: ResourceId): Promise<number | undefined> {
  try {
    return await repository.rebuildRows(resource);
  } catch (error) {
    if (isFault(error, 'conflict')) return undefined;
    throw error;
  }
}
