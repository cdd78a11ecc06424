import { isFault } from '../fault.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { newestFirst } from './newestFirst.ts';
import type { Page, Records, Versioned } from './records.ts';
import type { SealedRows } from './sealedRows.ts';

const partition = 'inspections';
const oneKey = (id: string): string => `one:${id}`;
const listPrefix = (kind: string): string => `list:${kind}:`;
/** Evidence of one inspection has a partition of its own: there may be a row for every item of a tenant. */
const evidenceOf = (id: string): string => `inspection:${id}`;
const pageSize = 50;
const evidencePage = 200;
const batch = 50;

export function inspectionRecords(tables: TableStore, rows: SealedRows): Records['inspections'] {
  return {
    async create(id, kind, startedAtMs, value) {
      try {
        await tables.transact('records', partition, [
          { kind: 'insert', row: await rows.seal(partition, oneKey(id), value) },
          {
            kind: 'insert',
            row: {
              partition,
              key: `${listPrefix(kind)}${newestFirst(startedAtMs)}:${id}`,
              columns: { inspection: id },
            },
          },
        ]);
        return true;
      } catch (error) {
        if (isFault(error, 'conflict')) return false;
        throw error;
      }
    },

    get: (id) => rows.get(partition, oneKey(id)),

    async list(kind, pageToken) {
      const prefix = listPrefix(kind);
      const page = await tables.query('records', partition, {
        from: prefix,
        to: `${prefix}\u{ffff}`,
        limit: pageSize,
        ...(pageToken !== undefined && { pageToken }),
      });
      const found = await Promise.all(
        // The key says which, and not the column: a key cannot be changed behind our back without the row being gone.
        page.rows.map(async ({ key }) => rows.get(partition, oneKey(key.slice(key.lastIndexOf(':') + 1)))),
      );
      const value = found.filter((one): one is Versioned<unknown> => one !== undefined);
      return page.nextPageToken === undefined ? { value } : { value, nextPageToken: page.nextPageToken };
    },

    async update(id, value, etag) {
      const row = await rows.seal(partition, oneKey(id), value);
      return tables.change('records', partition, { kind: 'update', row, ifMatch: etag });
    },

    evidence: {
      async get(id, key) {
        return (await rows.get(evidenceOf(id), key))?.value;
      },
      async put(id, evidence) {
        const named = [...new Map(evidence.map((one) => [one.key, one.value]))];
        for (let from = 0; from < named.length; from += batch) {
          const sealed = await Promise.all(
            named.slice(from, from + batch).map(([key, value]) => rows.seal(evidenceOf(id), key, value)),
          );
          await tables.transact(
            'records',
            evidenceOf(id),
            sealed.map((row) => ({ kind: 'put', row })),
          );
        }
      },
      async list(id, pageToken): Promise<Page<unknown>> {
        const page = await rows.page(evidenceOf(id), {
          limit: evidencePage,
          ...(pageToken !== undefined && { pageToken }),
        });
        const value = page.value.map((row) => row.value);
        return page.nextPageToken === undefined ? { value } : { value, nextPageToken: page.nextPageToken };
      },
    },
  };
}
