import { hasRole } from '../caller.ts';
import { json } from '../answer.ts';
import type { Handlers } from '../handler.ts';
import { cutPages } from '../paging.ts';

export const auditRoutes: Handlers<'listAudit'> = {
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
