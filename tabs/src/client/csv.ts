type Cell = string | number | undefined;

/** What a spreadsheet takes for the start of a formula. */
const formula = /^[\s'"]*[=+\-@\t\r\n|%\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A table as UTF-8 CSV with byte order mark; no cell starts a formula. */
export const toCsv = (columns: readonly string[], rows: readonly (readonly Cell[])[]): Blob =>
  new Blob([`\uFEFF${[columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`], {
    type: 'text/csv;charset=utf-8',
  });

function cell(value: Cell): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
