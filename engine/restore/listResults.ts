import { isFault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import type { RestoreResult, UndoneItem } from '../model/restoreRequest.ts';
import type { Page } from '../records/records.ts';
import { pageHolding } from './planRequest.ts';
import type { PlannedItem } from './planRequest.ts';
import { itemNumber, itemRows } from './requestStore.ts';
import type { StoredRequest } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import type { ItemJournal } from './runRequest.ts';

/** What became of each item, in the order of the plan. One damaged record says so and keeps nobody from the others. */
export async function listResults(
  services: Pick<RestoreServices, 'records' | 'limits' | 'log'>,
  { request: { id }, work }: StoredRequest,
  pageToken?: string,
): Promise<Page<RestoreResult>> {
  const page = await services.records.requests.journal.listUnder(id, itemRows, pageToken);
  const value: RestoreResult[] = [];
  for (const { key, value: row } of page.value) {
    const shown =
      row === undefined
        ? unreadable(itemNumber(key), await planned(services, id, itemNumber(key), work.planPages))
        : resultOf(row as ItemJournal);
    if (shown !== undefined) value.push(shown);
  }
  return page.nextPageToken === undefined ? { value } : { value, nextPageToken: page.nextPageToken };
}

/** Undefined while the item is under way. */
function resultOf({ result, undo }: ItemJournal): RestoreResult | undefined {
  if (result === undefined || undo === undefined || undo === 'begun') return result;
  return { ...result, undo: undo === 'kept' ? stayed(result) : undo };
}

const stayed = ({ outcome }: RestoreResult): UndoneItem => (outcome === 'replaced' ? 'inPlace' : 'changed');

function unreadable(number: number, item: PlannedItem | undefined): RestoreResult {
  return {
    ...(item === undefined ? {} : { itemId: item.itemId, resourceId: item.resourceId }),
    name: item?.name ?? `Item ${number + 1}`,
    outcome: 'unreadable',
    reason: 'The record of what became of it is damaged. Look at the place it was to go to.',
  };
}

/** Undefined when the page of the plan is damaged too. */
async function planned(
  services: Pick<RestoreServices, 'records' | 'limits' | 'log'>,
  id: RequestId,
  number: number,
  pages: number,
): Promise<PlannedItem | undefined> {
  services.log.error('restore.resultUnreadable', { request: id, item: number });
  try {
    const { first, items } = await pageHolding(services, id, number, pages);
    return items[number - first];
  } catch (error) {
    if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
    return undefined;
  }
}
