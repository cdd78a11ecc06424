import { setTimeout as wait } from 'node:timers/promises';
import { odata } from '@azure/data-tables';
import type {
  TableClient,
  TableEntity,
  TableEntityResult,
  TableEntityResultPage,
  TransactionAction,
} from '@azure/data-tables';
import type { Column, Row, RowChange, StoredRow, Table, TableStore } from '../engine/ports/tableStore.ts';
import { checkChanges, checkKey, checkLimit } from '../engine/ports/tableRules.ts';
import { Fault, isFault } from '../engine/fault.ts';
import { conditionalRemovals } from './conditionalRemovals.ts';
import type { PipelinePolicy } from './conditionalRemovals.ts';
import { escapeKey, openKey } from './tableKeys.ts';
import { readWhole } from './readWhole.ts';
import { toFault } from './toFault.ts';

const tables: readonly Table[] = ['resources', 'catalog', 'records', 'leases'];

/** Makes the tables that are missing. */
export async function prepareTables(open: OpenTable): Promise<void> {
  for (const table of tables) await asFault(`table ${table}`, () => open(table, 'repeating').createTable());
}

/** Opens a client for one table: one that repeats after passing trouble, or one that sends once, for writes. */
export type OpenTable = (
  table: Table,
  tries: 'repeating' | 'once',
  policies?: readonly PipelinePolicy[],
) => TableClient;

interface Clients {
  readonly reader: TableClient;
  /** Sends once: the caller must learn when an outcome is unknown. */
  readonly writer: TableClient;
}

/** Rows in Azure Tables. */
export function azureTableStore(open: OpenTable): TableStore {
  const opened = new Map<Table, Clients>();
  const clientsOf = (table: Table): Clients => {
    const clients = opened.get(table) ?? { reader: open(table, 'repeating'), writer: open(table, 'once') };
    opened.set(table, clients);
    return clients;
  };

  const get = async (table: Table, partition: string, key: string): Promise<StoredRow | undefined> => {
    checkKey(partition);
    checkKey(key);
    try {
      const { reader } = clientsOf(table);
      const what = rowName(table, partition, key);
      const ask = (): Promise<TableEntityResult<AnyEntity>> =>
        reader.getEntity<AnyEntity>(escapeKey(partition), escapeKey(key));
      return toRow(await readWhole(() => asFault(what, ask)));
    } catch (error) {
      if (isFault(error, 'not-found')) return undefined;
      throw error;
    }
  };

  /** Azure refuses a transaction that removes a missing row; here an unconditional removal of nothing is fine. */
  const withoutIdleRemovals = async (
    table: Table,
    partition: string,
    changes: readonly RowChange[],
  ): Promise<readonly RowChange[]> => {
    const isThere = await Promise.all(
      changes.map(
        async (change) => !isUnconditionalRemoval(change) || (await get(table, partition, change.key)) !== undefined,
      ),
    );
    return changes.filter((_, i) => isThere[i]);
  };

  const transact = async (
    table: Table,
    partition: string,
    changes: readonly RowChange[],
  ): Promise<readonly string[]> => {
    checkChanges(partition, changes);
    if (changes.length === 0) return [];
    const conditions = changes.map((change) => (change.kind === 'remove' ? change.ifMatch : undefined));
    const writer = conditions.some((etag) => etag !== undefined)
      ? open(table, 'once', [conditionalRemovals(conditions)])
      : clientsOf(table).writer;
    try {
      const answer = await patiently(rowName(table, partition, '*'), () =>
        writer.submitTransaction(changes.map(toAction(partition))),
      );
      return changes.map((change, i) => (change.kind === 'remove' ? '' : versionOf(answer.subResponses[i]?.etag)));
    } catch (error) {
      if (!isFault(error, 'not-found')) throw error;
      const rest = await withoutIdleRemovals(table, partition, changes);
      if (rest.length === changes.length) throw conflictFrom(error);
      const etags = await transact(table, partition, rest);
      return changes.map((change) => etags[rest.indexOf(change)] ?? '');
    }
  };

  return {
    get,
    transact,

    async query(table, partition, range = {}) {
      checkKey(partition);
      const conditions = [odata`PartitionKey eq ${escapeKey(partition)}`];
      if (range.from) conditions.push(odata`RowKey ge ${escapeKey(range.from)}`);
      if (range.to) conditions.push(odata`RowKey lt ${escapeKey(range.to)}`);
      const { reader } = clientsOf(table);
      const options = {
        maxPageSize: checkLimit(range.limit),
        ...(range.pageToken && { continuationToken: range.pageToken }),
      };
      const ask = async (): Promise<TableEntityResultPage<AnyEntity> | undefined> => {
        const filtered = reader.listEntities<AnyEntity>({ queryOptions: { filter: conditions.join(' and ') } });
        return (await filtered.byPage(options).next()).value as TableEntityResultPage<AnyEntity> | undefined;
      };
      const page = await readWhole(() => asFault(rowName(table, partition, '*'), ask));
      const rows = (page ?? []).map(toRow);
      return page?.continuationToken ? { rows, nextPageToken: page.continuationToken } : { rows };
    },

    async texts(table, column, pageToken) {
      const { reader } = clientsOf(table);
      const select = ['PartitionKey', 'RowKey', column];
      const ask = async (): Promise<TableEntityResultPage<AnyEntity> | undefined> => {
        // Rows without the column match no comparison with it.
        const found = reader.listEntities<AnyEntity>({ queryOptions: { filter: `${column} ge ''`, select } });
        const options = { maxPageSize: 1000, ...(pageToken && { continuationToken: pageToken }) };
        return (await found.byPage(options).next()).value as TableEntityResultPage<AnyEntity> | undefined;
      };
      const page = await readWhole(() => asFault(`rows ${table}`, ask));
      const texts = (page ?? []).map((entity) => entity[column]).filter((text) => typeof text === 'string');
      return page?.continuationToken ? { texts, nextPageToken: page.continuationToken } : { texts };
    },

    async change(table, partition, change) {
      checkChanges(partition, [change]);
      const { writer } = clientsOf(table);
      const key = change.kind === 'remove' ? change.key : change.row.key;
      try {
        const { etag } = await patiently(rowName(table, partition, key), () => send(writer, partition, change));
        return change.kind === 'remove' ? '' : versionOf(etag);
      } catch (error) {
        if (!isFault(error, 'not-found')) throw error;
        if (isUnconditionalRemoval(change)) return '';
        throw conflictFrom(error);
      }
    },
  };
}

const isUnconditionalRemoval = (change: RowChange): change is Extract<RowChange, { kind: 'remove' }> =>
  change.kind === 'remove' && change.ifMatch === undefined;

async function send(writer: TableClient, partition: string, change: RowChange): Promise<{ etag?: string }> {
  switch (change.kind) {
    case 'insert':
      return writer.createEntity(toEntity(change.row));
    case 'update':
      return writer.updateEntity(toEntity(change.row), 'Replace', { etag: change.ifMatch });
    case 'put':
      return writer.upsertEntity(toEntity(change.row), 'Replace');
    case 'remove':
      await writer.deleteEntity(escapeKey(partition), escapeKey(change.key), { etag: change.ifMatch ?? '*' });
      return {};
  }
}

const toAction =
  (partition: string) =>
  (change: RowChange): TransactionAction => {
    switch (change.kind) {
      case 'insert':
        return ['create', toEntity(change.row)];
      case 'update':
        return ['update', toEntity(change.row), 'Replace', { etag: change.ifMatch }];
      case 'put':
        return ['upsert', toEntity(change.row), 'Replace'];
      case 'remove':
        return ['delete', { partitionKey: escapeKey(partition), rowKey: escapeKey(change.key) }];
    }
  };

function toEntity({ partition, key, columns }: Row): TableEntity {
  // A plain number above 2^31 would go out as Int32 and be refused; a bigint always travels as Int64.
  const values = Object.entries(columns).map(([name, value]) => [
    name,
    typeof value === 'number' ? BigInt(value) : value,
  ]);
  return { ...Object.fromEntries(values), partitionKey: escapeKey(partition), rowKey: escapeKey(key) } as TableEntity;
}

const ownNames = new Set(['partitionKey', 'rowKey', 'etag', 'timestamp']);

type AnyEntity = Record<string, unknown>;

function toRow(entity: TableEntityResult<AnyEntity>): StoredRow {
  const columns: Record<string, Column> = {};
  for (const [name, value] of Object.entries(entity)) {
    if (!ownNames.has(name) && !name.startsWith('odata.')) columns[name] = toColumn(value);
  }
  return {
    partition: openKey(entity.partitionKey ?? ''),
    key: openKey(entity.rowKey ?? ''),
    columns,
    etag: versionOf(entity.etag),
  };
}

function toColumn(value: unknown): Column {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Fault('corrupt', 'A table row holds a column that Holdfast never writes', { origin: 'storage' });
}

function versionOf(etag: string | undefined): string {
  if (etag) return etag.trim();
  throw new Fault('unavailable', 'Storage did not say which version of a row it holds', {
    origin: 'storage',
    outcomeUnknown: true,
  });
}

const rowName = (table: Table, partition: string, key: string): string => `row ${table}/${partition}/${key}`;

/** A condition on a row that is gone: for us the same as one that changed. */
const conflictFrom = (error: Fault): Fault =>
  new Fault('conflict', error.message, { origin: 'storage', cause: error, ...(error.code && { code: error.code }) });

/** Waits before further tries of a write that certainly did not happen: storage was busy or could not be reached. */
const waitsMs = [100, 400, 1600, 3200];
const longestWaitMs = 10_000;

async function patiently<T>(what: string, write: () => Promise<T>): Promise<T> {
  for (const waitMs of waitsMs) {
    try {
      return await asFault(what, write);
    } catch (error) {
      if (!isFault(error, 'unavailable') || error.outcomeUnknown || isMissingTable(error)) throw error;
      await wait(Math.min(error.retryAfterMs ?? waitMs, longestWaitMs));
    }
  }
  return asFault(what, write);
}

const isMissingTable = (error: Fault): boolean => error.code === 'TableNotFound';

async function asFault<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFault(error, what);
  }
}
