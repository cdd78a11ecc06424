import type { Column, RowPage, RowRange, StoredRow, Table, TableStore } from '../ports/tableStore.ts';

/** Every row of a range, page by page. */
export async function* rowsOf(
  tables: TableStore,
  table: Table,
  partition: string,
  range: Omit<RowRange, 'pageToken'> = {},
): AsyncGenerator<StoredRow> {
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await tables.query(table, partition, { ...range, ...(pageToken !== undefined && { pageToken }) });
    yield* page.rows;
    pageToken = page.nextPageToken;
  }
}

/** The next page that holds a row; the service may answer empty pages before it. */
export async function pageOf(tables: TableStore, table: Table, partition: string, range: RowRange): Promise<RowPage> {
  let page = await tables.query(table, partition, range);
  while (page.rows.length === 0 && page.nextPageToken !== undefined) {
    page = await tables.query(table, partition, { ...range, pageToken: page.nextPageToken });
  }
  return page;
}

/** Columns without those that have no value: Azure knows no empty column. */
export const columnsOf = (values: Readonly<Record<string, Column | undefined>>): Record<string, Column> =>
  Object.fromEntries(Object.entries(values).filter((pair): pair is [string, Column] => pair[1] !== undefined));

/** Keys that start with `prefix`. */
export const startingWith = (prefix: string): { readonly from: string; readonly to: string } => ({
  from: prefix,
  to: `${prefix}\u{ffff}`,
});

export const textOf = (row: StoredRow, column: string): string | undefined => {
  const value = row.columns[column];
  return typeof value === 'string' ? value : undefined;
};
export const numberOf = (row: StoredRow, column: string): number => {
  const value = row.columns[column];
  return typeof value === 'number' ? value : 0;
};
