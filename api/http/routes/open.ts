import { openApi } from '../../../contract/openapi.ts';
import type { DependencyProbe, Health, PermissionProbe, SignIn } from '../../../contract/service.ts';
import { newestOfPolicies, resourceFacts, verdictOf, verdictSentence } from '../../../contract/verdict.ts';
import type { SafetyFacts } from '../../../contract/verdict.ts';
import { instant } from '../../../engine/model/ids.ts';
import { allPages } from '../../../engine/backup/allPages.ts';
import { hasNothingToCopy } from '../../../engine/model/resource.ts';
import type { Run } from '../../../engine/model/run.ts';
import { overduePolicies } from '../../../engine/backup/duePolicies.ts';
import type { Front, Services } from '../../services.ts';
import { json } from '../answer.ts';
import { hasRole } from '../caller.ts';
import type { Handlers, OpenRoute } from '../handler.ts';
import { Refusal } from '../problem.ts';

export const openRoutes: Handlers<OpenRoute> = {
  getHealth:
    async ({ front, caller }) =>
    async () => {
      const base: Health = { status: 'up', version: front.version, time: instant(front.clock.now()) };
      if (caller === undefined || !hasRole(caller, 'admin')) return json(base);
      return json({ ...base, ...(await inDetail(await front.open())) });
    },

  getSignIn:
    async ({ front }) =>
    async () =>
      json(await signIn(front)),

  getOpenApi:
    async ({ front }) =>
    async () =>
      json(openApi(front.version)),
};

async function inDetail(services: Services): Promise<Partial<Health>> {
  const now = instant(services.clock.now());
  const policies = (await services.records.policies.list()).map(({ value }) => value);
  const [permissions, dependencies, lastRuns, newest, { states: resources, nothingToCopy }] = await Promise.all([
    services.probes.permissions(),
    services.probes.dependencies(),
    services.backup.lastRuns(policies),
    newestRuns(services),
    countStates(services),
  ]);
  const overdue = overduePolicies(policies, lastRuns, now);
  return {
    verdict: verdictSentence(
      verdictOf(safetyFacts(resources, nothingToCopy, { permissions, dependencies, overdue: overdue.length, newest })),
    ),
    permissions: [...permissions],
    dependencies: [...dependencies],
    overduePolicies: overdue.map(({ policy, dueAt, lastRunAt }) => ({
      id: policy.id,
      name: policy.name,
      dueAt,
      ...(lastRunAt === undefined ? {} : { lastRunAt }),
    })),
    resources,
    nothingToCopy,
  };
}

/** Every fact that the verdict is made of, so that nothing bad stays outside of it. */
const safetyFacts = (
  states: Readonly<Record<string, number>>,
  nothingToCopy: number,
  probes: {
    readonly permissions: readonly PermissionProbe[];
    readonly dependencies: readonly DependencyProbe[];
    readonly overdue: number;
    readonly newest: readonly Run[];
  },
): SafetyFacts => ({
  ...resourceFacts(states, nothingToCopy),
  brokenDependencies: probes.dependencies.filter(({ state }) => state === 'fails').length,
  refusedPermissions: probes.permissions.filter(({ state }) => state === 'refused').length,
  latePermissions: probes.permissions.filter(({ state }) => state === 'notEffectiveYet').length,
  overduePolicies: probes.overdue,
  failedRuns: probes.newest.filter(({ status }) => status === 'failed').length,
  stalledRuns: probes.newest.filter(({ state }) => state === 'stalled').length,
});

/** The newest run of each policy, among the newest of all, as people see it. */
async function newestRuns({ records, backup }: Pick<Services, 'records' | 'backup'>): Promise<readonly Run[]> {
  const { value } = await records.runs.list();
  return backup.describe(newestOfPolicies(value));
}

async function countStates({ records }: Pick<Services, 'records'>) {
  const states: Record<string, number> = {};
  let nothingToCopy = 0;
  for await (const resource of allPages((token) => records.resources.list({}, token))) {
    states[resource.state] = (states[resource.state] ?? 0) + 1;
    if (hasNothingToCopy(resource)) nothingToCopy++;
  }
  return { states, nothingToCopy };
}

async function signIn(front: Front): Promise<SignIn> {
  const { api, publicUrl, tenantId } = front.settings;
  if (api === undefined) throw new Refusal(503, 'Sign-in is not set up yet: API_CLIENT_ID is not set.');
  const authority = await front.browserAuthority();
  // The app's manifest names the API by its host; without a public address it has the name that Entra proposes.
  const host = publicUrl?.startsWith('https:') === true ? `${new URL(publicUrl).host}/` : '';
  return {
    tenantId,
    clientId: api.consoleClientId,
    scope: `api://${host}${api.clientId}/access_as_user openid profile offline_access`,
    issuer: authority.issuer,
    authorizationEndpoint: authority.authorizationEndpoint,
    tokenEndpoint: authority.tokenEndpoint,
    ...(authority.endSessionEndpoint === undefined ? {} : { endSessionEndpoint: authority.endSessionEndpoint }),
  };
}
