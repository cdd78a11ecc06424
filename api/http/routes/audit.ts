import type { AuditFilter, AuditVerification } from '../../../contract/audit.ts';
import { auditHeadNow } from '../../../engine/backup/digest.ts';
import { instant } from '../../../engine/model/ids.ts';
import type { AuditEntry, Records } from '../../../engine/records/records.ts';
import { json } from '../answer.ts';
import { audit } from '../audit.ts';
import { auditColumns, auditRow } from '../auditTable.ts';
import { type Caller, hasRole } from '../caller.ts';
import { csvHead, csvRow } from '../csv.ts';
import type { Handlers } from '../handler.ts';
import { cutPages } from '../paging.ts';
import { begun } from '../stream.ts';

export const auditRoutes: Handlers<'listAudit' | 'exportAudit' | 'verifyAudit'> = {
  verifyAudit:
    async ({ services: { records } }) =>
    async ({ body }) => {
      const brokenAt = await records.audit.verify(body?.heads ?? []);
      const { auditHead: head = { count: 0, hash: '' } } = await auditHeadNow(records);
      if (brokenAt === undefined) {
        const detail = `All ${head.count} entries hold together${body?.heads?.length ? ' and go on from what was noted' : ''}.`;
        return json({ result: 'holds', head, detail } satisfies AuditVerification);
      }
      const detail = `From entry ${brokenAt} on (counted from 0) the log is not as it was: something was changed, taken away or put back.`;
      return json({ result: 'broken', head, brokenAt, detail } satisfies AuditVerification);
    },

  listAudit:
    async ({ services, caller }) =>
    async ({ query }) => {
      const isMeant = filterOf(caller, query);
      const page = await cutPages(
        (token) => services.records.audit.list(token),
        (entry) => (isMeant(entry) ? entry : undefined),
        { size: query.pageSize, token: query.pageToken },
      );
      return json(page);
    },

  exportAudit:
    async (asked) =>
    async ({ query }) => {
      const { services, caller, isHead } = asked;
      const filter = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
      if (!isHead) await audit(asked, 'report.read', { report: 'audit', format: 'csv', ...filter });
      const day = instant(services.clock.now()).slice(0, 10);
      return {
        status: 200,
        headers: {
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition': `attachment; filename="holdfast-audit-${day}.csv"`,
          'Cache-Control': 'no-store',
        },
        ...(isHead ? {} : { body: await begun(csvOf(services.records.audit, filterOf(caller, query))) }),
      };
    },
};

/** Who may not see all sees what they did themselves. */
function filterOf(caller: Caller, { action, who, from, to }: AuditFilter): (entry: AuditEntry) => boolean {
  const seesAll = hasRole(caller, 'admin', 'auditor');
  const wanted = who?.normalize('NFC').toLowerCase();
  const [fromMs, toMs] = [from, to].map((time) => (time === undefined ? undefined : Date.parse(time)));
  return (entry) => {
    if (!seesAll && entry.who !== caller.id) return false;
    if (action !== undefined && entry.action !== action && !(action.endsWith('.') && entry.action.startsWith(action)))
      return false;
    if (
      wanted !== undefined &&
      entry.who !== who &&
      !(entry.name ?? '').normalize('NFC').toLowerCase().includes(wanted)
    )
      return false;
    const at = Date.parse(entry.at);
    return (fromMs === undefined || at >= fromMs) && (toMs === undefined || at < toMs);
  };
}

/** A page of the log at a time, newest first, however long it is. */
async function* csvOf(log: Records['audit'], isMeant: (entry: AuditEntry) => boolean): AsyncGenerator<Uint8Array> {
  let text = csvHead(auditColumns);
  let token: string | undefined;
  do {
    const page = await log.list(token);
    for (const entry of page.value) if (isMeant(entry)) text += csvRow(auditRow(entry));
    if (text !== '') yield Buffer.from(text);
    text = '';
    token = page.nextPageToken;
  } while (token !== undefined);
}
