import { isFault } from '../fault.ts';
import type { PointId, ResourceId } from '../model/ids.ts';
import { unlessDamaged } from './basis.ts';
import type { Core } from './core.ts';
import { openRow, POINT_ROWS, pointRow } from './pointRows.ts';
import { pointOf, readRoot } from './root.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { rowsOf, startingWith } from './tableRows.ts';

/**
 * Makes the row of a visible point say what its root says, under the key that belongs to it; when it was last found to be
 * true is kept where the row opens. False where the point has no row any more, or another writer changed it meanwhile. Fault as `readRoot`.
 */
export async function rewriteRow(
  core: Core,
  columns: SealedColumns,
  resource: ResourceId,
  id: PointId,
): Promise<boolean> {
  const root = await readRoot(core, resource, id);
  for await (const row of rowsOf(core.tables, 'resources', resource, startingWith(POINT_ROWS))) {
    if (!row.key.endsWith(`/${id}`)) continue;
    const told = (await unlessDamaged(async () => openRow({ columns }, row)))?.point.confirmedAt;
    const confirmedAt = told !== undefined && told >= root.takenAt ? { confirmedAt: told } : {};
    const made = pointRow({ tables: core.tables, columns }, { ...pointOf(root), ...confirmedAt }, root.hash);
    try {
      await core.tables.transact(
        'resources',
        resource,
        made.key === row.key
          ? [{ kind: 'update', row: made, ifMatch: row.etag }]
          : [
              { kind: 'insert', row: made },
              { kind: 'remove', key: row.key, ifMatch: row.etag },
            ],
      );
      return true;
    } catch (error) {
      if (!isFault(error, 'conflict', 'not-found')) throw error;
      return false;
    }
  }
  return false;
}
