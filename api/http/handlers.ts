import type { Handlers } from './handler.ts';
import { auditRoutes } from './routes/audit.ts';
import { cleanupRoutes } from './routes/cleanup.ts';
import { contentRoutes } from './routes/content.ts';
import { itemRoutes } from './routes/items.ts';
import { keyRoutes } from './routes/keys.ts';
import { openRoutes } from './routes/open.ts';
import { peopleRoutes } from './routes/people.ts';
import { policyRoutes } from './routes/policies.ts';
import { reportRoutes } from './routes/reports.ts';
import { resourceRoutes } from './routes/resources.ts';
import { restoreRoutes } from './routes/restores.ts';
import { retentionRoutes } from './routes/retention.ts';
import { runRoutes } from './routes/runs.ts';
import { searchRoute } from './routes/search.ts';
import { settingsRoutes } from './routes/settings.ts';
import { verificationRoutes } from './routes/verification.ts';

/** One handler for every route of the contract; the types miss one that is forgotten. */
export const makeHandlers = (now: () => number): Handlers => ({
  ...openRoutes,
  ...peopleRoutes,
  ...policyRoutes,
  ...runRoutes,
  ...resourceRoutes,
  ...itemRoutes,
  ...contentRoutes,
  search: searchRoute(now),
  ...restoreRoutes,
  ...retentionRoutes,
  ...settingsRoutes,
  ...cleanupRoutes,
  ...verificationRoutes,
  ...auditRoutes,
  ...reportRoutes,
  ...keyRoutes,
});
