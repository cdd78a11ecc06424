import { isFault, Fault } from '../fault.ts';
import type { Random } from '../ports/random.ts';
import type { RowChange, StoredRow, TableStore } from '../ports/tableStore.ts';
import { OBJECT_ROWS, STATE_KEY, stateOfRow, SWEEP } from '../repository/condemned.ts';
import type { ObjectState } from '../repository/condemned.ts';
import { newId } from '../repository/newId.ts';
import { columnsOf, numberOf, rowsOf, startingWith, textOf } from '../repository/tableRows.ts';
import { noCounts } from './report.ts';
import type { SweepCounts } from './report.ts';

/** What is listed whole before anything is decided, and counted from listing to listing. */
export const listedPrefixes = ['packs/', 'points/', 'moved/', 'slices/', 'records/'] as const;
export type ListedPrefix = (typeof listedPrefixes)[number];
/** What an older version wrote lacks what it did not list. */
export type PerPrefix = Readonly<Partial<Record<ListedPrefix, number>>>;
export const zeroEach: PerPrefix = { 'packs/': 0, 'points/': 0, 'moved/': 0, 'slices/': 0, 'records/': 0 };

/**
 * The one row that decides which sweeper works: every change of rows goes together with it, by its ETag. All times are of
 * the storage clock, in ms since 1970.
 */
export interface SweepState {
  /** When the present or last cycle began; its number, too. 0 before the first. */
  readonly cycle: number;
  readonly isOpen: boolean;
  /** The newest cycle whose condemned objects are all on the list: jobs ask for it. */
  readonly announced: number;
  /** The next cycle begins then. */
  readonly nextAt: number;
  /** Somebody is at it until then, unless it was killed. */
  readonly busyUntil: number;
  /** A removal was refused in the last whole cycle: rewriting packs would only add to them. */
  readonly isWriteProtected: boolean;
  /** How many objects the last whole listing showed, and how many were removed since. Undefined before the first one. */
  readonly listed?: PerPrefix;
  readonly removed: PerPrefix;
  /** The scan that `listed` is of. */
  readonly scanned?: number;
  /** The newest cycle that looked at the dates of write protection. */
  readonly extended?: number;
  readonly counts: SweepCounts;
  readonly etag: string;
}

/** An object on the list. */
export interface ObjectRow {
  readonly name: string;
  readonly state: ObjectState;
  readonly at: number;
  readonly cycle: number;
  readonly etag: string;
}

interface Detail {
  readonly listed?: PerPrefix;
  readonly removed: PerPrefix;
  readonly scanned?: number;
  readonly extended?: number;
  readonly counts: SweepCounts;
}

export async function readState(tables: TableStore): Promise<SweepState> {
  const row = await tables.get('resources', SWEEP, STATE_KEY);
  const detail: Detail =
    row === undefined ? { removed: zeroEach, counts: noCounts } : (JSON.parse(textOf(row, 'detail') ?? '{}') as Detail);
  const number = (column: string): number => (row === undefined ? 0 : numberOf(row, column));
  return {
    cycle: number('cycle'),
    isOpen: row?.columns['isOpen'] === true,
    announced: number('announced'),
    nextAt: number('nextAt'),
    busyUntil: number('busyUntil'),
    isWriteProtected: row?.columns['isWriteProtected'] === true,
    ...detail,
    etag: row?.etag ?? '',
  };
}

/** At most so many changes of objects go with one change of the state. */
export const mostChanges = 90;

export interface Advanced {
  readonly state: SweepState;
  /** Of the changed objects, in order; undefined when the answer got lost. */
  readonly etags?: readonly string[];
}

/**
 * Moves the state on, together with `changes`, or changes nothing. Faults `stale-fence` (another sweeper is at it),
 * `conflict` (one of the objects changed), `unavailable`.
 */
export async function advance(
  services: { readonly tables: TableStore; readonly random: Random },
  before: SweepState,
  change: Partial<SweepState>,
  changes: readonly RowChange[] = [],
): Promise<Advanced> {
  const after = { ...before, ...change };
  const mark = newId(services.random);
  const { listed, removed, scanned, extended, counts } = after;
  const known = {
    ...(listed !== undefined && { listed }),
    ...(scanned !== undefined && { scanned }),
    ...(extended !== undefined && { extended }),
  };
  const detail: Detail = { ...known, removed, counts };
  const row = {
    partition: SWEEP,
    key: STATE_KEY,
    columns: columnsOf({
      cycle: after.cycle,
      isOpen: after.isOpen,
      announced: after.announced,
      nextAt: after.nextAt,
      busyUntil: after.busyUntil,
      isWriteProtected: after.isWriteProtected,
      detail: JSON.stringify(detail),
      mark,
    }),
  };
  const own: RowChange = before.etag === '' ? { kind: 'insert', row } : { kind: 'update', row, ifMatch: before.etag };
  try {
    const [etag = '', ...etags] = await services.tables.transact('resources', SWEEP, [own, ...changes]);
    return { state: { ...after, etag }, etags };
  } catch (error) {
    if (!isFault(error) || (error.kind !== 'conflict' && !error.outcomeUnknown)) throw error;
    const now = await services.tables.get('resources', SWEEP, STATE_KEY);
    if (now?.columns['mark'] === mark) return { state: { ...after, etag: now.etag } };
    if ((now?.etag ?? '') === before.etag) throw error;
    throw new Fault('stale-fence', 'Another sweep is at work.', { cause: error });
  }
}

/** Everything on the list, by name. */
export async function readObjects(tables: TableStore): Promise<Map<string, ObjectRow>> {
  const objects = new Map<string, ObjectRow>();
  for await (const row of rowsOf(tables, 'resources', SWEEP, startingWith(OBJECT_ROWS))) {
    const object = objectOf(row);
    objects.set(object.name, object);
  }
  return objects;
}

const objectOf = (row: StoredRow): ObjectRow => ({
  name: row.key.slice(OBJECT_ROWS.length),
  state: stateOfRow(row),
  at: numberOf(row, 'at'),
  cycle: numberOf(row, 'cycle'),
  etag: row.etag,
});
