import type { ContainerStep, RestoreContext, TargetContainer } from '../../../engine/connector.ts';
import { isFault } from '../../../engine/fault.ts';
import { segment, sharepointScope, type Graph } from '../../../graph/index.ts';
import { restoreOptions } from '../../restoreOptions.ts';
import { DRIVE_ITEM_SELECT, driveItemShape, driveMetaShape, type DriveItem } from '../shapes.ts';
import { legalName } from './names.ts';

/** Places in a drive as a restore finds or makes them. */
export interface TargetPlaces {
  find(driveId: string, path: readonly ContainerStep[], context: RestoreContext): Promise<TargetContainer | undefined>;
  make(driveId: string, path: readonly ContainerStep[], context: RestoreContext): Promise<TargetContainer>;
  /** What lies at `name` in the container; undefined when nothing does. */
  at(
    driveId: string,
    container: TargetContainer,
    name: string,
    context: RestoreContext,
  ): Promise<DriveItem | undefined>;
}

export function targetPlaces(graph: Graph): TargetPlaces {
  const itemAt = async (driveId: string, path: string, context: RestoreContext): Promise<DriveItem | undefined> => {
    const where = path === '' ? 'items/root' : `root:/${path.split('/').map(segment).join('/')}`;
    try {
      return await graph.get(driveItemShape, `/drives/${segment(driveId)}/${where}`, {
        ...restoreOptions(sharepointScope, context),
        query: { $select: DRIVE_ITEM_SELECT },
      });
    } catch (error) {
      if (isFault(error, 'not-found')) return undefined;
      throw error;
    }
  };

  const makeFolder = async (
    driveId: string,
    parent: TargetContainer,
    name: string,
    step: ContainerStep,
    context: RestoreContext,
  ): Promise<DriveItem> => {
    const path = joined(parent.path, name);
    const dates = driveMetaShape.safeParse(step.meta).data?.fileSystemInfo;
    try {
      return await graph.post(
        driveItemShape,
        `/drives/${segment(driveId)}/items/${segment(parent.sourceId)}/children`,
        {
          name,
          folder: {},
          '@microsoft.graph.conflictBehavior': 'fail',
          ...(dates === undefined ? {} : { fileSystemInfo: dates }),
        },
        // A second folder of that name is never made: whose answer was lost may be sent again.
        { ...restoreOptions(sharepointScope, context), repeatable: true },
      );
    } catch (error) {
      // Somebody, or an earlier attempt whose answer was lost, was faster.
      if (!isFault(error, 'conflict', 'unavailable')) throw error;
      const made = await itemAt(driveId, path, context);
      if (made === undefined) throw error;
      return made;
    }
  };

  const root = async (driveId: string, context: RestoreContext): Promise<TargetContainer> => {
    const { id } = await graph.get(driveItemShape, `/drives/${segment(driveId)}/items/root`, {
      ...restoreOptions(sharepointScope, context),
      query: { $select: 'id' },
    });
    return { sourceId: id, path: '' };
  };

  return {
    async find(driveId, path, context) {
      // One look at the whole path: folders have no roles here.
      const names = path.map((step, depth) => legalName(step.name, depth === 0)).join('/');
      const found = await itemAt(driveId, names, context);
      return found === undefined ? undefined : { sourceId: found.id, path: names };
    },
    async make(driveId, path, context) {
      let place = await root(driveId, context);
      for (const step of path) {
        const name = legalName(step.name, place.path === '');
        const full = joined(place.path, name);
        const folder =
          (await itemAt(driveId, full, context)) ?? (await makeFolder(driveId, place, name, step, context));
        place = { sourceId: folder.id, path: full };
      }
      return place;
    },
    at: (driveId, container, name, context) => itemAt(driveId, joined(container.path, name), context),
  };
}

const joined = (parent: string, name: string): string => (parent === '' ? name : `${parent}/${name}`);
