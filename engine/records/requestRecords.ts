import { isFault } from '../fault.ts';
import type { Instant, RequestId } from '../model/ids.ts';
import type { RowChange, TableStore } from '../ports/tableStore.ts';
import { newestFirst } from './newestFirst.ts';
import type { Records } from './records.ts';
import type { SealedRows } from './sealedRows.ts';
import { keeper, numberEnds, type Ended, type EndedServices } from './endedRecords.ts';

const partition = 'requests';
const requestKey = (id: RequestId): string => `request:${id}`;
const pageSize = 50;

type RequestServices = EndedServices & { readonly tables: TableStore; readonly rows: SealedRows };

/** What says that a request ended, and how: it is kept anew when that changes, for instance when it was undone later. */
interface Endable {
  readonly request?: {
    readonly state?: string;
    readonly createdAt?: Instant;
    readonly undo?: { readonly state?: string };
    readonly download?: { readonly takenAt?: string };
  };
}
const ended: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled', 'declined', 'withdrawn', 'expired']);
function endOf(value: unknown): string | undefined {
  const { state = '', undo, download } = (value as Endable | undefined)?.request ?? {};
  return ended.has(state) ? [state, undo?.state, download?.takenAt].join(' ') : undefined;
}

const listKey = (id: string, createdAtMs: number): string => `list:${newestFirst(createdAtMs)}:${id}`;

/**
 * Puts a request back that ended, marked as one without a journal; false when it is there. Neither the journal nor the
 * idempotency key is kept.
 */
export async function insertRequest(
  { tables, rows }: Pick<RequestServices, 'tables' | 'rows'>,
  end: Ended,
): Promise<boolean> {
  const { id, at } = end;
  const value = end.value as Endable;
  const key = listKey(id, Date.parse(value.request?.createdAt ?? at));
  const marked = { ...value, request: { ...value.request, journalLost: true } };
  // First, so that a request which is there is a request whose ends are counted.
  await numberEnds({ tables, rows }, partition, end);
  try {
    await tables.transact('records', partition, [
      { kind: 'insert', row: await rows.seal(partition, requestKey(id as RequestId), marked) },
      { kind: 'put', row: { partition, key, columns: { request: id } } },
    ]);
    return true;
  } catch (error) {
    if (isFault(error, 'conflict')) return false;
    throw error;
  }
}

export function requestRecords(services: RequestServices): Records['requests'] {
  const { tables, rows, sealer, clock } = services;
  // Callers choose these keys; they may say who asked for what, so only a keyed hash is stored.
  const repeatKey = (idempotencyKey: string): string => `repeat:${sealer.idOf('idempotency-key', idempotencyKey)}`;

  /** The request that an earlier call with this key made. */
  const earlier = async (idempotencyKey: string): Promise<{ etag: string; existing: RequestId } | undefined> => {
    const row = await tables.get('records', partition, repeatKey(idempotencyKey));
    const existing = row?.columns.request as RequestId | undefined;
    const request = existing && (await tables.get('records', partition, requestKey(existing)));
    return existing && request ? { etag: request.etag, existing } : undefined;
  };

  /** Undefined for a row that does not open. */
  const readable = async (id: RequestId): Promise<unknown> => {
    try {
      return (await rows.get(partition, requestKey(id)))?.value;
    } catch (error) {
      if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
      return undefined;
    }
  };

  const ends = keeper(services, 'request', partition, async (id) => {
    const value = (await rows.get(partition, requestKey(id as RequestId)))?.value;
    return endOf(value) === undefined ? undefined : value;
  });

  return {
    async create(id, value, idempotencyKey) {
      const pointer = { partition, columns: { request: id } };
      const changes: RowChange[] = [
        { kind: 'insert', row: await rows.seal(partition, requestKey(id), value) },
        { kind: 'insert', row: { ...pointer, key: listKey(id, clock.now()) } },
      ];
      if (idempotencyKey !== undefined)
        changes.push({ kind: 'insert', row: { ...pointer, key: repeatKey(idempotencyKey) } });
      try {
        const [etag = ''] = await tables.transact('records', partition, changes);
        return { etag };
      } catch (error) {
        if (!isFault(error, 'conflict') || idempotencyKey === undefined) throw error;
        const existing = await earlier(idempotencyKey);
        if (existing) return existing;
        throw error;
      }
    },

    get: (id) => rows.get(partition, requestKey(id)),

    async list(pageToken) {
      const range = { from: 'list:', to: 'list;', limit: pageSize, ...(pageToken !== undefined && { pageToken }) };
      const page = await tables.query('records', partition, range);
      const unreadable: RequestId[] = [];
      const requests = await Promise.all(
        page.rows.map(async ({ key }) => {
          // The key says which, and not the column: a key cannot be changed without the row being gone.
          const id = key.slice(key.lastIndexOf(':') + 1) as RequestId;
          try {
            const request = await rows.get(partition, requestKey(id));
            return request ? [{ id, value: request.value }] : [];
          } catch (error) {
            // Tampered with, or its overflow blob is gone.
            if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
            unreadable.push(id);
            return [];
          }
        }),
      );
      const found = { value: requests.flat(), unreadable };
      return page.nextPageToken === undefined ? found : { ...found, nextPageToken: page.nextPageToken };
    },

    async update(id, value, etag) {
      const end = endOf(value);
      const ending = end !== undefined && endOf(await readable(id)) !== end;
      const changes: RowChange[] = [
        { kind: 'update', row: await rows.seal(partition, requestKey(id), value), ifMatch: etag },
      ];
      if (ending) changes.push(...(await ends.mark(id)));
      const [written = ''] = await tables.transact('records', partition, changes);
      if (ending) await ends.keep();
      return written;
    },

    journal: journalRecords(tables, rows),
  };
}

function journalRecords(tables: TableStore, rows: SealedRows): Records['requests']['journal'] {
  const partitionOf = (id: RequestId): string => `journal-${id}`;
  return {
    get: (id, key) => rows.get(partitionOf(id), key),

    async put(id, key, value, etag) {
      const row = await rows.seal(partitionOf(id), key, value);
      const change: RowChange = etag === undefined ? { kind: 'insert', row } : { kind: 'update', row, ifMatch: etag };
      return tables.change('records', partitionOf(id), change);
    },

    async list(id, pageToken) {
      const page = await rows.page(partitionOf(id), { limit: 200, ...(pageToken !== undefined && { pageToken }) });
      const value = page.value.map(({ key, value: item }) => ({ key, value: item }));
      return page.nextPageToken === undefined ? { value } : { value, nextPageToken: page.nextPageToken };
    },

    async listUnder(id, prefix, pageToken) {
      const range = { from: prefix, to: after(prefix), limit: 200, ...(pageToken !== undefined && { pageToken }) };
      const page = await tables.query('records', partitionOf(id), range);
      const value = await Promise.all(
        page.rows.map(async (row) => {
          try {
            return { key: row.key, value: (await rows.open(row)).value };
          } catch (error) {
            if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
            return { key: row.key, value: undefined };
          }
        }),
      );
      return page.nextPageToken === undefined ? { value } : { value, nextPageToken: page.nextPageToken };
    },
  };
}

/** The first text that sorts behind everything that begins with `prefix`. */
const after = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
