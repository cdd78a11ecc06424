import { isFault } from '../fault.ts';
import type { Instant, ItemId, PointId, ResourceId } from '../model/ids.ts';
import type { Row, RowChange, StoredRow } from '../ports/tableStore.ts';
import { deletionRow, openVersion, versionRow, versionsOf } from './catalogRows.ts';
import { comparePoints } from './comparePoints.ts';
import type { Core } from './core.ts';
import { inParallel } from './inParallel.ts';
import type { Pages } from './pages.ts';
import { readRoot } from './root.ts';
import type { Root } from './root.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { rowsOf, startingWith, textOf } from './tableRows.ts';
import { visibleMoments, type Moment } from './visibleMoments.ts';

const AT_ONCE = 8;
const TRIES = 8;

/** Points that are not visible any more, between two that are (or before the oldest). */
interface Gap {
  readonly before?: Moment;
  readonly after: Moment;
  readonly gone: readonly Moment[];
}

/**
 * Takes points whose rows are gone out of the catalog: versions that only they held disappear, those that began or ended
 * with them begin or end with the next visible point. Costs what changed between these points, not what they hold. May
 * be repeated. Faults `missing`, `corrupt` where a root cannot be read: then only a rebuild helps.
 */
export async function forgetPoints(
  core: Core,
  pages: Pages,
  columns: SealedColumns,
  resource: ResourceId,
  ids: readonly PointId[],
): Promise<void> {
  const visible = await visibleMoments(core.tables, resource);
  const shown = new Set(visible.map(({ id }) => id));
  const roots = new Map<PointId, Root>();
  const rootOf = async ({ id }: Pick<Moment, 'id'>): Promise<Root> => {
    const root = roots.get(id) ?? (await readRoot(core, resource, id));
    roots.set(id, root);
    return root;
  };
  const gone: Moment[] = [];
  for (const id of ids) if (!shown.has(id)) gone.push({ id, takenAt: (await rootOf({ id })).takenAt });
  for (const gap of gapsOf(visible, gone)) {
    const affected = await changedIn(pages, gap, rootOf);
    const differs = await differingEnds(pages, gap, rootOf);
    await inParallel(affected, AT_ONCE, (item) => settle(core, columns, resource, item, gap, differs.has(item)));
    roots.clear();
  }
}

function gapsOf(visible: readonly Moment[], gone: readonly Moment[]): readonly Gap[] {
  const oldestFirst = gone.toSorted((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
  const byEnd = Map.groupBy(oldestFirst, ({ takenAt }) => visible.findIndex((moment) => moment.takenAt > takenAt));
  return [...byEnd].flatMap(([index, members]): Gap[] => {
    const after = visible[index];
    const before = visible[index - 1];
    return after === undefined ? [] : [{ ...(before && { before }), after, gone: members }];
  });
}

/** Every item that is not the same in all points from one end of the gap to the other. */
async function changedIn(
  pages: Pages,
  { before, after, gone }: Gap,
  rootOf: (moment: Moment) => Promise<Root>,
): Promise<ReadonlySet<ItemId>> {
  const items = new Set<ItemId>();
  const points = [...(before ? [before] : []), ...gone, after];
  for (const [index, moment] of points.entries()) {
    const next = points[index + 1];
    if (next === undefined) break;
    for await (const difference of comparePoints(pages, await rootOf(moment), await rootOf(next)))
      items.add(difference.kind === 'removed' ? difference.id : difference.entry.id);
  }
  return items;
}

/** Items that are different at both ends; without an earlier end everything is. */
async function differingEnds(
  pages: Pages,
  { before, after }: Gap,
  rootOf: (moment: Moment) => Promise<Root>,
): Promise<ReadonlySet<ItemId>> {
  const items = new Set<ItemId>();
  if (before === undefined) return items;
  for await (const difference of comparePoints(pages, await rootOf(before), await rootOf(after)))
    items.add(difference.kind === 'removed' ? difference.id : difference.entry.id);
  return items;
}

/** One item at a time, on its rows as they are now: a backup may be adding to them. */
async function settle(
  core: Core,
  columns: SealedColumns,
  resource: ResourceId,
  item: ItemId,
  gap: Gap,
  differs: boolean,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const rows = await Array.fromAsync(rowsOf(core.tables, 'catalog', resource, startingWith(versionsOf(item))));
    const changes = withoutGap(columns, resource, item, rows, gap, differs);
    if (changes.length === 0) return;
    try {
      await core.tables.transact('catalog', resource, changes);
      return;
    } catch (error) {
      if (!isFault(error, 'conflict') || tries === TRIES) throw error;
    }
  }
}

/** Row changes that make the rows of an item what they would be if the points of the gap had never been. Pure but for nonces. */
function withoutGap(
  columns: SealedColumns,
  resource: ResourceId,
  item: ItemId,
  rows: readonly StoredRow[],
  { before, after }: Gap,
  differs: boolean,
): RowChange[] {
  const from = (row: StoredRow): string => textOf(row, 'validFrom') ?? '';
  const lasts = (row: StoredRow | undefined, at: Instant): row is StoredRow =>
    row !== undefined && (endOf(row) ?? '~') > at;
  const earlier = before === undefined ? undefined : rows.findLast((row) => from(row) <= before.takenAt);
  const atStart = before !== undefined && lasts(earlier, before.takenAt) ? earlier : undefined;
  const newest = rows.findLast((row) => from(row) <= after.takenAt);
  const atEnd = lasts(newest, after.takenAt) ? newest : undefined;
  const isSame = atStart !== undefined && atEnd !== undefined && !differs;

  const next = new Map(rows.map((row): [string, Row] => [row.key, row]));
  for (const row of rows) if (from(row) > (before?.takenAt ?? '') && from(row) < after.takenAt) next.delete(row.key);
  if (isSame) {
    if (atEnd !== atStart) next.delete(atEnd.key);
    next.set(atStart.key, endingAt(atStart, endOf(atEnd)));
  } else {
    if (atStart !== undefined) next.set(atStart.key, endingAt(atStart, after.takenAt));
    if (atEnd !== undefined && from(atEnd) < after.takenAt) {
      const { entry } = openVersion(columns, atEnd);
      const row = versionRow(columns, resource, entry, after.id, after.takenAt);
      next.set(row.key, endingAt(row, endOf(atEnd)));
    }
  }
  return changesBetween(resource, item, rows, next);
}

function endOf({ columns }: Row): Instant | undefined {
  const validTo = columns['validTo'];
  return typeof validTo === 'string' ? (validTo as Instant) : undefined;
}

/** The same row where it ends then already. */
function endingAt(row: Row, validTo: Instant | undefined): Row {
  if (endOf(row) === validTo) return row;
  const { validTo: _validTo, ...columns } = row.columns;
  const { partition, key } = row;
  return { partition, key, columns: { ...columns, ...(validTo !== undefined && { validTo }) } };
}

/** What turns `rows` into `next`, and the item's deletion row with them. */
function changesBetween(
  resource: ResourceId,
  item: ItemId,
  rows: readonly StoredRow[],
  next: ReadonlyMap<string, Row>,
): RowChange[] {
  const changes: RowChange[] = [];
  for (const row of rows) {
    const wanted = next.get(row.key);
    if (wanted === undefined) changes.push({ kind: 'remove', key: row.key, ifMatch: row.etag });
    else if (wanted !== row) changes.push({ kind: 'update', row: bare(wanted), ifMatch: row.etag });
  }
  const known = new Set(rows.map(({ key }) => key));
  for (const [key, row] of next) if (!known.has(key)) changes.push({ kind: 'insert', row: bare(row) });
  if (changes.length === 0) return [];
  const was = deletionOf(resource, item, rows.at(-1));
  const will = deletionOf(resource, item, [...next.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1)).at(-1));
  if (was !== undefined && was.key !== will?.key) changes.push({ kind: 'remove', key: was.key });
  if (will !== undefined) changes.push({ kind: 'put', row: will });
  return changes;
}

const bare = ({ partition, key, columns }: Row): Row => ({ partition, key, columns });

/** An item whose last version ended has a row among the deletions. */
function deletionOf(resource: ResourceId, item: ItemId, last: Row | undefined): Row | undefined {
  if (last === undefined) return undefined;
  const validTo = endOf(last);
  return validTo === undefined ? undefined : deletionRow(resource, item, last.key, validTo);
}
