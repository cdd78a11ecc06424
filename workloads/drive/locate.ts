import type { ReadContext } from '../../engine/connector.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import { BATCH_LIMIT, segment, type Graph } from '../../graph/index.ts';
import { leavesOpen } from '../reading/itemFault.ts';
import { driveOptions } from './changes.ts';
import { listedDriveItem } from './listed.ts';
import { DRIVE_ITEM_SELECT, driveItemShape } from './shapes.ts';

/**
 * Where items of a drive are now, by id, twenty a request. Undefined: the drive does not hold it any more. One that cannot
 * be asked for (locked, refused, an error each time) is left out: it is neither found nor gone. Rejects when the drive
 * itself does not answer.
 */
export async function locateInDrive(
  graph: Graph,
  driveId: string,
  ids: readonly string[],
  context: ReadContext,
): Promise<Map<string, ListedItem | undefined>> {
  const located = new Map<string, ListedItem | undefined>();
  const urlOf = (id: string) => `/drives/${segment(driveId)}/items/${segment(id)}?$select=${DRIVE_ITEM_SELECT}`;
  const askRoot = () =>
    graph.get(driveItemShape, `/drives/${segment(driveId)}/items/root`, {
      ...driveOptions(context),
      query: { $select: 'id' },
    });
  const { id: rootId } = await askRoot();
  let isAnyRefused = false;
  for (let from = 0; from < ids.length; from += BATCH_LIMIT) {
    const group = ids.slice(from, from + BATCH_LIMIT);
    const answers = await graph.batch(
      group.map((id, index) => ({ id: String(index), method: 'GET', url: urlOf(id) })),
      driveOptions(context),
    );
    for (const [index, id] of group.entries()) {
      const answer = answers[index];
      if (answer === undefined) continue;
      if (!answer.ok) {
        isAnyRefused = true;
        if (!leavesOpen(answer.fault)) located.set(id, undefined);
        continue;
      }
      const item = driveItemShape.safeParse(answer.body).data;
      if (item !== undefined)
        located.set(id, (item.deleted ?? undefined) === undefined ? listedDriveItem(item, rootId) : undefined);
    }
  }
  // A drive that went meanwhile, or is locked, says the same of each of its items.
  if (isAnyRefused) await askRoot();
  return located;
}
