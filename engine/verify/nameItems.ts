import type { Instant, ItemId, ResourceId } from '../model/ids.ts';
import type { FoundItem } from '../model/verification.ts';
import type { StoredRow } from '../ports/tableStore.ts';
import { openVersion, VERSIONS } from '../repository/catalogRows.ts';
import { rowsOf, startingWith, textOf } from '../repository/tableRows.ts';
import { damageOf } from './damageOf.ts';
import type { Reading } from './reading.ts';

/**
 * Items that the catalog shows in a point, except those that `isKnown`: what a root or a page that cannot be read held.
 * The catalog is derived from those very pages, so it still tells while it was not lost too.
 */
export async function* itemsByCatalog(
  reading: Reading,
  resource: ResourceId,
  takenAt: Instant,
  isKnown: (id: ItemId) => boolean,
): AsyncGenerator<FoundItem> {
  for await (const row of rowsOf(reading.tables, 'catalog', resource, startingWith(VERSIONS))) {
    const validTo = textOf(row, 'validTo');
    if ((textOf(row, 'validFrom') ?? '') > takenAt || (validTo !== undefined && validTo <= takenAt)) continue;
    const id = (row.key.split('/')[1] ?? '') as ItemId;
    if (!isKnown(id)) yield named(reading, row, id);
  }
}

/** A row that does not open still says which item it is about. */
function named(reading: Reading, row: StoredRow, id: ItemId): FoundItem {
  try {
    const { sourceId, name, versionTag } = openVersion(reading.columns, row).entry;
    return { id, sourceId, name, versionTag };
  } catch (error) {
    damageOf(error);
    return { id, sourceId: '', name: '', versionTag: '' };
  }
}

/** Which ids were met, in 8 bytes each or little more: two of a million are taken for one another once in a hundred million looks. */
export function idSet(): { add(id: ItemId): void; has(id: ItemId): boolean } {
  const numbers = new Set<number>();
  const numberOf = (id: ItemId): number => Number.parseInt(id.slice(0, 13), 16);
  return { add: (id) => void numbers.add(numberOf(id)), has: (id) => numbers.has(numberOf(id)) };
}
