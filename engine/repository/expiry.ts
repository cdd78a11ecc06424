import { Fault, isFault } from '../fault.ts';
import type { PointId, ResourceId } from '../model/ids.ts';
import type { StoredRow } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import { EXPIRING_KEY, expiringIn, readHead, writeHead } from './heads.ts';
import type { Catalog, Expiry } from './repository.ts';
import { rowsOf, startingWith, textOf } from './tableRows.ts';

/** Lets restore points go: their rows, then what only they held in the catalog. No blob is touched. */
export function expiry(core: Core, catalog: Catalog): Expiry {
  const readIntent = async (resource: ResourceId) => {
    const row = await core.tables.get('resources', resource, EXPIRING_KEY);
    return row && { ids: expiringIn(row), etag: row.etag };
  };

  const visibleRows = async (resource: ResourceId): Promise<Map<PointId, StoredRow>> => {
    const visible = new Map<PointId, StoredRow>();
    for await (const row of rowsOf(core.tables, 'resources', resource, startingWith('point/')))
      visible.set(textOf(row, 'point') as PointId, row);
    return visible;
  };

  /** The newest point stays as long as there is any other, and what the catalog shows last is what it goes on from. */
  async function remove(resource: ResourceId, id: PointId, { key, etag: ifMatch }: StoredRow): Promise<void> {
    const head = await readHead(core, resource);
    if (id !== head.newestPoint) {
      if (id === head.catalogPoint) return;
      await core.tables.change('resources', resource, { kind: 'remove', key, ifMatch });
      return;
    }
    // A job that holds the resource builds on this point: the next pass finds it again.
    if (head.openRun !== undefined || (await visibleRows(resource)).size > 1) return;
    const { resourceId, step, etag } = head;
    await writeHead(core, head, { resourceId, step, etag, fence: head.fence + 1 }, [{ kind: 'remove', key, ifMatch }]);
  }

  async function finish(
    resource: ResourceId,
    ids: readonly PointId[],
    mayGo: (id: PointId) => Promise<boolean>,
  ): Promise<readonly PointId[]> {
    const before = await visibleRows(resource);
    for (const id of ids) {
      const row = before.get(id);
      if (row === undefined || !(await mayGo(id))) continue;
      try {
        await remove(resource, id, row);
      } catch (error) {
        // Somebody else let it go, or a backup moved its row: the next pass looks again.
        if (!isFault(error, 'conflict', 'not-found', 'stale-fence')) throw error;
      }
    }
    const left = await visibleRows(resource);
    const gone = ids.filter((id) => !left.has(id));
    if (left.size === 0) await catalog.rebuild(resource);
    else await catalog.forget(resource, gone);
    return gone;
  }

  async function clear(resource: ResourceId, etag: string): Promise<void> {
    try {
      await core.tables.change('resources', resource, { kind: 'remove', key: EXPIRING_KEY, ifMatch: etag });
    } catch (error) {
      if (!isFault(error, 'conflict', 'not-found')) throw error;
    }
  }

  return {
    async unfinished(resource) {
      return (await readIntent(resource))?.ids ?? [];
    },

    async expire(resource, ids, mayGo) {
      const before = await readIntent(resource);
      if (before !== undefined) {
        const gone = await finish(resource, before.ids, mayGo);
        await clear(resource, before.etag);
        return gone;
      }
      if (ids.length === 0) return [];
      if (ids.length > mostAtOnce)
        throw new Fault('invalid', `${ids.length} points cannot expire together; ${mostAtOnce} can.`);
      // What goes must be in the catalog, or it would wait for it there for ever.
      const { newestPoint } = await readHead(core, resource);
      if (newestPoint !== undefined) await catalog.apply(resource, newestPoint);
      const row = { partition: resource, key: EXPIRING_KEY, columns: { points: ids.join(',') } };
      const etag = await core.tables.change('resources', resource, { kind: 'insert', row });
      const gone = await finish(resource, ids, mayGo);
      await clear(resource, etag);
      return gone;
    },
  };
}

/** Points that one call of `expire` lets go at most. */
export const mostAtOnce = 40;
