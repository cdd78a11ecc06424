import { Fault, isFault } from '../fault.ts';
import type { PointId, ResourceId } from '../model/ids.ts';
import type { RowChange, StoredRow } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import { readRoot } from './root.ts';
import { EXPIRING_KEY, expiringIn, readHead, writeHead } from './heads.ts';
import { letGoRow, linkOf } from './letGo.ts';
import { momentOf, POINT_ROWS } from './pointRows.ts';
import type { Catalog, Expiry } from './repository.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { rowsOf, startingWith } from './tableRows.ts';

/** Lets restore points go: their rows, then what only they held in the catalog. No blob is touched. */
export function expiry(core: Core, columns: SealedColumns, catalog: Catalog): Expiry {
  const readIntent = async (resource: ResourceId) => {
    const row = await core.tables.get('resources', resource, EXPIRING_KEY);
    return row && { ids: expiringIn(row), etag: row.etag, isGivenUp: row.columns['givenUp'] === true };
  };

  const visibleRows = async (resource: ResourceId): Promise<Map<PointId, StoredRow>> => {
    const visible = new Map<PointId, StoredRow>();
    for await (const row of rowsOf(core.tables, 'resources', resource, startingWith(POINT_ROWS)))
      visible.set(momentOf(row).id, row);
    return visible;
  };

  /** Whoever finds the root later, and no row, learns from the sign that this was meant. */
  async function removalOf(resource: ResourceId, id: PointId, { key, etag }: StoredRow): Promise<RowChange[]> {
    const sign = letGoRow(columns, resource, await linkOf(core, resource, id));
    return [
      { kind: 'remove', key, ifMatch: etag },
      { kind: 'put', row: sign },
    ];
  }

  /** The newest point stays as long as there is any other, and what the catalog shows last is what it goes on from. */
  async function remove(resource: ResourceId, id: PointId, row: StoredRow): Promise<void> {
    const removal = await removalOf(resource, id, row);
    const head = await readHead(core, resource);
    if (id !== head.newestPoint) {
      if (id === head.catalogPoint) return;
      await core.tables.transact('resources', resource, removal);
      return;
    }
    // A job that holds the resource builds on this point: the next pass finds it again.
    if (head.openRun !== undefined || (await visibleRows(resource)).size > 1) return;
    const { resourceId, step, etag } = head;
    await writeHead(core, head, { resourceId, step, etag, fence: head.fence + 1 }, removal);
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
    const { catalogPoint } = await readHead(core, resource);
    // It cannot go on from a point that is gone, and whose root is.
    const isBehind = catalogPoint !== undefined && gone.includes(catalogPoint);
    if (left.size === 0 || isBehind) await catalog.rebuild(resource);
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

  async function lossOf(resource: ResourceId, id: PointId): Promise<Fault | undefined> {
    try {
      await readRoot(core, resource, id);
      return undefined;
    } catch (error) {
      if (!isFault(error, 'missing', 'corrupt')) throw error;
      return error;
    }
  }

  /** Finishes what it says, and tells what of it is gone before it is forgotten: a kill in between tells it again. */
  async function settle(
    resource: ResourceId,
    { ids, etag, isGivenUp = false }: { ids: readonly PointId[]; etag: string; isGivenUp?: boolean },
    mayGo: (id: PointId) => Promise<boolean>,
    told: Told,
  ): Promise<readonly PointId[]> {
    const gone = await finish(resource, ids, mayGo);
    if (gone.length > 0 && !isGivenUp) await told(gone);
    await clear(resource, etag);
    return gone;
  }

  async function begin(resource: ResourceId, ids: readonly PointId[], more = {}): Promise<string> {
    const row = { partition: resource, key: EXPIRING_KEY, columns: { points: ids.join(','), ...more } };
    return core.tables.change('resources', resource, { kind: 'insert', row });
  }

  /** The row of a lost point. Where the head names it, the newest one before it takes its place. */
  async function removeLost(resource: ResourceId, id: PointId): Promise<void> {
    const rows = await visibleRows(resource);
    const row = rows.get(id);
    if (row === undefined) return;
    const head = await readHead(core, resource);
    const removal = await removalOf(resource, id, row);
    if (id !== head.newestPoint) {
      await core.tables.transact('resources', resource, removal);
      return;
    }
    if (head.openRun !== undefined)
      throw new Fault('conflict', 'A backup of it is under way and stands on this restore point.', { origin: 'input' });
    const [before] = [...rows.keys()].filter((other) => other !== id);
    const { resourceId, step, etag, headSlice } = head;
    const anew = { resourceId, step, etag, fence: head.fence + 1 };
    const after = before === undefined ? anew : { ...anew, newestPoint: before, ...(headSlice && { headSlice }) };
    await writeHead(core, head, after, removal);
  }

  return {
    async unfinished(resource) {
      return (await readIntent(resource))?.ids ?? [];
    },

    async expire(resource, ids, mayGo, told = nobody) {
      const before = await readIntent(resource);
      if (before !== undefined) return settle(resource, before, mayGo, told);
      if (ids.length === 0) return [];
      if (ids.length > mostAtOnce)
        throw new Fault('invalid', `${ids.length} points cannot expire together; ${mostAtOnce} can.`);
      // What goes must be in the catalog, or it would wait for it there for ever.
      const { newestPoint } = await readHead(core, resource);
      if (newestPoint !== undefined) await catalog.apply(resource, newestPoint);
      return settle(resource, { ids, etag: await begin(resource, ids) }, mayGo, told);
    },

    lossOf,

    async giveUp(resource, id, told = nobody) {
      const before = await readIntent(resource);
      if (before !== undefined) await settle(resource, before, async () => false, told);
      if (!(await visibleRows(resource)).has(id)) return;
      if ((await lossOf(resource, id)) === undefined)
        throw new Fault('conflict', 'This restore point can be read; only retention lets it go.', {
          origin: 'input',
          code: 'readable',
        });
      const etag = await begin(resource, [id], { givenUp: true });
      await removeLost(resource, id);
      await finish(resource, [id], async () => false);
      await clear(resource, etag);
    },
  };
}

type Told = NonNullable<Parameters<Expiry['expire']>[3]>;
const nobody: Told = async () => undefined;

/** Points that one call of `expire` lets go at most. */
export const mostAtOnce = 40;
