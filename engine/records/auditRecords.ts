import { isFault } from '../fault.ts';
import { newId } from '../repository/newId.ts';
import { auditKey, auditRange, chained, firstBrokenEntry, firstNotVouched, hasEntriesBeyond } from './auditChain.ts';
import { newestLogged } from './logBlobs.ts';
import { primary } from './recordLog.ts';
import type { LogHead, LogServices, RecordLog } from './recordLog.ts';
import type { AuditEntry, Records } from './records.ts';

/** How long a change may be between its blob and its row before its absence counts. */
const settleMs = 3_000;

export function auditRecords(services: LogServices, log: RecordLog): Records['audit'] {
  const { rows, random, blobs, clock } = services;

  /** True when the blobs know of a change that the head does not: it was cut off. */
  const isCutOff = async (head: LogHead): Promise<boolean> =>
    (await newestLogged(blobs, head, clock)).sequence > head.sequence;

  return {
    async append(entry) {
      const id = newId(random);
      const tries: AuditEntry[] = [];
      await log.change(({ audit }) => {
        const appended = chained({ ...entry, id }, audit);
        tries.push(appended);
        const head = { count: audit.count + 1, hash: appended.hash };
        return { rows: [{ key: auditKey(audit.count), value: appended }], audit: head };
      });
      const [appended] = tries.slice(-1);
      if (!appended) throw new Error('An audit entry was appended without being made');
      return appended;
    },

    async list(pageToken) {
      const range = { ...auditRange, limit: 100, ...(pageToken !== undefined && { pageToken }) };
      const { value, nextPageToken } = await rows.page(primary, range);
      const entries = value.map((row) => row.value as AuditEntry);
      return nextPageToken === undefined ? { value: entries } : { value: entries, nextPageToken };
    },

    head: async () => (await log.head()).audit,

    async verify(outside = []) {
      const head = await headOrNothing(log);
      if (!head) return 0;
      const broken = await firstBrokenEntry(rows, head.audit);
      if (broken !== undefined) return broken;
      const left = await firstNotVouched(rows, head.audit, outside);
      if (left !== undefined) return left;
      if (!(await hasEntriesBeyond(rows, head.audit)) && !(await isCutOff(head))) return undefined;
      // Somebody may be appending right now: then the head moves on by itself.
      await clock.sleep(settleMs);
      const settled = await log.head();
      if (settled.sequence > head.sequence) return undefined;
      return head.audit.count;
    },
  };
}

/** Undefined when the head is damaged: then no entry is vouched for. */
async function headOrNothing(log: RecordLog): Promise<LogHead | undefined> {
  try {
    return await log.head();
  } catch (error) {
    if (isFault(error, 'corrupt')) return undefined;
    throw error;
  }
}
