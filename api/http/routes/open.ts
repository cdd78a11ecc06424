import { openApi } from '../../../contract/openapi.ts';
import type { Health, SignIn } from '../../../contract/service.ts';
import { instant, type Instant, type PolicyId } from '../../../engine/model/ids.ts';
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
  const [permissions, dependencies, policies, lastRuns, resources] = await Promise.all([
    services.probes.permissions(),
    services.probes.dependencies(),
    services.records.policies.list(),
    newestRuns(services),
    countStates(services),
  ]);
  const overdue = overduePolicies(
    policies.map(({ value }) => value),
    lastRuns,
    now,
  );
  return {
    verdict: verdictOf(
      resources,
      overdue.length,
      [...permissions].some(({ state }) => state === 'refused'),
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
  };
}

function verdictOf(resources: Readonly<Record<string, number>>, overdue: number, isRefused: boolean): string {
  const troubles = [
    overdue > 0 ? `${overdue} policies are overdue` : '',
    isRefused ? 'a permission is refused' : '',
    (resources['failing'] ?? 0) > 0 ? `${resources['failing']} resources fail` : '',
  ].filter((trouble) => trouble !== '');
  if (troubles.length > 0) return `Needs attention: ${troubles.join(', ')}.`;
  if ((resources['protected'] ?? 0) === 0) return 'Not protected yet.';
  return 'Protected.';
}

/** When each policy last started, from the newest 200 runs: an older one counts as long ago either way. */
export async function newestRuns({ records }: Pick<Services, 'records'>): Promise<ReadonlyMap<PolicyId, Instant>> {
  const started = new Map<PolicyId, Instant>();
  let token: string | undefined;
  for (let seen = 0; seen < 200;) {
    const page = await records.runs.list(token);
    seen += page.value.length;
    for (const run of page.value) if (!started.has(run.policyId)) started.set(run.policyId, run.startedAt);
    token = page.nextPageToken;
    if (token === undefined) break;
  }
  return started;
}

async function countStates({ records }: Pick<Services, 'records'>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let token: string | undefined;
  do {
    const page = await records.resources.list({}, token);
    for (const { state } of page.value) counts[state] = (counts[state] ?? 0) + 1;
    token = page.nextPageToken;
  } while (token !== undefined);
  return counts;
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
