import { isFault } from '../fault.ts';
import type { StoredRow, TableStore } from '../ports/tableStore.ts';
import type { Records } from './records.ts';
import type { SealedRows } from './sealedRows.ts';

const partition = 'outbox';

export function outboxRecords(tables: TableStore, rows: SealedRows): Records['outbox'] {
  return {
    async add(id, message) {
      try {
        await tables.change('records', partition, { kind: 'insert', row: await rows.seal(partition, id, message) });
      } catch (error) {
        if (!isFault(error, 'conflict')) throw error;
      }
    },

    async list() {
      const messages: { id: string; message: unknown }[] = [];
      for await (const row of rows.all(partition)) {
        messages.push({ id: row.key, message: await openedOrNothing(row, rows) });
      }
      return messages;
    },

    async done(id) {
      await tables.change('records', partition, { kind: 'remove', key: id });
    },
  };
}

/** Undefined for a row that was tampered with, or whose overflow blob is gone. */
async function openedOrNothing(row: StoredRow, rows: SealedRows): Promise<unknown> {
  try {
    return (await rows.open(row)).value;
  } catch (error) {
    if (isFault(error, 'corrupt', 'missing', 'not-found')) return undefined;
    throw error;
  }
}
