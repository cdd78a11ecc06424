import { isFault } from '../fault.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Column, Row, RowChange, StoredRow, Table, TableStore } from '../ports/tableStore.ts';

const mostTries = 4;

/**
 * The same tables, but a lost answer to a write is looked up instead of handed on: when the row holds what was to be
 * written it happened, when its condition still holds the write is repeated. Good only for rows that hold sealed
 * columns: sealing the same value twice never gives the same bytes, so equal bytes are this very write.
 */
export function readingBack(tables: TableStore): TableStore {
  const transact = async (
    table: Table,
    partition: string,
    changes: readonly RowChange[],
  ): Promise<readonly string[]> => {
    for (let tries = 1; ; tries++) {
      try {
        return await tables.transact(table, partition, changes);
      } catch (error) {
        if (!isFault(error, 'unavailable') || !error.outcomeUnknown || tries === mostTries) throw error;
        const etags = await effectOf(table, partition, changes);
        if (etags) return etags;
      }
    }
  };

  /** The new ETags when the transaction happened. One row decides, as all of them changed or none. */
  const effectOf = async (
    table: Table,
    partition: string,
    changes: readonly RowChange[],
  ): Promise<readonly string[] | undefined> => {
    const rows = await Promise.all(changes.map((change) => tables.get(table, partition, keyOf(change))));
    const isOurs = (change: RowChange, i: number): boolean =>
      change.kind !== 'remove' && isSealed(change.row) && isSameRow(change.row, rows[i]);
    const removesOnly = changes.every(({ kind }) => kind === 'remove');
    const happened = removesOnly ? rows.every((row) => row === undefined) : changes.some(isOurs);
    return happened ? changes.map(({ kind }, i) => (kind === 'remove' ? '' : (rows[i]?.etag ?? ''))) : undefined;
  };

  return {
    get: (table, partition, key) => tables.get(table, partition, key),
    query: (table, partition, range) => tables.query(table, partition, range),
    texts: (table, column, pageToken) => tables.texts(table, column, pageToken),
    async change(table, partition, change) {
      return (await transact(table, partition, [change]))[0] ?? '';
    },
    transact,
  };
}

/** Stores a new blob; asks once more after a lost answer, which is harmless as the bytes are the same. */
export async function createSurely(blobs: BlobStore, name: string, bytes: Uint8Array): Promise<void> {
  try {
    await blobs.create('repository', name, bytes);
  } catch (error) {
    if (!isFault(error, 'unavailable') || !error.outcomeUnknown) throw error;
    await blobs.create('repository', name, bytes);
  }
}

const keyOf = (change: RowChange): string => (change.kind === 'remove' ? change.key : change.row.key);
/** Sealed bytes, or the random name of the blob that holds them. */
const isSealed = ({ columns }: Row): boolean =>
  'spill' in columns || Object.values(columns).some((column) => column instanceof Uint8Array);

function isSameRow(wanted: Row, there: StoredRow | undefined): boolean {
  if (!there) return false;
  const names = Object.keys(wanted.columns);
  return (
    names.length === Object.keys(there.columns).length &&
    names.every((name) => isSameColumn(wanted.columns[name], there.columns[name]))
  );
}

const isSameColumn = (a: Column | undefined, b: Column | undefined): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;
