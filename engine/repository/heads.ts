import { Fault, isFault } from '../fault.ts';
import type { Instant, PointId, ResourceId, RunId, SliceId } from '../model/ids.ts';
import type { Row, RowChange, StoredRow } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import { newId } from './newId.ts';
import type { Head, Points } from './repository.ts';
import { columnsOf, numberOf, rowsOf, textOf } from './tableRows.ts';

/** Row keys in the partition of a resource, in ascending order. How far the catalog got has a row of its own: the catalog follows behind and never stops a job. */
const CATALOG_KEY = 'catalog';
const HEAD_KEY = 'head';
/** Points that are just being let go, so that a kill leaves none half gone. */
export const EXPIRING_KEY = 'catalog/expiring';

type Tables = Pick<Core, 'tables' | 'random'>;

/** The head as it is now; fence 0 and an empty ETag when the resource has none yet. */
export async function readHead(core: Pick<Core, 'tables'>, resource: ResourceId): Promise<Head> {
  let head: StoredRow | undefined;
  let catalog: StoredRow | undefined;
  let expiring: readonly PointId[] | undefined;
  for await (const row of rowsOf(core.tables, 'resources', resource, { from: CATALOG_KEY, to: `${HEAD_KEY}!` })) {
    if (row.key === HEAD_KEY) head = row;
    if (row.key === CATALOG_KEY) catalog = row;
    if (row.key === EXPIRING_KEY) expiring = expiringIn(row);
  }
  const catalogPoint = catalog && (textOf(catalog, 'point') as PointId | undefined);
  if (head === undefined)
    return { resourceId: resource, fence: 0, step: 0, etag: '', ...(catalogPoint && { catalogPoint }) };
  return {
    resourceId: resource,
    fence: numberOf(head, 'fence'),
    step: numberOf(head, 'step'),
    ...present('headSlice', textOf(head, 'headSlice') as SliceId | undefined),
    ...present('newestPoint', textOf(head, 'newestPoint') as PointId | undefined),
    ...present('openRun', textOf(head, 'openRun') as RunId | undefined),
    ...present('heartbeatAt', textOf(head, 'heartbeatAt') as Instant | undefined),
    ...present('holder', textOf(head, 'holder')),
    ...(typeof head.columns['knows'] === 'number' && { knows: head.columns['knows'] }),
    ...present('catalogPoint', catalogPoint),
    ...present('expiring', expiring),
    etag: head.etag,
  };
}

export const expiringIn = (row: StoredRow): readonly PointId[] => (textOf(row, 'points') ?? '').split(',') as PointId[];

/** Takes the resource over; undefined when its holder is alive or another taker was faster. */
export async function takeFence(
  core: Tables,
  resource: ResourceId,
  taker: Parameters<Points['takeFence']>[1],
  knows: number,
): Promise<Head | undefined> {
  const head = await readHead(core, resource);
  if (isHeld(head, taker)) return undefined;
  const { holder, run: openRun, now: heartbeatAt } = taker;
  const taken = { ...head, fence: head.fence + 1, holder, openRun, heartbeatAt, knows };
  try {
    return await writeHead(core, head, taken);
  } catch (error) {
    if (isFault(error, 'stale-fence')) return undefined;
    throw error;
  }
}

function isHeld(head: Head, taker: Parameters<Points['takeFence']>[1]): boolean {
  if (head.heartbeatAt === undefined || head.holder === undefined || head.holder === taker.holder) return false;
  return Date.parse(taker.now) - Date.parse(head.heartbeatAt) < taker.aliveMs && !taker.isDead(head.holder);
}

/**
 * Raises the fence over whoever holds the resource: nothing that a job of before would write counts any more. The next
 * nudge finds it free. Fault `stale-fence` when the head moved meanwhile.
 */
export const raiseFence = (core: Tables, { holder: _holder, heartbeatAt: _heartbeat, ...head }: Head): Promise<Head> =>
  writeHead(core, head, { ...head, fence: head.fence + 1 });

/**
 * Moves the head from `before` to `after`, together with `others` (rows of the same resource), or changes nothing.
 * Each write carries a mark of its own, so that after a lost answer the row itself says whether this one happened.
 * Faults `stale-fence` (somebody else moved it), `unavailable` (nothing happened, or it is not known).
 */
export async function writeHead(
  core: Tables,
  before: Head,
  after: Head,
  others: readonly RowChange[] = [],
): Promise<Head> {
  const mark = newId(core.random);
  const row = headRow(after, mark);
  const change: RowChange =
    before.etag === '' ? { kind: 'insert', row } : { kind: 'update', row, ifMatch: before.etag };
  try {
    const [etag = ''] = await core.tables.transact('resources', before.resourceId, [change, ...others]);
    return { ...after, etag };
  } catch (error) {
    if (!isFault(error) || (error.kind !== 'conflict' && !error.outcomeUnknown)) throw error;
    const now = await core.tables.get('resources', before.resourceId, HEAD_KEY);
    if (now?.columns['mark'] === mark) return { ...after, etag: now.etag };
    if ((now?.etag ?? '') === before.etag) throw error;
    throw new Fault('stale-fence', 'Another job took this resource over. Nothing of this one counts any more.', {
      cause: error,
    });
  }
}

const headRow = (head: Head, mark: string): Row => ({
  partition: head.resourceId,
  key: HEAD_KEY,
  columns: columnsOf({
    fence: head.fence,
    step: head.step,
    headSlice: head.headSlice,
    newestPoint: head.newestPoint,
    openRun: head.openRun,
    heartbeatAt: head.heartbeatAt,
    holder: head.holder,
    knows: head.knows,
    mark,
  }),
});

const present = <Key extends string, T>(key: Key, value: T | undefined): { readonly [K in Key]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: T };
