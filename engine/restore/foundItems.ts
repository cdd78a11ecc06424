import { Fault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import type { SelectedItem } from '../model/restoreRequest.ts';
import { putJournal } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';

/** Where the journal of a request keeps the items that its query found: pages of this name, numbered from 0. */
export interface FoundPages {
  readonly name: string;
  readonly pages: number;
}

const pageItems = 1_000;
const keyOf = (name: string, number: number): string => `found/${name}/${String(number).padStart(9, '0')}`;

/** Writes down found items below a request that exists. */
export async function keepFound(
  services: Pick<RestoreServices, 'records' | 'random'>,
  id: RequestId,
  items: readonly SelectedItem[],
): Promise<FoundPages> {
  const name = Buffer.from(services.random.bytes(8)).toString('hex');
  let pages = 0;
  for (let first = 0; first < items.length; first += pageItems)
    await putJournal(services, id, keyOf(name, pages++), items.slice(first, first + pageItems));
  return { name, pages };
}

/** The found items, page by page, in the order in which they were found. Fault `missing` when a page is gone. */
export async function* foundItems(
  { records }: Pick<RestoreServices, 'records'>,
  id: RequestId,
  found: FoundPages | undefined,
): AsyncIterable<readonly SelectedItem[]> {
  for (let number = 0; number < (found?.pages ?? 0); number++) {
    const page = await records.requests.journal.get(id, keyOf(found?.name ?? '', number));
    if (page === undefined)
      throw new Fault('missing', `Restore request ${id} has lost what its search found.`, { origin: 'storage' });
    yield page.value as readonly SelectedItem[];
  }
}
