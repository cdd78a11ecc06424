import type { Entry } from '../model/item.ts';
import { sortMoment } from '../model/item.ts';
import type { ItemId } from '../model/ids.ts';

/** Where an entry stands in a point: by container, newest first in it, then by id. */
export type SortKey = readonly [parent: string, moment: string, id: ItemId];

export const sortKeyOf = (entry: Entry): SortKey => [entry.parentId ?? '', sortMoment(entry), entry.id];

/** Order of pages; moments run backwards. */
export function compareKeys(a: SortKey, b: SortKey): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  if (a[1] !== b[1]) return a[1] > b[1] ? -1 : 1;
  if (a[2] !== b[2]) return a[2] < b[2] ? -1 : 1;
  return 0;
}

export const compareEntries = (a: Entry, b: Entry): number => compareKeys(sortKeyOf(a), sortKeyOf(b));
