import { Fault, isFault } from '../fault.ts';
import type { PointId, ResourceId } from '../model/ids.ts';
import type { RowChange } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import { damageList } from './damage.ts';
import { readHead, writeHead } from './heads.ts';
import { letGoRow } from './letGo.ts';
import { pointRow } from './pointRows.ts';
import { rootsInStorage } from './recoverPoints.ts';
import { pointOf } from './root.ts';
import type { Root } from './root.ts';
import type { Head } from './repository.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { openSlice } from './slices.ts';

const BATCH = 100;

/**
 * Makes head and point rows of a resource anew from its roots, after the tables were lost. Refused with `conflict` where
 * a head exists. The fence stands above every fence seen, so nothing that was running before can commit. Answers how
 * many points are visible again; the catalog is rebuilt from them afterwards. A point whose root opens is shown also where
 * packs of it are lost, and marked as damaged: hidden, it would be no reason any more to keep what is left of it.
 */
export async function rebuildRows(core: Core, columns: SealedColumns, resource: ResourceId): Promise<number> {
  const head = await readHead(core, resource);
  if (head.etag !== '') {
    throw new Fault('conflict', 'This resource still has its head row; nothing was changed.', { origin: 'storage' });
  }
  const roots: Root[] = [];
  const lacking = new Set<PointId>();
  for await (const { kind, root } of rootsInStorage(core, resource)) {
    if (root === undefined) continue;
    roots.push(root);
    if (kind === 'broken') lacking.add(root.id);
  }
  const chain = withoutSiblings(roots).toSorted((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
  const newest = chain.at(-1);
  if (newest === undefined) return 0;

  const marked = chain.flatMap(({ id }) => (lacking.has(id) ? [id] : []));
  await damageList(core, columns).notePoints(resource, marked);
  // What does not count is let go: the sweep, which finds its root, does not take the tables for lost.
  const rows = roots.map((root): RowChange => ({
    kind: 'put',
    row: chain.includes(root)
      ? pointRow({ tables: core.tables, columns }, pointOf(root), root.hash)
      : letGoRow(columns, resource, root),
  }));
  for (let from = 0; from < rows.length; from += BATCH) {
    await core.tables.transact('resources', resource, rows.slice(from, from + BATCH));
  }
  const journal = await lastSliceOf(core, resource, newest);
  // The head comes last: until it is there, the rebuild may be repeated.
  await writeHead(core, head, {
    ...head,
    fence: Math.max(...roots.map((root) => root.fence)) + 1,
    newestPoint: newest.id,
    ...journal,
  });
  return chain.length;
}

/** How far the journal goes; a slice that is lost or does not open costs no restore point: the next run lists everything. */
async function lastSliceOf(
  core: Core,
  resource: ResourceId,
  { lastSlice }: Root,
): Promise<Partial<Pick<Head, 'headSlice' | 'step'>>> {
  if (lastSlice === undefined) return {};
  try {
    return { headSlice: lastSlice, step: (await openSlice(core, resource, lastSlice)).step };
  } catch (error) {
    if (isFault(error, 'missing') || isFault(error, 'corrupt')) return {};
    throw error;
  }
}

/**
 * A job that was killed between root and row left a root that was never visible, and the next job made another on the
 * same predecessor. Of such siblings those count on which others stand, else the one with the highest fence. Several of
 * them are stood on where tables were put back and backups went on from there: all of these were visible once.
 */
export function withoutSiblings<R extends Pick<Root, 'id' | 'predecessor' | 'fence' | 'takenAt'>>(
  roots: readonly R[],
): R[] {
  const predecessors = new Set(roots.map((root) => root.predecessor));
  const families = Map.groupBy(roots, (root): PointId | undefined => root.predecessor);
  return [...families.values()].flatMap((siblings) => {
    const bases = siblings.filter(({ id }) => predecessors.has(id));
    return bases.length > 0 ? bases : [siblings.reduce(higher)];
  });
}

const higher = <R extends Pick<Root, 'fence' | 'takenAt'>>(best: R, root: R): R =>
  root.fence > best.fence || (root.fence === best.fence && root.takenAt > best.takenAt) ? root : best;
