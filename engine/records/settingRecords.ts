import type { Random } from '../ports/random.ts';
import { notedChange } from './auditChain.ts';
import { primary } from './recordLog.ts';
import type { RecordLog } from './recordLog.ts';
import type { Records, Versioned } from './records.ts';
import type { SealedRows } from './sealedRows.ts';

const keyOf = (name: string): string => `setting:${name}`;

export function settingRecords(rows: SealedRows, log: RecordLog, random: Random): Records['settings'] {
  return {
    get: async <T>(name: string) => (await rows.get(primary, keyOf(name))) as Versioned<T> | undefined,
    async some(names) {
      const nameOf = new Map(names.map((name) => [keyOf(name), name]));
      const found = new Map<string, Versioned<unknown>>();
      for await (const row of rows.all(primary, { from: 'setting:', to: 'setting;' })) {
        const name = nameOf.get(row.key);
        if (name !== undefined) found.set(name, await rows.open(row));
      }
      return found;
    },
    async put(name, value, etag, noted) {
      const key = keyOf(name);
      const condition = etag === undefined ? undefined : { key, is: { etag } };
      const [written = ''] = await log.change(notedChange([{ key, value }], noted, random), condition);
      return written;
    },
  };
}
