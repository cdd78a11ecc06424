import { decodeJwt } from 'jose';
import { z } from 'zod';
import { systemClock } from '../azure/systemClock.ts';
import type { PermissionProbe } from '../contract/service.ts';
import type { Connector, WorkloadPermission } from '../engine/connector.ts';
import { isFault, type Fault } from '../engine/fault.ts';
import type { Graph } from '../graph/index.ts';
import { createTokens } from '../graph/tokens.ts';
import { basePermissions } from './basePermissions.ts';
import type { Graphs } from './graphs.ts';
import { probeCall, somePeople, type ProbeCall } from './probeCalls.ts';
import type { AppSettings, Settings } from './settings.ts';

type Wanted = WorkloadPermission & { readonly workload?: string };
type App = 'backup' | 'restore';

/** By real time, as all of the probes: they ask the world as it is now, and decide nothing about what is stored. */
const TIMEOUT_MS = 20_000;

/** Every permission that the product asks for, tried by a read where there is one. Changes nothing. */
export async function probePermissions({
  settings,
  graphs,
  connectors,
}: {
  readonly settings: Settings;
  readonly graphs: Graphs;
  readonly connectors: ReadonlyMap<string, Connector>;
}): Promise<PermissionProbe[]> {
  const wanted: readonly Wanted[] = [
    ...basePermissions,
    ...[...connectors.values()].flatMap(({ workload, description }) =>
      description.permissions.map((permission) => ({ ...permission, workload })),
    ),
  ];
  const of = (app: App) => wanted.filter((permission) => permission.app === app);
  const restore = settings.restore;
  return [
    ...(await probeApp(of('backup'), settings, settings.backup, graphs.read)),
    ...(restore === undefined || graphs.write === undefined
      ? of('restore').map(notConfigured)
      : await probeApp(of('restore'), settings, restore, graphs.write)),
  ];
}

const nameOf = ({ app, name, workload }: Wanted) => ({
  app,
  permission: name,
  ...(workload === undefined ? {} : { workload }),
});

const notConfigured = (wanted: Wanted): PermissionProbe => ({
  ...nameOf(wanted),
  state: 'notConfigured',
  call: 'none: RESTORE_CLIENT_ID is not set',
  advice: `Register the restore app and set RESTORE_CLIENT_ID. Until then: ${wanted.otherwise}`,
});

async function probeApp(
  wanted: readonly Wanted[],
  settings: Settings,
  { clientId, credential }: AppSettings,
  graph: Graph,
): Promise<PermissionProbe[]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let roles: readonly string[] | undefined;
  try {
    const tokens = createTokens({
      endpoint: settings.graphEndpoint,
      authorityHost: settings.authorityHost,
      tenantId: settings.tenantId,
      clientId,
      credential,
      clock: systemClock,
    });
    roles = rolesIn(await tokens.getAccessToken());
  } catch (error) {
    if (!isFault(error)) throw error;
    return wanted.map((permission) => ({
      ...nameOf(permission),
      state: error.kind === 'unavailable' ? 'unknown' : 'refused',
      call: `token for app ${clientId} from ${new URL(settings.authorityHost).host}`,
      advice: error.message,
    }));
  }
  const people = await somePeople(graph, signal).catch((error: unknown) => {
    if (isFault(error)) return [];
    throw error;
  });
  return Promise.all(
    wanted.map(async (permission) =>
      verdict(permission, roles?.includes(permission.name), await tryOut(permission.name, people, graph, signal)),
    ),
  );
}

interface Tried {
  readonly call: ProbeCall;
  /** Why nobody's data could be read with it; absent when it worked. */
  readonly fault?: Fault;
}

/**
 * Reads what the permission is for, with one person after the other until somebody lets it: the first has perhaps no
 * mailbox, or is out of the scope that an administrator set. Undefined when there is nobody to try it with.
 */
async function tryOut(
  permission: string,
  people: readonly string[],
  graph: Graph,
  signal: AbortSignal,
): Promise<Tried | undefined> {
  const general = probeCall(permission, undefined);
  const calls = general === undefined ? people.flatMap((person) => probeCall(permission, person) ?? []) : [general];
  let refused: Tried | undefined;
  for (const call of calls) {
    const fault = await ask(graph, call, signal);
    if (fault === undefined) return { call };
    if (!isFault(fault, 'not-found', 'forbidden')) return { call, fault };
    if (refused === undefined || fault.kind === 'forbidden') refused = { call, fault };
  }
  return refused;
}

const anything = z.looseObject({});

async function ask(graph: Graph, { path, query, scope }: ProbeCall, signal: AbortSignal): Promise<Fault | undefined> {
  try {
    await graph.get(anything, path, {
      scope,
      priority: 'incremental',
      signal,
      ...(query === undefined ? {} : { query }),
    });
    return undefined;
  } catch (error) {
    if (isFault(error)) return error;
    throw error;
  }
}

const NOT_YET =
  'It is granted, and Microsoft 365 does not act on it yet: that usually takes 10 to 15 minutes, for SharePoint some hours. Try again later.';
const NOBODY =
  'It could not be tried out: nobody of those asked has a mailbox or drive that it opens. Try again when somebody has.';

/** What a read and the token say together. The token alone grants nothing that a read could show. */
function verdict(wanted: Wanted, isInToken: boolean | undefined, tried: Tried | undefined): PermissionProbe {
  const base = nameOf(wanted);
  const consent = `Grant ${wanted.name} to the ${wanted.app} app with admin consent (${wanted.why}) Without it: ${wanted.otherwise}`;
  const refused = (call: string): PermissionProbe => ({ ...base, state: 'refused', call, advice: consent });
  if (tried === undefined) {
    const call = 'role in the token of the app';
    return isInToken === false ? refused(call) : { ...base, state: 'unknown', call, advice: NOBODY };
  }
  const call = `GET ${tried.call.path}`;
  switch (tried.fault?.kind) {
    case undefined:
      // A wider permission can make the read work; what the token lacks by name is missing where it writes or exports.
      return isInToken === false && /ReadWrite|Import|Export/.test(wanted.name)
        ? refused(call)
        : { ...base, state: 'granted', call };
    case 'forbidden':
    case 'unauthorized':
      return isInToken === true ? { ...base, state: 'notEffectiveYet', call, advice: NOT_YET } : refused(call);
    case 'not-found':
      return isInToken === false ? refused(call) : { ...base, state: 'unknown', call, advice: NOBODY };
    default:
      return { ...base, state: 'unknown', call, advice: tried.fault?.message ?? '' };
  }
}

/** Which permissions Entra put into the app's own token. Only for showing; undefined when the token cannot be read. */
function rolesIn(token: string): readonly string[] | undefined {
  try {
    const { roles } = decodeJwt(token);
    return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  } catch (error) {
    if (error instanceof Error && error.name === 'JWTInvalid') return undefined;
    throw error;
  }
}
