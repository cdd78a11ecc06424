import type { Instant, PointId, ResourceId } from '../model/ids.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { momentOf, POINT_ROWS } from './pointRows.ts';
import type { CatalogVersion } from './repository.ts';
import { rowsOf, startingWith } from './tableRows.ts';

/** When a visible restore point was taken. */
export interface Moment {
  readonly id: PointId;
  readonly takenAt: Instant;
}

/** The visible points of a resource, oldest first; nothing is unsealed for it. */
export async function visibleMoments(tables: TableStore, resource: ResourceId): Promise<readonly Moment[]> {
  const rows = await Array.fromAsync(rowsOf(tables, 'resources', resource, startingWith(POINT_ROWS)));
  return rows.map(momentOf).toReversed();
}

/**
 * A version as the visible points show it: from the first of them that holds it to the first that does not. Undefined
 * when none holds it any more. Rows remember when a state was first seen, also after that point expired: to write all of
 * them anew whenever the oldest point goes would cost a write for each item.
 */
export function asShown(version: CatalogVersion, oldestFirst: readonly Moment[]): CatalogVersion | undefined {
  const { validFrom, validTo, ...rest } = version;
  const first = firstFrom(oldestFirst, validFrom);
  if (first === undefined || (validTo !== undefined && first.takenAt >= validTo)) return undefined;
  const end = validTo === undefined ? undefined : (firstFrom(oldestFirst, validTo)?.takenAt ?? validTo);
  return { ...rest, fromPoint: first.id, validFrom: first.takenAt, ...(end !== undefined && { validTo: end }) };
}

/** The first moment at `time` or after it. */
export function firstFrom(oldestFirst: readonly Moment[], time: Instant): Moment | undefined {
  let low = 0;
  let high = oldestFirst.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((oldestFirst[middle] as Moment).takenAt < time) low = middle + 1;
    else high = middle;
  }
  return oldestFirst[low];
}
