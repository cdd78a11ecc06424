import { isFault, type Fault } from '../engine/fault.ts';
import type { ResourceId } from '../engine/model/ids.ts';
import type { OpenRepository } from '../engine/repository/openRepository.ts';

export interface CatalogRebuilt {
  readonly resources: number;
  /** Why the catalog of a resource could not be made; the others are made all the same. */
  readonly troubles: readonly Fault[];
  /** Restore points that were in storage while no table knew them, and are shown again. */
  readonly pointsFound: number;
  readonly rows: number;
}

/**
 * Makes the catalog anew from the restore points, and before it head and point rows of every resource whose tables lost
 * them. Asks storage alone; backups and restores may go on meanwhile, and it may be killed and repeated.
 */
export async function rebuildCatalog(repository: OpenRepository): Promise<CatalogRebuilt> {
  const resources = new Set<ResourceId>();
  for await (const point of repository.pointsFromBlobs()) resources.add(point.resourceId);
  const troubles: Fault[] = [];
  let pointsFound = 0;
  let rows = 0;
  for (const resource of resources) {
    try {
      pointsFound += await rowsWhereNone(repository, resource);
      rows += await repository.catalog.rebuild(resource);
    } catch (error) {
      if (!isFault(error, 'missing', 'corrupt', 'not-found')) throw error;
      troubles.push(error);
    }
  }
  return { resources: resources.size - troubles.length, pointsFound, rows, troubles };
}

async function rowsWhereNone(repository: OpenRepository, resource: ResourceId): Promise<number> {
  try {
    return await repository.rebuildRows(resource);
  } catch (error) {
    // Its head is there, so its points are too.
    if (isFault(error, 'conflict')) return 0;
    throw error;
  }
}
