export interface Measured {
  readonly what: string;
  readonly seconds: number;
  readonly items: number;
  readonly bytes?: number;
  /** Absent where no process of the product took part. */
  readonly peaks?: { readonly worker: number; readonly host?: number };
  /** To Microsoft 365. */
  readonly requests?: number;
  readonly note?: string;
}

const HEADINGS = ['what', 'time s', 'items/s', 'MB/s', 'worker MB', 'host MB', 'requests/item', 'remarks'];
const megabytes = (bytes: number) => (bytes / 1024 ** 2).toFixed(0);

/** The figures as a table for people; sizes in MiB. */
export function table(rows: readonly Measured[]): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function cellsOf({ what, seconds, items, bytes, peaks, requests, note }: Measured): string[] {
  return [
    what,
    seconds.toFixed(1),
    items === 1 ? '' : (items / seconds).toFixed(0),
    bytes === undefined ? '' : (bytes / 1024 ** 2 / seconds).toFixed(1),
    peaks === undefined ? '' : megabytes(peaks.worker),
    peaks?.host === undefined ? '' : megabytes(peaks.host),
    requests === undefined ? '' : (requests / items).toFixed(3),
    note ?? '',
  ];
}
