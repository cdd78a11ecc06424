import type { Random } from '../ports/random.ts';
import { notedChange } from './auditChain.ts';
import { primary } from './recordLog.ts';
import type { RecordLog } from './recordLog.ts';
import type { LoggedValues, NewAuditEntry, Versioned } from './records.ts';
import type { SealedRows } from './sealedRows.ts';

/**
 * Values of one kind in the partition of the log: each change is a blob first, then a row, together with its audit entry.
 * So they are made again from the blobs when the tables are lost. `kind` begins their keys and is part of the format.
 */
export function loggedValues<T>(kind: string, rows: SealedRows, log: RecordLog, random: Random): LoggedValues<T> {
  const keyOf = (id: string): string => `${kind}:${id}`;
  const write = async (
    id: string,
    value: T,
    is: 'new' | { readonly etag: string },
    noted: NewAuditEntry,
  ): Promise<Versioned<T>> => {
    const key = keyOf(id);
    const [etag = ''] = await log.change(notedChange([{ key, value }], noted, random), { key, is });
    return { value, etag };
  };

  return {
    async list() {
      const values: Versioned<T>[] = [];
      for await (const row of rows.all(primary, { from: `${kind}:`, to: `${kind};` })) {
        values.push((await rows.open(row)) as Versioned<T>);
      }
      return values;
    },
    get: async (id) => (await rows.get(primary, keyOf(id))) as Versioned<T> | undefined,
    create: (id, value, noted) => write(id, value, 'new', noted),
    update: (id, value, etag, noted) => write(id, value, { etag }, noted),
    async remove(id, etag, noted) {
      const key = keyOf(id);
      await log.change(notedChange([{ key }], noted, random), { key, is: { etag } });
    },
  };
}
