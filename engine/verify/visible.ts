import type { PointId, ResourceId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import { openRow, POINT_ROWS } from '../repository/pointRows.ts';
import { rowsOf, startingWith } from '../repository/tableRows.ts';
import { damageOf } from './damageOf.ts';
import type { Reading } from './reading.ts';

/** A row that shows a restore point; `damage` where it does not open, and then its key alone tells of it. */
export interface ShownPoint {
  readonly id: PointId;
  readonly key: string;
  readonly point?: RestorePoint;
  /** Hash over the lists of its root. */
  readonly hash?: string;
  readonly damage?: string;
}

/** Every row that shows a point, newest first, also those that are damaged. */
export async function shownPoints(reading: Reading, resource: ResourceId): Promise<readonly ShownPoint[]> {
  const shown: ShownPoint[] = [];
  for await (const row of rowsOf(reading.tables, 'resources', resource, startingWith(POINT_ROWS))) {
    const id = (row.key.split('/').at(-1) ?? '') as PointId;
    try {
      const { point, hash } = openRow(reading, row);
      shown.push({ id, key: row.key, point, hash });
    } catch (error) {
      shown.push({ id, key: row.key, damage: damageOf(error).fault.message });
    }
  }
  return shown;
}
