import { decodeJwt } from 'jose';
import { z } from 'zod';
import { systemClock } from '../azure/systemClock.ts';
import { systemRandom } from '../azure/systemRandom.ts';
import type { AzureStorage } from '../azure/openStorage.ts';
import type { DependencyProbe, PermissionProbe } from '../contract/service.ts';
import type { Connector, WorkloadPermission } from '../engine/connector.ts';
import { isFault } from '../engine/fault.ts';
import type { KeyWrapper } from '../engine/ports/keyWrapper.ts';
import { readBotHealth } from '../bot/notify/health.ts';
import type { Records } from '../engine/records/records.ts';
import type { RecordsCondition } from '../engine/records/recoverRecords.ts';
import { inWords } from '../engine/records/safeMode.ts';
import type { Graph } from '../graph/index.ts';
import { createTokens } from '../graph/tokens.ts';
import type { Graphs } from './graphs.ts';
import { anybody, probeCall } from './probeCalls.ts';
import { recoveryKeyProbe } from './recoveryKeyProbe.ts';
import type { Probes } from './services.ts';
import type { AppSettings, Settings } from './settings.ts';

export interface Probed {
  readonly settings: Settings;
  readonly storage: AzureStorage;
  /** Absent before the first start made it. */
  readonly outerKey?: KeyWrapper;
  readonly graphs: Graphs;
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Absent where the repository is not opened. */
  readonly opened?: { readonly condition: () => Promise<RecordsCondition>; readonly records: Records };
}

const KEPT_MS = 60_000;
const TIMEOUT_MS = 20_000;

/** Tries what the app depends on, with the calls it really makes; answers are kept for a minute. */
export function makeProbes(probed: Probed): Probes {
  return {
    permissions: keptFor(KEPT_MS, () => probePermissions(probed)),
    dependencies: keptFor(KEPT_MS, () => probeDependencies(probed)),
    recoveryKey: recoveryKeyProbe(probed.storage.blobs, systemRandom),
  };
}

function keptFor<Value>(keptMs: number, probe: () => Promise<Value>): () => Promise<Value> {
  let kept: { readonly at: number; readonly value: Promise<Value> } | undefined;
  return () => {
    if (kept === undefined || systemClock.now() - kept.at > keptMs) {
      const value = probe();
      kept = { at: systemClock.now(), value };
      value.catch(() => {
        kept = undefined;
      });
    }
    return kept.value;
  };
}

type Wanted = WorkloadPermission & { readonly workload: string };

async function probePermissions({ settings, graphs, connectors }: Probed): Promise<PermissionProbe[]> {
  const wanted = [...connectors.values()].flatMap(({ workload, description }) =>
    description.permissions.map((permission) => ({ ...permission, workload })),
  );
  const of = (app: 'backup' | 'restore') => wanted.filter((permission) => permission.app === app);
  const restore = settings.restore;
  return [
    ...(await probeApp('backup', of('backup'), settings, settings.backup, graphs.read)),
    ...(restore === undefined || graphs.write === undefined
      ? of('restore').map((permission) => notConfigured(permission))
      : await probeApp('restore', of('restore'), settings, restore, graphs.write)),
  ];
}

const notConfigured = ({ name, workload, otherwise }: Wanted): PermissionProbe => ({
  app: 'restore',
  permission: name,
  workload,
  state: 'notConfigured',
  call: 'none: RESTORE_CLIENT_ID is not set',
  advice: `Register the restore app and set RESTORE_CLIENT_ID. Until then: ${otherwise}`,
});

async function probeApp(
  app: 'backup' | 'restore',
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
    });
    roles = rolesIn(await tokens.getAccessToken());
  } catch (error) {
    if (!isFault(error)) throw error;
    return wanted.map(({ name, workload }) => ({
      app,
      permission: name,
      workload,
      state: error.kind === 'unavailable' ? 'unknown' : 'refused',
      call: `token for app ${clientId} from ${new URL(settings.authorityHost).host}`,
      advice: error.message,
    }));
  }
  const person = await anybody(graph, signal).catch((error: unknown) => {
    if (isFault(error)) return undefined;
    throw error;
  });
  return Promise.all(wanted.map((permission) => probeOne(app, permission, roles, person, graph, signal)));
}

const anything = z.looseObject({});

async function probeOne(
  app: 'backup' | 'restore',
  wanted: Wanted,
  roles: readonly string[] | undefined,
  person: string | undefined,
  graph: Graph,
  signal: AbortSignal,
): Promise<PermissionProbe> {
  const call = probeCall(wanted.name, person);
  const isInToken = roles?.includes(wanted.name);
  const base = { app, permission: wanted.name, workload: wanted.workload };
  const consent = `Grant ${wanted.name} to the ${app} app with admin consent (${wanted.why}) Without it: ${wanted.otherwise}`;
  if (call === undefined) {
    if (isInToken === true) return { ...base, state: 'granted', call: 'role in the token of the app' };
    return {
      ...base,
      state: isInToken === false ? 'refused' : 'unknown',
      call: 'role in the token of the app',
      advice: consent,
    };
  }
  const tried = `GET ${call.path}`;
  try {
    await graph.get(anything, call.path, {
      scope: call.scope,
      priority: 'incremental',
      signal,
      ...(call.query === undefined ? {} : { query: call.query }),
    });
    // A wider permission can make the read work; what the token lacks by name is missing where it writes.
    if (isInToken === false && /ReadWrite|Import|Export/.test(wanted.name))
      return { ...base, state: 'refused', call: tried, advice: consent };
    return { ...base, state: 'granted', call: tried };
  } catch (error) {
    if (!isFault(error)) throw error;
    if (error.kind === 'forbidden' || error.kind === 'unauthorized') {
      if (isInToken !== true) return { ...base, state: 'refused', call: tried, advice: consent };
      return {
        ...base,
        state: 'notEffectiveYet',
        call: tried,
        advice:
          'It is granted, and Microsoft 365 does not act on it yet: that usually takes 10 to 15 minutes, for SharePoint some hours. Try again later.',
      };
    }
    // The person asked has no mailbox or drive: the permission let us look.
    if (error.kind === 'not-found') return { ...base, state: 'granted', call: tried };
    return { ...base, state: 'unknown', call: tried, advice: error.message };
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

async function probeDependencies({ storage, outerKey, settings, opened }: Probed): Promise<DependencyProbe[]> {
  const name = `probe-${Buffer.from(systemRandom.bytes(8)).toString('hex')}`;
  const bytes = systemRandom.bytes(32);
  return Promise.all([
    tried('blob storage', 'A blob was written, read and removed.', async () => {
      await storage.blobs.create('exports', name, bytes);
      const read = await storage.blobs.read('exports', name);
      await storage.blobs.remove('exports', name);
      return Buffer.from(read).equals(bytes);
    }),
    tried('table storage', 'A row was written, read and removed.', async () => {
      await storage.tables.change('leases', 'probe', {
        kind: 'put',
        row: { partition: 'probe', key: name, columns: { one: 1 } },
      });
      const row = await storage.tables.get('leases', 'probe', name);
      await storage.tables.change('leases', 'probe', { kind: 'remove', key: name });
      return row?.columns['one'] === 1;
    }),
    keyProbe(outerKey, bytes),
    Promise.resolve(signInProbe(settings)),
    ...(opened === undefined ? [] : [opened.condition().then(recordsProbe), botProbe(settings, opened.records)]),
  ]);
}

const keyProbe = (key: KeyWrapper | undefined, bytes: Uint8Array): Promise<DependencyProbe> =>
  key === undefined
    ? Promise.resolve({ name: 'key', state: 'notConfigured', detail: 'It is made at the first start.' })
    : tried(`key (${key.kind})`, 'A key was wrapped and unwrapped.', async () =>
        Buffer.from(await key.unwrap(await key.wrap(bytes))).equals(bytes),
      );

const recordsProbe = (condition: RecordsCondition): DependencyProbe =>
  condition.safeMode
    ? { name: 'records', state: 'fails', detail: inWords(condition) }
    : { name: 'records', state: 'works', detail: 'Policies, settings and audit are whole.' };

async function botProbe({ bot }: Settings, records: Records): Promise<DependencyProbe> {
  if (bot === undefined) return { name: 'bot', state: 'notConfigured', detail: 'BOT_ID is not set: there is no chat.' };
  const { lost, blocked } = await readBotHealth(records);
  if (lost[0] !== undefined)
    return {
      name: 'bot',
      state: 'fails',
      detail: `A notice could not be delivered (${lost[0].trouble}, ${lost[0].at}).`,
    };
  return {
    name: 'bot',
    state: 'works',
    detail: blocked === 0 ? 'Everybody can be told.' : `${blocked} people or channels take no messages.`,
  };
}

const signInProbe = ({ api }: Settings): DependencyProbe =>
  api === undefined
    ? { name: 'sign-in', state: 'notConfigured', detail: 'API_CLIENT_ID is not set: nobody can sign in.' }
    : {
        name: 'sign-in',
        state: 'works',
        detail: `Tokens for ${api.clientId} are accepted from ${api.allowedClients.size} clients.`,
      };

async function tried(name: string, works: string, probe: () => Promise<boolean>): Promise<DependencyProbe> {
  try {
    if (await probe()) return { name, state: 'works', detail: works };
    return { name, state: 'fails', detail: 'What was read is not what was written.' };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { name, state: 'fails', detail: error.message };
  }
}
