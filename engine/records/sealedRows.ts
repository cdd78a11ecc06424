import { Fault, isFault } from '../fault.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Random } from '../ports/random.ts';
import type { Row, RowRange, StoredRow, Table, TableStore } from '../ports/tableStore.ts';
import { lru } from '../repository/lru.ts';
import type { Repository } from '../repository/repository.ts';
import type { Page, Versioned } from './records.ts';

/** What records need of a repository: sealing, and names that say nothing about what they name. */
export type Sealer = Pick<Repository, 'sealColumn' | 'openColumn' | 'idOf'>;

/** Rows of the `records` table whose value is sealed JSON; nothing of it can be read, or changed, without the key. */
export interface SealedRows {
  /** The row that holds `value`. A value too large for a row lies in a blob of its own by the time this answers. */
  seal(partition: string, key: string, value: unknown): Promise<Row>;
  /** Fault `corrupt` when the row is not as it was written, or was moved here from another place. */
  open(row: StoredRow): Promise<Versioned<unknown>>;
  get(partition: string, key: string): Promise<Versioned<unknown> | undefined>;
  /** The rows of one page, opened with their keys. */
  page(partition: string, range: PageRange): Promise<Page<OpenedRow>>;
  /** The same, where one that does not open keeps nobody from the others: its key is named. */
  readablePage(partition: string, range: PageRange): Promise<ReadablePage>;
  /** All rows of a partition or of a range of its keys, page after page. */
  all(partition: string, range?: Pick<RowRange, 'from' | 'to'>): AsyncIterable<StoredRow>;
}

export interface PageRange {
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly pageToken?: string;
}

export interface OpenedRow extends Versioned<unknown> {
  readonly key: string;
}

export interface ReadablePage extends Page<OpenedRow> {
  readonly unreadable: readonly string[];
}

const table: Table = 'records';
/** Names the blob in `journal` that holds the value of a row. */
export const spillColumn = 'spill';
/** A column holds 64 KiB; eleven of these leave room for the rest of a row. */
const pieceBytes = 60 * 1024;
const mostPieces = 11;
const KEPT_OPENED_BYTES = 512 * 1024;

export function sealedRows(tables: TableStore, blobs: BlobStore, sealer: Sealer, random: Random): SealedRows {
  // The place is part of what is authenticated: a value moved to another row does not open there.
  const placeOf = (partition: string, key: string): string => `${table}/${partition}/${key}/value`;

  const open = async (row: StoredRow): Promise<Versioned<unknown>> => {
    const json = await naming(row, async () => jsonOf(placeOf(row.partition, row.key), await sealedValue(row)));
    return { value: JSON.parse(json) as unknown, etag: row.etag };
  };

  /** Bytes that were opened before in the same place open to the same: a job asks for its run at every slice. */
  const opened = lru<{ readonly sealed: Uint8Array; readonly json: string }>(KEPT_OPENED_BYTES);
  const jsonOf = async (place: string, sealed: Uint8Array): Promise<string> => {
    const before = opened.get(place);
    if (before !== undefined && Buffer.compare(before.sealed, sealed) === 0) return before.json;
    const json = new TextDecoder().decode(await sealer.openColumn(table, place, sealed));
    opened.set(place, { sealed, json }, sealed.length);
    return json;
  };

  const sealedValue = async (row: StoredRow): Promise<Uint8Array> => {
    const spill = row.columns[spillColumn];
    if (typeof spill === 'string') return blobs.read('journal', spill);
    const pieces: Uint8Array[] = [];
    for (let i = 0; ; i++) {
      const piece = row.columns[`value${i}`];
      if (!(piece instanceof Uint8Array)) break;
      pieces.push(piece);
    }
    if (pieces.length > 0) return pieces.length === 1 && pieces[0] ? pieces[0] : new Uint8Array(Buffer.concat(pieces));
    throw new Fault('corrupt', `Row ${row.partition}/${row.key} has lost its value`, { origin: 'storage' });
  };

  return {
    async seal(partition, key, value) {
      const bytes = new TextEncoder().encode(JSON.stringify(value));
      const sealed = sealer.sealColumn(table, placeOf(partition, key), bytes);
      if (sealed.length <= pieceBytes * mostPieces) return { partition, key, columns: split(sealed) };
      const spill = `records/${Buffer.from(random.bytes(16)).toString('hex')}`;
      await blobs.create('journal', spill, sealed);
      return { partition, key, columns: { [spillColumn]: spill } };
    },
    open,

    async get(partition, key) {
      const row = await tables.get(table, partition, key);
      return row && open(row);
    },

    async page(partition, range) {
      const { rows, nextPageToken } = await tables.query(table, partition, range);
      const value = await Promise.all(rows.map(async (row) => ({ key: row.key, ...(await open(row)) })));
      return nextPageToken === undefined ? { value } : { value, nextPageToken };
    },

    async readablePage(partition, range) {
      const { rows, nextPageToken } = await tables.query(table, partition, range);
      const unreadable: string[] = [];
      const opened = await Promise.all(
        rows.map(async (row) => {
          try {
            return [{ key: row.key, ...(await open(row)) }];
          } catch (error) {
            // Tampered with, or the blob that holds its value is gone.
            if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
            unreadable.push(row.key);
            return [];
          }
        }),
      );
      const page = { value: opened.flat(), unreadable };
      return nextPageToken === undefined ? page : { ...page, nextPageToken };
    },

    async *all(partition, range) {
      let pageToken: string | undefined;
      do {
        const page = await tables.query(table, partition, { ...range, ...(pageToken !== undefined && { pageToken }) });
        yield* page.rows;
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
    },
  };
}

/** Says of a value that lies in a blob of its own both which row and which blob it is: either may be what was changed. */
async function naming<T>({ partition, key, columns: { spill } }: StoredRow, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (typeof spill !== 'string' || !isFault(error, 'corrupt', 'missing', 'not-found', 'invalid')) throw error;
    const kind = error.kind === 'invalid' ? 'corrupt' : error.kind;
    const says = `Row ${table}/${partition}/${key} cannot be read, whose value lies in blob journal/${spill}: ${error.message}`;
    throw new Fault(kind, says, { origin: error.origin, cause: error });
  }
}

function split(sealed: Uint8Array): Record<string, Uint8Array> {
  const pieces: Record<string, Uint8Array> = {};
  for (let i = 0; i * pieceBytes < sealed.length; i++) {
    pieces[`value${i}`] = sealed.slice(i * pieceBytes, (i + 1) * pieceBytes);
  }
  return pieces;
}
