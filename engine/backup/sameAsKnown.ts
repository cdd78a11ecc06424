import type { ItemId } from '../model/ids.ts';
import type { Entry, ListedItem } from '../model/item.ts';

/** Is `known` this very state of the item, in the same place? Then there is nothing to store. */
export const sameAsKnown = (item: ListedItem, parentId: ItemId | undefined, known: Entry | undefined): boolean =>
  known !== undefined &&
  known.versionTag === item.versionTag &&
  known.parentId === parentId &&
  known.name === item.name;
