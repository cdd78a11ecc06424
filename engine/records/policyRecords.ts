import type { BackupPolicy } from '../model/policy.ts';
import type { Random } from '../ports/random.ts';
import { notedChange } from './auditChain.ts';
import { primary } from './recordLog.ts';
import type { RecordLog } from './recordLog.ts';
import type { NewAuditEntry, Records, Versioned } from './records.ts';
import type { SealedRows } from './sealedRows.ts';

const keyOf = (id: string): string => `policy:${id}`;

export function policyRecords(rows: SealedRows, log: RecordLog, random: Random): Records['policies'] {
  const write = async (
    policy: BackupPolicy,
    is: 'new' | { etag: string },
    noted?: NewAuditEntry,
  ): Promise<Versioned<BackupPolicy>> => {
    const key = keyOf(policy.id);
    const [etag = ''] = await log.change(notedChange([{ key, value: policy }], noted, random), { key, is });
    return { value: policy, etag };
  };

  return {
    async list() {
      const policies: Versioned<BackupPolicy>[] = [];
      for await (const row of rows.all(primary, { from: 'policy:', to: 'policy;' })) {
        policies.push((await rows.open(row)) as Versioned<BackupPolicy>);
      }
      return policies.toSorted((a, b) => a.value.order - b.value.order || (a.value.id < b.value.id ? -1 : 1));
    },
    get: async (id) => (await rows.get(primary, keyOf(id))) as Versioned<BackupPolicy> | undefined,
    create: (policy, noted) => write(policy, 'new', noted),
    update: (policy, etag, noted) => write(policy, { etag }, noted),
    async remove(id, etag, noted) {
      const key = keyOf(id);
      await log.change(notedChange([{ key }], noted, random), { key, is: { etag } });
    },
  };
}
