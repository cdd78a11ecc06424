import type { ReadContext } from '../../engine/connector.ts';
import { isFault } from '../../engine/fault.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import { BATCH_LIMIT, segment, type Graph } from '../../graph/index.ts';
import { driveOptions } from './changes.ts';
import { listedDriveItem } from './listed.ts';
import { DRIVE_ITEM_SELECT, driveItemShape } from './shapes.ts';

/** Where items of a drive are now, by id, twenty a request. Undefined: the drive does not hold it any more. */
export async function locateInDrive(
  graph: Graph,
  driveId: string,
  ids: readonly string[],
  context: ReadContext,
): Promise<Map<string, ListedItem | undefined>> {
  const located = new Map<string, ListedItem | undefined>();
  const urlOf = (id: string) => `/drives/${segment(driveId)}/items/${segment(id)}?$select=${DRIVE_ITEM_SELECT}`;
  const { id: rootId } = await graph.get(driveItemShape, `/drives/${segment(driveId)}/items/root`, {
    ...driveOptions(context),
    query: { $select: 'id' },
  });
  for (let from = 0; from < ids.length; from += BATCH_LIMIT) {
    const group = ids.slice(from, from + BATCH_LIMIT);
    const answers = await graph.batch(
      group.map((id, index) => ({ id: String(index), method: 'GET', url: urlOf(id) })),
      driveOptions(context),
    );
    for (const [index, id] of group.entries()) {
      const answer = answers[index];
      if (answer === undefined || !answer.ok) {
        if (answer !== undefined && !isFault(answer.fault, 'not-found')) throw answer.fault;
        located.set(id, undefined);
        continue;
      }
      const item = driveItemShape.parse(answer.body);
      located.set(id, item.deleted === undefined || item.deleted === null ? listedDriveItem(item, rootId) : undefined);
    }
  }
  return located;
}
