import { openApi } from '../../../contract/openapi.ts';
import type { Health, SignIn } from '../../../contract/service.ts';
import { inWords, verdictSentence } from '../../../contract/verdict.ts';
import { instant } from '../../../engine/model/ids.ts';
import { safetyOf } from '../../safety.ts';
import type { Front, Services } from '../../services.ts';
import { json } from '../answer.ts';
import { hasRole } from '../caller.ts';
import type { Handlers, OpenRoute } from '../handler.ts';
import { Refusal } from '../problem.ts';
import { presentRun } from './runs.ts';

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
  const { verdict, permissions, dependencies, overdue, troubledRuns, resources, nothingToCopy, damage } =
    await safetyOf(services);
  const names = await services.roles.names();
  const { resources: damagedResources, items, inNewest, accepted, others } = damage;
  return {
    verdict: verdictSentence(verdict),
    troubles: verdict.troubles.map((trouble) => ({ ...trouble, ...inWords(trouble) })),
    permissions: [...permissions],
    dependencies: [...dependencies],
    overduePolicies: overdue.map(({ policy, dueAt, lastRunAt }) => ({
      id: policy.id,
      name: policy.name,
      dueAt,
      ...(lastRunAt === undefined ? {} : { lastRunAt }),
    })),
    troubledRuns: troubledRuns.map(({ run }) => presentRun(run, names)),
    resources,
    nothingToCopy,
    damaged: { resources: damagedResources, items, inNewest, accepted, others },
  };
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
