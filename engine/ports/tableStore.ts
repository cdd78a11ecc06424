/** Tables: `resources` (heads and points), `catalog`, `records`, `leases` (pacing, pins). */
export type Table = 'resources' | 'catalog' | 'records' | 'leases';

/** Plain columns. Numbers are integers below 2^53; bytes hold sealed columns, at most 64 KiB each, 1 MiB a row. */
export type Column = string | number | boolean | Uint8Array;

export interface Row {
  readonly partition: string;
  readonly key: string;
  readonly columns: Readonly<Record<string, Column>>;
}

export interface StoredRow extends Row {
  readonly etag: string;
}

export type RowChange =
  /** Fault `conflict` when the row exists. */
  | { readonly kind: 'insert'; readonly row: Row }
  /** Replaces all columns, only if the row still has this ETag; else Fault `conflict`. */
  | { readonly kind: 'update'; readonly row: Row; readonly ifMatch: string }
  /** Inserts or replaces all columns. */
  | { readonly kind: 'put'; readonly row: Row }
  /** Removes; with `ifMatch` only that version. Without it a missing row is fine. */
  | { readonly kind: 'remove'; readonly key: string; readonly ifMatch?: string };

export interface RowRange {
  /** First key, inclusive. */
  readonly from?: string;
  /** Last key, exclusive. */
  readonly to?: string;
  /** At most this many in the answer (1–1,000, default 1,000). */
  readonly limit?: number;
  readonly pageToken?: string;
}

export interface RowPage {
  readonly rows: readonly StoredRow[];
  /** Present when more may follow; a page can be empty and still have one. */
  readonly nextPageToken?: string;
}

export interface TextPage {
  readonly texts: readonly string[];
  /** Present when more may follow; a page can be empty and still have one. */
  readonly nextPageToken?: string;
}

/** Rows as Azure Tables keeps them. Keys may hold any text; the store escapes what Azure forbids, order is kept. */
export interface TableStore {
  get(table: Table, partition: string, key: string): Promise<StoredRow | undefined>;
  /** Rows of one partition in ascending key order. */
  query(table: Table, partition: string, range?: RowRange): Promise<RowPage>;
  /** What stands in a column of text, over all rows of all partitions that have it, in no order. Reads the whole table. */
  texts(table: Table, column: string, pageToken?: string): Promise<TextPage>;
  /** One change; answers the new ETag (empty for a removal). */
  change(table: Table, partition: string, change: RowChange): Promise<string>;
  /**
   * All or nothing, inside one partition, at most 100 changes of different keys. Answers the new ETags in order.
   * Fault `conflict` when any condition fails: then nothing happened.
   */
  transact(table: Table, partition: string, changes: readonly RowChange[]): Promise<readonly string[]>;
}
