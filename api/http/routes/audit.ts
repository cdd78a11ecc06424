import type { AuditVerification } from '../../../contract/audit.ts';
import { auditHeadNow } from '../../../engine/backup/digest.ts';
import { hasRole } from '../caller.ts';
import { json } from '../answer.ts';
import type { Handlers } from '../handler.ts';
import { cutPages } from '../paging.ts';

export const auditRoutes: Handlers<'listAudit' | 'verifyAudit'> = {
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
      const seesAll = hasRole(caller, 'admin', 'auditor');
      const page = await cutPages(
        (token) => services.records.audit.list(token),
        (entry) => {
          if (!seesAll && entry.who !== caller.id) return undefined;
          if (query.who !== undefined && entry.who !== query.who) return undefined;
          if (query.action !== undefined && entry.action !== query.action) return undefined;
          return entry;
        },
        { size: query.pageSize, token: query.pageToken },
      );
      return json(page);
    },
};
