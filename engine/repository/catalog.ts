import { Fault, isFault } from '../fault.ts';
import type { ItemId, PointId, ResourceId } from '../model/ids.ts';
import type { RowChange, StoredRow } from '../ports/tableStore.ts';
import { closedRow, deletionKey, deletionRow, DELETIONS, openVersion, versionRow, versionsOf } from './catalogRows.ts';
import type { CatalogEntry } from './catalogRows.ts';
import { unlessDamaged } from './basis.ts';
import { comparePoints, compareWithRows } from './comparePoints.ts';
import type { Difference } from './comparePoints.ts';
import type { Core } from './core.ts';
import { inParallel } from './inParallel.ts';
import type { Pages } from './pages.ts';
import { visiblePoints } from './pointRows.ts';
import type { Catalog, CatalogVersion } from './repository.ts';
import { recallRoot } from './root.ts';
import type { Root } from './root.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { forgetPoints } from './forgetPoints.ts';
import { pageOf, rowsOf, startingWith, textOf } from './tableRows.ts';
import { asShown, visibleMoments } from './visibleMoments.ts';

const AT_ONCE = 8;
const BATCH = 100;
const DELETED_PER_PAGE = 100;
const TRIES = 8;
/** In the partition of the resource beside its head: the newest point that the catalog shows, or that it is being rebuilt. */
const STATE_KEY = 'catalog';

/** The catalog of one repository: derived rows, a function of the visible points alone. */
export function catalog(core: Core, pages: Pages, columns: SealedColumns): Catalog {
  const rows = { tables: core.tables, columns };

  /** Points that the catalog does not show yet up to `point`, oldest first; before them the one it shows. */
  async function pending(
    resource: ResourceId,
    shown: PointId | undefined,
    upTo?: PointId,
  ): Promise<{ readonly shown?: PointId; readonly todo: readonly PointId[] }> {
    const newer: PointId[] = [];
    for await (const { point } of visiblePoints(rows, resource)) {
      if (point.id === shown) return { shown, todo: upToIncluding(newer, upTo) };
      newer.unshift(point.id);
    }
    if (shown === undefined) return { todo: upToIncluding(newer, upTo) };
    throw new Fault('not-found', 'The catalog shows a restore point that is not visible. Rebuild the catalog.', {
      origin: 'storage',
    });
  }

  async function applyAll(
    resource: ResourceId,
    shown: PointId | undefined,
    upTo?: PointId,
    inDoubt = false,
  ): Promise<void> {
    const { todo } = await pending(resource, shown, upTo);
    const noteShown = (columns: Readonly<Record<string, string | boolean>>) =>
      core.tables.change('resources', resource, {
        kind: 'put',
        row: { partition: resource, key: STATE_KEY, columns },
      });
    let before = shown === undefined || todo.length === 0 ? undefined : await unlessDamaged(rootOf(resource, shown));
    let last = shown;
    let isCertain = !inDoubt && (shown === undefined || before !== undefined);
    for (const id of todo) {
      const after = await unlessDamaged(rootOf(resource, id));
      // Of what cannot be read its newer neighbour tells what became of it.
      if (after === undefined) continue;
      let isApplied = isCertain ? await unlessDamaged(() => applyPages(resource, before, after)) : undefined;
      isApplied ??= await unlessDamaged(() => applyAgainstRows(resource, after));
      isCertain = isApplied === true;
      if (isCertain) {
        await noteShown({ point: id });
        [before, last] = [after, id];
      } else await noteShown({ ...(last !== undefined && { point: last }), inDoubt: true });
    }
  }

  const rootOf = (resource: ResourceId, id: PointId) => () => recallRoot(core, resource, id);
  async function applyPages(resource: ResourceId, before: Root | undefined, after: Root): Promise<true> {
    await applyDifferences(resource, before !== undefined, after, comparePoints(pages, before, after));
    return true;
  }
  /** Where the point that it shows cannot be read: what its rows say stands for that. */
  async function applyAgainstRows(resource: ResourceId, after: Root): Promise<true> {
    await applyDifferences(resource, true, after, compareWithRows({ core, pages, columns }, resource, after));
    return true;
  }

  async function applyDifferences(
    resource: ResourceId,
    hasRows: boolean,
    after: Root,
    differences: AsyncIterable<Difference>,
  ): Promise<void> {
    const state = { columns, resource, after };
    // Nothing was ever deleted: then what is added has no former rows, and none are looked for.
    const hasDeletions =
      (await pageOf(core.tables, 'catalog', resource, { ...startingWith(DELETIONS), limit: 1 })).rows.length > 0;
    const plan = async (difference: Difference): Promise<readonly RowChange[]> => {
      const isNew = difference.kind === 'added' && (!hasRows || !hasDeletions);
      return changesFor(state, difference, isNew ? [] : await versionRows(resource, idOf(difference)));
    };
    const mostPerAddition = !hasRows || !hasDeletions ? 1 : 3;
    await inParallel(batches(differences, mostPerAddition), AT_ONCE / 2, async (batch) => {
      const planned = new Map<Difference, readonly RowChange[]>();
      await inParallel(batch, AT_ONCE, async (difference) => {
        planned.set(difference, await plan(difference));
      });
      const changes = batch.flatMap((difference) => planned.get(difference) ?? []);
      try {
        if (changes.length > 0) await core.tables.transact('catalog', resource, changes);
      } catch (error) {
        if (!isFault(error, 'conflict')) throw error;
        // An earlier attempt did part of it: what is still open is settled item by item.
        await inParallel(batch, AT_ONCE, (difference) => settle(state, difference));
      }
    });
  }

  async function settle(state: ApplyState, difference: Difference): Promise<void> {
    for (let tries = 1; ; tries++) {
      const changes = changesFor(state, difference, await versionRows(state.resource, idOf(difference)));
      if (changes.length === 0) return;
      try {
        await core.tables.transact('catalog', state.resource, changes);
        return;
      } catch (error) {
        if (!isFault(error, 'conflict') || tries === TRIES) throw error;
      }
    }
  }

  const versionRows = (resource: ResourceId, item: ItemId): Promise<StoredRow[]> =>
    Array.fromAsync(rowsOf(core.tables, 'catalog', resource, startingWith(versionsOf(item))));

  async function rebuild(resource: ResourceId): Promise<number> {
    // The mark stays until the last point is applied: a rebuild that was killed starts over.
    await core.tables.change('resources', resource, {
      kind: 'put',
      row: { partition: resource, key: STATE_KEY, columns: { rebuilding: true } },
    });
    for (let left = true; left;) {
      const { rows: old, nextPageToken } = await pageOf(core.tables, 'catalog', resource, { limit: BATCH });
      if (old.length > 0)
        await core.tables.transact(
          'catalog',
          resource,
          old.map(({ key }) => ({ kind: 'remove', key })),
        );
      left = old.length > 0 || nextPageToken !== undefined;
    }
    await applyAll(resource, undefined);
    let count = 0;
    for await (const _row of rowsOf(core.tables, 'catalog', resource)) count += 1;
    return count;
  }

  const isRebuilding = (state: StoredRow | undefined): boolean => state?.columns['rebuilding'] === true;
  const isBeingRebuilt = async (resource: ResourceId): Promise<boolean> =>
    isRebuilding(await core.tables.get('resources', resource, STATE_KEY));

  async function isEveryRootThere(resource: ResourceId): Promise<boolean> {
    for (const { id } of await visibleMoments(core.tables, resource))
      if ((await unlessDamaged(rootOf(resource, id))) === undefined) return false;
    return true;
  }

  return {
    async apply(resource, point) {
      const state = await core.tables.get('resources', resource, STATE_KEY);
      if (isRebuilding(state)) await rebuild(resource);
      else {
        const isInDoubt = state?.columns['inDoubt'] === true;
        await applyAll(resource, state && (textOf(state, 'point') as PointId | undefined), point, isInDoubt);
      }
    },
    async forget(resource, points) {
      // Rows that a rebuild left half made tell nothing of what is to be forgotten.
      if (await isBeingRebuilt(resource)) return void (await rebuild(resource));
      try {
        await forgetPoints(core, pages, columns, resource, points);
      } catch (error) {
        if (!isFault(error, 'missing', 'corrupt')) throw error;
        // What a damaged point that is still shown held, its rows alone can tell: they stay, and show what is visible.
        if (await isEveryRootThere(resource)) await rebuild(resource);
      }
    },
    async versions(resource, item) {
      const [stored, moments] = await Promise.all([versionRows(resource, item), visibleMoments(core.tables, resource)]);
      return stored.flatMap((row) => asShown(openVersion(columns, row), moments) ?? []);
    },
    async deleted(resource, pageToken) {
      const page = await pageOf(core.tables, 'catalog', resource, {
        ...startingWith(DELETIONS),
        limit: DELETED_PER_PAGE,
        ...(pageToken !== undefined && { pageToken }),
      });
      const moments = await visibleMoments(core.tables, resource);
      const found = new Map<StoredRow, CatalogVersion>();
      await inParallel(page.rows, AT_ONCE, async (row) => {
        const version = await core.tables.get('catalog', resource, textOf(row, 'version') ?? '');
        const shown = version && asShown(openVersion(columns, version), moments);
        if (shown !== undefined) found.set(row, shown);
      });
      return {
        versions: page.rows.flatMap((row) => found.get(row) ?? []),
        ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken }),
      };
    },
    rebuild,
  };
}

interface ApplyState {
  readonly columns: SealedColumns;
  readonly resource: ResourceId;
  readonly after: Root;
}

/** Row changes that are still needed for a difference, given the item's rows. None when all is done: may be repeated, also late. */
function changesFor(
  { columns, resource, after }: ApplyState,
  difference: Difference,
  rows: readonly StoredRow[],
): RowChange[] {
  const id = idOf(difference);
  const at = after.takenAt;
  const former = rows.filter((row) => (textOf(row, 'validFrom') ?? '') < at);
  const changes: RowChange[] = [];
  const last = former.at(-1);
  if (last !== undefined && textOf(last, 'validTo') === undefined) {
    changes.push({ kind: 'update', row: closedRow(last, at), ifMatch: last.etag });
    if (difference.kind === 'removed') changes.push({ kind: 'put', row: deletionRow(resource, id, last.key, at) });
  }
  if (difference.kind === 'removed' || rows.some((row) => textOf(row, 'fromPoint') === after.id)) return changes;
  const deletedAt = last && textOf(last, 'validTo');
  if (deletedAt !== undefined && deletedAt < at) changes.push({ kind: 'remove', key: deletionKey(id, deletedAt) });
  const { streams: _streams, ...entry } = difference.entry satisfies CatalogEntry;
  return [...changes, { kind: 'insert', row: versionRow(columns, resource, entry, after.id, at) }];
}

const idOf = (difference: Difference): ItemId => (difference.kind === 'removed' ? difference.id : difference.entry.id);

/** As many differences as fit into a transaction, whatever rows they find: a change or a return needs up to three. */
async function* batches(source: AsyncIterable<Difference>, mostPerAddition: number): AsyncGenerator<Difference[]> {
  let batch: Difference[] = [];
  let size = 0;
  for await (const difference of source) {
    const changes = difference.kind === 'added' ? mostPerAddition : 3;
    if (size + changes > BATCH) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(difference);
    size += changes;
  }
  if (batch.length > 0) yield batch;
}

function upToIncluding(points: readonly PointId[], last: PointId | undefined): readonly PointId[] {
  return last === undefined ? points : points.slice(0, points.indexOf(last) + 1);
}
