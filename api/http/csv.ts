type Cell = string | number | null;

/** What a spreadsheet takes for the start of a formula, also behind a quote or full-width. */
const FORMULA = /^[\s'"]*[=+\-@\t\r\n|%\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * RFC 4180 with a byte order mark, so that spreadsheets read it as UTF-8. A text that a spreadsheet would run as a
 * formula starts with an apostrophe; numbers stay numbers.
 */
export const toCsv = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  csvHead(columns) + rows.map(csvRow).join('');

/** The same in pieces, for a table that is never held as a whole: the head once, then row after row. */
export const csvHead = (columns: readonly string[]): string => `\uFEFF${csvRow(columns)}`;
export const csvRow = (row: readonly Cell[]): string => `${row.map(cell).join(',')}\r\n`;

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
