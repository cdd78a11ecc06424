import type { Instant, RequestId } from '../model/ids.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { rowsOf } from '../repository/tableRows.ts';
import type { PinnedPoint } from './selectItems.ts';

const partition = 'pins';
/** From one step of a request to the next, and while a plan lies ready. */
export const pinMs = 24 * 3_600_000;
const clockMs = 3_600_000;

/** Keeps the sweep away from the points a request reads, until `expiresAt`; repeated at each step of the request. */
export async function pin(
  tables: TableStore,
  id: RequestId,
  points: readonly PinnedPoint[],
  expiresAt: Instant,
): Promise<void> {
  for (const { resourceId, pointId } of points) {
    await tables.change('leases', partition, {
      kind: 'put',
      row: { partition, key: `${resourceId}|${pointId}|${id}`, columns: { expiresAt } },
    });
  }
}

/** The request needs its points no more. */
export async function unpin(tables: TableStore, id: RequestId, points: readonly PinnedPoint[]): Promise<void> {
  for (const { resourceId, pointId } of points)
    await tables.change('leases', partition, { kind: 'remove', key: `${resourceId}|${pointId}|${id}` });
}

/** Points that some request may still read, as `{resource}/{point}`. A pin that ran out less than an hour ago counts: clocks differ. */
export async function pinnedPoints(tables: TableStore, now: Instant): Promise<ReadonlySet<string>> {
  const pinned = new Set<string>();
  for await (const { key, columns } of rowsOf(tables, 'leases', partition)) {
    const [resource, point] = key.split('|');
    if (Date.parse(String(columns['expiresAt'])) <= Date.parse(now) - clockMs) continue;
    pinned.add(`${resource}/${point}`);
  }
  return pinned;
}
