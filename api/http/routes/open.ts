import { openApi } from '../../../contract/openapi.ts';
import type { Health, SignIn } from '../../../contract/service.ts';
import { instant } from '../../../engine/model/ids.ts';
import { allPages } from '../../../engine/backup/allPages.ts';
import { hasNothingToCopy } from '../../../engine/model/resource.ts';
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
  const [permissions, dependencies, lastRuns, { states: resources, nothingToCopy }] = await Promise.all([
    services.probes.permissions(),
    services.probes.dependencies(),
    services.backup.lastRuns(policies),
    countStates(services),
  ]);
  const overdue = overduePolicies(policies, lastRuns, now);
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
    nothingToCopy,
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
