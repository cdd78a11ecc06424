import { systemClock } from '../azure/systemClock.ts';
import { systemRandom } from '../azure/systemRandom.ts';
import type { AzureStorage } from '../azure/openStorage.ts';
import type { DependencyProbe } from '../contract/service.ts';
import type { Connector } from '../engine/connector.ts';
import { isFault } from '../engine/fault.ts';
import type { KeyWrapper } from '../engine/ports/keyWrapper.ts';
import { readBotHealth } from '../bot/notify/health.ts';
import type { Records } from '../engine/records/records.ts';
import type { RecordsCondition } from '../engine/records/recoverRecords.ts';
import { inWords } from '../engine/records/safeMode.ts';
import { checkSkew, storageNow } from '../engine/retention/storageClock.ts';
import type { Graphs } from './graphs.ts';
import { discovery } from './http/discovery.ts';
import { probePermissions } from './probePermissions.ts';
import type { Probes } from './services.ts';
import type { Settings } from './settings.ts';

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

/** Tries what the app depends on, with the calls it really makes; answers are kept for a minute. */
export function makeProbes(probed: Probed): Probes {
  return {
    permissions: keptFor(KEPT_MS, () => probePermissions(probed)),
    dependencies: keptFor(KEPT_MS, () => probeDependencies(probed)),
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
    tried('clock', 'It agrees with the clock of the storage account.', async () => {
      checkSkew(await storageNow(storage.blobs), systemClock);
      return true;
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
    tried('queue storage', 'Its queues answer.', async () => {
      await storage.askQueues();
      return true;
    }),
    keyProbe(outerKey, bytes),
    signInProbe(settings),
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

/** Where keys for checking tokens come from, and where browsers are sent. */
function signInProbe({ api, authorityHost, browserAuthorityHost, tenantId }: Settings): Promise<DependencyProbe> {
  if (api === undefined)
    return Promise.resolve({
      name: 'sign-in',
      state: 'notConfigured',
      detail: 'API_CLIENT_ID is not set: nobody can sign in.',
    });
  const works = `${new URL(authorityHost).host} answers; tokens for ${api.clientId} are accepted from ${api.allowedClients.size} clients.`;
  return tried('sign-in', works, async () => {
    const now = () => systemClock.now();
    await Promise.all(
      [...new Set([authorityHost, browserAuthorityHost])].map((host) => discovery(host, tenantId, { now })()),
    );
    return true;
  });
}

async function tried(name: string, works: string, probe: () => Promise<boolean>): Promise<DependencyProbe> {
  try {
    if (await probe()) return { name, state: 'works', detail: works };
    return { name, state: 'fails', detail: 'What was read is not what was written.' };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { name, state: 'fails', detail: error.message };
  }
}
