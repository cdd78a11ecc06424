import type { Column, Row, RowChange } from './tableStore.ts';
import { Fault } from '../fault.ts';

/*
 * What every table store refuses before anything is sent. The figures are those of Azure Tables; keys are shorter,
 * because a character may need two once what Azure forbids is escaped.
 * https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
 */
const longestKey = 256;
const mostColumns = 252;
const largestColumn = 64 * 1024;
const largestRow = 1024 * 1024;
const largestTransaction = 4 * 1024 * 1024;
/** Address, headers and boundaries of one change inside the request that carries a transaction. */
const framing = 2048;
const mostChanges = 100;
const reservedNames = new Set(['PartitionKey', 'RowKey', 'Timestamp', 'partitionKey', 'rowKey', 'timestamp', 'etag']);

const invalid = (message: string): Fault => new Fault('invalid', message, { origin: 'engine' });

/** Fault `invalid` for a partition or key that not every table store can hold. */
export function checkKey(key: string): void {
  if (key.length === 0 || key.length > longestKey)
    throw invalid(`A key has 1 to ${longestKey} characters, not ${key.length}`);
  if (!key.isWellFormed()) throw invalid('A key holds half a character');
}

/** Fault `invalid` for a limit outside 1 to 1,000; answers the limit that holds. */
export function checkLimit(limit = 1000): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw invalid(`A page has 1 to 1,000 rows, not ${limit}`);
  return limit;
}

/** Fault `invalid` for changes that do not fit into one transaction of `partition`. */
export function checkChanges(partition: string, changes: readonly RowChange[]): void {
  checkKey(partition);
  if (changes.length > mostChanges)
    throw invalid(`A transaction has at most ${mostChanges} changes, not ${changes.length}`);
  const keys = new Set<string>();
  let bytes = 0;
  for (const change of changes) {
    const key = change.kind === 'remove' ? change.key : change.row.key;
    checkKey(key);
    if (keys.has(key)) throw invalid('A transaction changes a row once only');
    keys.add(key);
    if (change.kind === 'remove') continue;
    if (change.row.partition !== partition) throw invalid('A transaction stays inside one partition');
    bytes += checkRow(change.row);
  }
  if (bytes > largestTransaction) throw invalid(`A transaction has at most ${largestTransaction} bytes, not ${bytes}`);
}

/** Fault `invalid` for a row that is too large at rest or on its way; answers its size on its way. */
function checkRow(row: Row): number {
  const columns = Object.entries(row.columns);
  if (columns.length > mostColumns) throw invalid(`A row has at most ${mostColumns} columns, not ${columns.length}`);
  // At rest names and text count as UTF-16; on its way a row is JSON with bytes in base64.
  let atRest = 4 + 2 * (row.partition.length + row.key.length);
  let onItsWay = framing;
  for (const [name, value] of columns) {
    if (!/^[A-Za-z][A-Za-z0-9_]{0,254}$/.test(name) || reservedNames.has(name)) {
      throw invalid(`"${name}" is no name for a column`);
    }
    const size = checkColumn(name, value);
    atRest += 12 + 2 * name.length + size;
    onItsWay += 40 + 2 * name.length + (typeof value === 'string' ? jsonSize(value) : Math.ceil(size / 3) * 4);
  }
  const bytes = Math.max(atRest, onItsWay);
  if (bytes > largestRow) throw invalid(`A row has at most ${largestRow} bytes, not ${bytes}`);
  return onItsWay;
}

const jsonSize = (text: string): number => new TextEncoder().encode(JSON.stringify(text)).length;

function checkColumn(name: string, value: Column): number {
  const size = sizeOf(name, value);
  if (size > largestColumn) throw invalid(`Column ${name} has ${size} bytes, more than ${largestColumn}`);
  return size;
}

function sizeOf(name: string, value: Column): number {
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw invalid(`Column ${name} holds half a character`);
    return 2 * value.length;
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw invalid(`Column ${name} holds ${value}, no whole number below 2^53`);
    return 8;
  }
  return value.length;
}
