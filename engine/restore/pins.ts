import type { Instant, RequestId } from '../model/ids.ts';
import type { TableStore } from '../ports/tableStore.ts';
import type { PinnedPoint } from './selectItems.ts';

const partition = 'pins';
/** From one step of a request to the next, and while a plan lies ready. */
export const pinMs = 24 * 3_600_000;

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
