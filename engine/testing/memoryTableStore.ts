import type { Column, Row, RowChange, StoredRow, Table, TableStore } from '../ports/tableStore.ts';
import { checkChanges, checkKey, checkLimit } from '../ports/tableRules.ts';
import { Fault } from '../fault.ts';
import { observers } from './observers.ts';
import { brokeOff, pageTokens, type ListFault } from './pageTokens.ts';
import { SortedMap } from './sortedMap.ts';

export interface MemoryTableStoreOptions {
  /** Rows per page at most; default 1,000. */
  readonly pageSize?: number;
  /** Every second page is empty and has a token all the same, as the service may answer. */
  readonly emptyPages?: boolean;
}

/** One row of a mutation, as the store holds it: not to be changed. No `before`: it is new; no `after`: it is gone. */
export interface RowMutation {
  readonly key: string;
  readonly before?: StoredRow | undefined;
  readonly after?: StoredRow | undefined;
}

/** What one call changed: all rows of a transaction together, never a part of them. */
export interface TableMutation {
  readonly table: Table;
  readonly partition: string;
  readonly rows: readonly RowMutation[];
  /** Done by `tamper` or `drop`, not by a caller of the port. */
  readonly isTampering: boolean;
}

export interface QueriedPage {
  readonly table: Table;
  readonly partition: string;
  /** 1 for the first page. */
  readonly page: number;
}

export interface MemoryTableStore extends TableStore {
  /** Every row, in order of table, partition and key. */
  dump(): readonly (StoredRow & { readonly table: Table })[];
  /** Changes a row behind everybody's back, ETag included; `undefined` takes it away. */
  tamper(table: Table, partition: string, key: string, change: (row: StoredRow) => Row | undefined): void;
  /** Forgets a whole table. */
  drop(table: Table): void;
  /** From now on asked for every page of a query. */
  disturbLists(rule: ((page: QueriedPage) => ListFault | undefined) | undefined): void;
  /** The service forgets its place in every query under way: their page tokens are refused. */
  expireTokens(): void;
  /** Told of each change before the caller that made it gets its answer. Must not throw: the caller would see it. */
  onMutation(observer: (mutation: TableMutation) => void): () => void;
  /** The rows of a partition in key order, uncopied and uncounted: for a look at the state, not for the engine. */
  stored(table: Table, partition: string): Iterable<StoredRow>;
  /** One row, uncopied and uncounted. */
  peek(table: Table, partition: string, key: string): StoredRow | undefined;
  /** Partitions that were ever written to, in order. */
  partitions(table: Table): readonly string[];
  /**
   * A store of its own that starts with what is here now, costs no copy, and goes its own way from then on. Observers
   * and disturbed lists do not go with it.
   */
  fork(): MemoryTableStore;
  /** Rows changed so far. */
  readonly writes: number;
}

type Partitions = Map<string, SortedMap<StoredRow>>;

interface State {
  readonly tables: Map<Table, Partitions>;
  readonly tokens: ReturnType<typeof pageTokens>;
  version: number;
}

/** Rows in memory, stricter than the service: all limits of Azure Tables hold, and no row shares memory with a caller. */
export function memoryTableStore(options: MemoryTableStoreOptions = {}): MemoryTableStore {
  return storeOver(options, { tables: new Map(), tokens: pageTokens(), version: 0 });
}

function storeOver(options: MemoryTableStoreOptions, state: State): MemoryTableStore {
  const { tables, tokens } = state;
  const observing = observers<TableMutation>();
  let disturbed: ((page: QueriedPage) => ListFault | undefined) | undefined;

  const rowsOf = (table: Table, partition: string): SortedMap<StoredRow> => tables.get(table)?.get(partition) ?? noRows;
  const rowsToChange = (table: Table, name: string): SortedMap<StoredRow> => {
    const partitions: Partitions = tables.get(table) ?? new Map<string, SortedMap<StoredRow>>();
    tables.set(table, partitions);
    const rows = partitions.get(name) ?? new SortedMap<StoredRow>();
    partitions.set(name, rows);
    return rows;
  };
  const carryOut = (rows: SortedMap<StoredRow>, change: RowChange): RowMutation => {
    state.version += 1;
    const key = keyOf(change);
    const before = rows.get(key);
    if (change.kind === 'remove') {
      rows.delete(key);
      return { key, before };
    }
    const after = copy(change.row, `W/"${state.version}"`);
    rows.set(key, after);
    return { key, before, after };
  };

  const transact = (table: Table, partition: string, changes: readonly RowChange[]): string[] => {
    checkChanges(partition, changes);
    const existing = rowsOf(table, partition);
    // Every condition first: when one fails, nothing has happened.
    for (const change of changes) checkCondition(existing, change);
    const rows = rowsToChange(table, partition);
    const done = changes.map((change) => carryOut(rows, change));
    if (observing.any) {
      const changed = done.filter(({ before, after }) => before !== after);
      if (changed.length > 0) observing.tell({ table, partition, rows: changed, isTampering: false });
    }
    return done.map(({ after }) => after?.etag ?? '');
  };

  return {
    async get(table, partition, key) {
      checkKey(partition);
      checkKey(key);
      const row = rowsOf(table, partition).get(key);
      return row && copy(row, row.etag);
    },

    async query(table, partition, range = {}) {
      checkKey(partition);
      const limit = Math.min(checkLimit(range.limit), options.pageSize ?? 1000);
      const { place, isAfterEmptyPage } = tokens.take(range.pageToken);
      const [page, from] = place === undefined ? [1, range.from ?? ''] : (JSON.parse(place) as [number, string]);
      const fault = disturbed?.({ table, partition, page });
      if (fault === 'fail') throw brokeOff(`the rows of ${partition}`);
      const rows = rowsOf(table, partition);
      const found = rows.slice(from, range.to, limit + 1);
      const next = (key: string, isEmpty: boolean): string => tokens.give(JSON.stringify([page + 1, key]), isEmpty);
      if (fault === 'empty' || (options.emptyPages && !isAfterEmptyPage && found.length > 0)) {
        return { rows: [], nextPageToken: next(from, true) };
      }
      const shown = found.slice(0, limit).flatMap((key) => rows.get(key) ?? []);
      const answer = fault === 'hide' ? [] : shown.map((row) => copy(row, row.etag));
      const following = found[limit];
      if (fault === 'end' || following === undefined) return { rows: answer };
      return { rows: answer, nextPageToken: next(following, false) };
    },

    async texts(table, column, pageToken) {
      const { place, isAfterEmptyPage } = tokens.take(pageToken);
      const [page, from] = place === undefined ? [1, 0] : (JSON.parse(place) as [number, number]);
      const fault = disturbed?.({ table, partition: '*', page });
      if (fault === 'fail') throw brokeOff(`the rows of ${table}`);
      const pageSize = options.pageSize ?? 1000;
      const all = [...(tables.get(table)?.values() ?? [])].flatMap((rows) => Array.from(rows.values()));
      const next = (at: number, isEmpty: boolean): string => tokens.give(JSON.stringify([page + 1, at]), isEmpty);
      if (fault === 'empty' || (options.emptyPages && !isAfterEmptyPage && all.length > 0))
        return { texts: [], nextPageToken: next(from, true) };
      const shown = fault === 'hide' ? [] : all.slice(from, from + pageSize);
      const texts = shown.map(({ columns }) => columns[column]).filter((text) => typeof text === 'string');
      if (fault === 'end' || all.length <= from + pageSize) return { texts };
      return { texts, nextPageToken: next(from + pageSize, false) };
    },

    async change(table, partition, change) {
      return transact(table, partition, [change])[0] ?? '';
    },

    async transact(table, partition, changes) {
      return transact(table, partition, changes);
    },

    dump: () =>
      [...tables.keys()]
        .toSorted()
        .flatMap((table) =>
          [...(tables.get(table) ?? [])]
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .flatMap(([, rows]) => Array.from(rows.values(), (row) => ({ ...copy(row, row.etag), table }))),
        ),

    tamper(table, partition, key, change) {
      const rows = rowsOf(table, partition);
      const before = rows.get(key);
      if (!before) throw new Error(`There is no row ${partition}/${key} to tamper with`);
      state.version += 1;
      const changed = change(copy(before, before.etag));
      const after = changed && copy(changed, `W/"${state.version}"`);
      if (after) rows.set(key, after);
      else rows.delete(key);
      observing.tell({ table, partition, rows: [{ key, before, after }], isTampering: true });
    },

    drop(table) {
      const lost = tables.get(table) ?? [];
      tables.delete(table);
      for (const [partition, rows] of lost) {
        const gone = Array.from(rows.values(), (before) => ({ key: before.key, before }));
        observing.tell({ table, partition, rows: gone, isTampering: true });
      }
    },

    disturbLists(rule) {
      disturbed = rule;
    },
    expireTokens: () => tokens.expire(),
    onMutation: (observer) => observing.add(observer),
    stored: (table, partition) => rowsOf(table, partition).values(),
    peek: (table, partition, key) => rowsOf(table, partition).get(key),
    partitions: (table) => [...(tables.get(table)?.keys() ?? [])].toSorted(),
    fork: () =>
      storeOver(options, {
        version: state.version,
        tokens: tokens.fork(),
        tables: new Map(
          Array.from(tables, ([table, partitions]) => [
            table,
            new Map(Array.from(partitions, ([name, rows]) => [name, rows.fork()])),
          ]),
        ),
      }),
    get writes() {
      return state.version;
    },
  };
}

const noRows = new SortedMap<StoredRow>();
const keyOf = (change: RowChange): string => (change.kind === 'remove' ? change.key : change.row.key);

function checkCondition(rows: SortedMap<StoredRow>, change: RowChange): void {
  const key = keyOf(change);
  const existing = rows.get(key);
  if (change.kind === 'insert' && existing) throw conflict(`Row ${key} exists already`, 'EntityAlreadyExists');
  const ifMatch = change.kind === 'update' || change.kind === 'remove' ? change.ifMatch : undefined;
  if (ifMatch !== undefined && existing?.etag !== ifMatch) {
    throw conflict(
      `Row ${key} changed since it was read`,
      existing ? 'UpdateConditionNotSatisfied' : 'ResourceNotFound',
    );
  }
}

const conflict = (message: string, code: string): Fault => new Fault('conflict', message, { origin: 'storage', code });

function copy({ partition, key, columns }: Row, etag: string): StoredRow {
  const own: Record<string, Column> = {};
  for (const [name, value] of Object.entries(columns))
    own[name] = value instanceof Uint8Array ? new Uint8Array(value) : value;
  return { partition, key, columns: own, etag };
}
