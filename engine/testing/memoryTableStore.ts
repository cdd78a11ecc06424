import type { Row, RowChange, StoredRow, Table, TableStore } from '../ports/tableStore.ts';
import { Fault } from '../fault.ts';
import { checkChanges, checkKey, checkLimit } from '../ports/tableRules.ts';
import { sortedKeys } from './sortedKeys.ts';
import type { SortedKeys } from './sortedKeys.ts';

export interface MemoryTableStoreOptions {
  /** Never more rows than this in a page, whatever the caller's limit. */
  readonly pageSize?: number;
  /** Every second page is empty and has a token all the same, as the service may answer. */
  readonly emptyPages?: boolean;
}

export interface MemoryTableStore extends TableStore {
  /** Every row, in order of table, partition and key. */
  dump(): readonly (StoredRow & { readonly table: Table })[];
  /** Changes a row behind everybody's back, ETag included; `undefined` takes it away. */
  tamper(table: Table, partition: string, key: string, change: (row: StoredRow) => Row | undefined): void;
  /** Forgets a whole table. */
  drop(table: Table): void;
  /** Rows changed so far. */
  readonly writes: number;
}

interface Partition {
  readonly rows: Map<string, StoredRow>;
  readonly keys: SortedKeys;
}

/** Rows in memory, stricter than the service: all limits of Azure Tables hold, and no row shares memory with a caller. */
export function memoryTableStore(options: MemoryTableStoreOptions = {}): MemoryTableStore {
  const tables = new Map<Table, Map<string, Partition>>();
  let version = 0;

  const partitionOf = (table: Table, name: string): Partition => {
    const partitions = tables.get(table) ?? new Map<string, Partition>();
    tables.set(table, partitions);
    const rows = new Map<string, StoredRow>();
    const partition = partitions.get(name) ?? { rows, keys: sortedKeys(rows) };
    partitions.set(name, partition);
    return partition;
  };
  const rowsOf = (table: Table, partition: string): Map<string, StoredRow> => partitionOf(table, partition).rows;

  const transact = (table: Table, partition: string, changes: readonly RowChange[]): string[] => {
    checkChanges(partition, changes);
    const { rows, keys } = partitionOf(table, partition);
    // Every condition first: when one fails, nothing has happened.
    for (const change of changes) checkCondition(rows, change);
    return changes.map((change) => {
      version += 1;
      if (change.kind === 'remove') {
        if (rows.delete(change.key)) keys.changed();
        return '';
      }
      const etag = `W/"${version}"`;
      if (!rows.has(change.row.key)) keys.changed();
      rows.set(change.row.key, { ...copy(change.row), etag });
      return etag;
    });
  };

  return {
    async get(table, partition, key) {
      checkKey(partition);
      checkKey(key);
      const row = rowsOf(table, partition).get(key);
      return row && { ...copy(row), etag: row.etag };
    },

    async query(table, partition, range = {}) {
      checkKey(partition);
      const limit = Math.min(checkLimit(range.limit), options.pageSize ?? 1000);
      const [empty, next] = openToken(range.pageToken);
      const from = next ?? range.from ?? '';
      const { rows: all, keys } = partitionOf(table, partition);
      const found = keys.slice(from, range.to, limit + 1);
      if (options.emptyPages && !empty && found.length > 0)
        return { rows: [], nextPageToken: JSON.stringify([true, from]) };
      const rows = found.slice(0, limit).flatMap((key) => {
        const row = all.get(key);
        return row ? [{ ...copy(row), etag: row.etag }] : [];
      });
      const following = found[limit];
      return following === undefined ? { rows } : { rows, nextPageToken: JSON.stringify([false, following]) };
    },

    async change(table, partition, change) {
      return transact(table, partition, [change])[0] ?? '';
    },

    async transact(table, partition, changes) {
      return transact(table, partition, changes);
    },

    dump: () =>
      [...tables]
        .flatMap(([table, partitions]) =>
          [...partitions.values()].flatMap(({ rows }) =>
            [...rows.values()].map((row) => ({ ...copy(row), etag: row.etag, table })),
          ),
        )
        .toSorted((a, b) => {
          const [left, right] = [a, b].map((row) => JSON.stringify([row.table, row.partition, row.key]));
          return (left ?? '') < (right ?? '') ? -1 : 1;
        }),

    tamper(table, partition, key, change) {
      const { rows, keys } = partitionOf(table, partition);
      const row = rows.get(key);
      if (!row) throw new Error(`There is no row ${partition}/${key} to tamper with`);
      version += 1;
      keys.changed();
      const changed = change({ ...copy(row), etag: row.etag });
      if (changed) rows.set(key, { ...copy(changed), etag: `W/"${version}"` });
      else rows.delete(key);
    },

    drop(table) {
      tables.delete(table);
    },
    get writes() {
      return version;
    },
  };
}

function checkCondition(rows: ReadonlyMap<string, StoredRow>, change: RowChange): void {
  const key = change.kind === 'remove' ? change.key : change.row.key;
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

function copy({ partition, key, columns }: Row): Row {
  const own = Object.entries(columns).map(
    ([name, value]) => [name, value instanceof Uint8Array ? new Uint8Array(value) : value] as const,
  );
  return { partition, key, columns: Object.fromEntries(own) };
}

function openToken(token: string | undefined): [empty: boolean, next: string | undefined] {
  return token === undefined ? [false, undefined] : (JSON.parse(token) as [boolean, string]);
}
