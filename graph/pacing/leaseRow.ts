import { isFault } from '../../engine/fault.ts';
import type { LaneContext } from './lane.ts';

export type Columns = Readonly<Record<string, string | number | boolean | Uint8Array>>;

/**
 * Reads the row of a scope, lets `change` say what it becomes, and writes it back on condition that nobody else did
 * meanwhile; a lost race reads again. `undefined` from `change` leaves the row as it is.
 */
export async function changeRow(
  key: string,
  { rows, partition }: LaneContext,
  change: (current: Columns) => Columns | undefined,
): Promise<void> {
  if (rows === undefined) {
    change({});
    return;
  }
  for (;;) {
    const current = await rows.get('leases', partition, key);
    const columns = change(current?.columns ?? {});
    if (columns === undefined) return;
    const row = { partition, key, columns };
    try {
      await rows.change(
        'leases',
        partition,
        current === undefined ? { kind: 'insert', row } : { kind: 'update', row, ifMatch: current.etag },
      );
      return;
    } catch (error) {
      if (!isFault(error, 'conflict')) throw error;
    }
  }
}

export const numberIn = (columns: Columns, name: string): number => {
  const value = columns[name];
  return typeof value === 'number' ? value : 0;
};

export const textIn = (columns: Columns, name: string): string => {
  const value = columns[name];
  return typeof value === 'string' ? value : '';
};
