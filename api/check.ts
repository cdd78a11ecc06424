import { systemClock } from '../azure/systemClock.ts';
import type { AzureStorage } from '../azure/openStorage.ts';
import type { DependencyProbe, PermissionProbe } from '../contract/service.ts';
import { isFault } from '../engine/fault.ts';
import type { KeyWrapper } from '../engine/ports/keyWrapper.ts';
import type { Log } from '../engine/ports/log.ts';
import { createConnectors } from '../workloads/index.ts';
import { connectGraphs } from './graphs.ts';
import { makeProbes } from './probes.ts';
import type { Settings } from './settings.ts';
import { openOuterKey, openStores } from './stores.ts';

export interface Checked {
  readonly dependencies: readonly DependencyProbe[];
  readonly permissions: readonly PermissionProbe[];
  /** The same for people to read. */
  readonly lines: readonly string[];
  /** True when backups can run: what only restores need may be missing. */
  readonly isFine: boolean;
}

const SIGNS: Readonly<Record<PermissionProbe['state'] | DependencyProbe['state'], string>> = {
  granted: 'granted           ',
  notEffectiveYet: 'not effective yet ',
  refused: 'REFUSED           ',
  notConfigured: 'not configured    ',
  unknown: 'UNKNOWN           ',
  works: 'works             ',
  fails: 'FAILS             ',
};

/**
 * Probes storage, key, sign-in and each permission, and says what to do about what is missing. Makes containers, tables
 * and queues that are not there, and changes nothing else.
 */
export async function check(settings: Settings, log: Log): Promise<Checked> {
  const storage = await openStores(settings);
  const trouble: string[] = [];
  await storage.prepare().catch((error: unknown) => {
    if (!isFault(error)) throw error;
    trouble.push(`${SIGNS.fails}storage: ${error.message}`);
  });
  const outerKey = await openOuterKey(settings).catch((error: unknown) => outerKeyTrouble(error, settings, storage));
  const graphs = connectGraphs(settings, { storage, clock: systemClock, log });
  const connectors = createConnectors({
    read: graphs.read,
    ...(graphs.write === undefined ? {} : { write: graphs.write }),
    now: () => systemClock.now(),
    log,
  });
  const probes = makeProbes({ settings, storage, graphs, connectors, ...(outerKey === undefined ? {} : { outerKey }) });
  const [dependencies, permissions] = await Promise.all([probes.dependencies(), probes.permissions()]);
  await Promise.all([graphs.read.close(), graphs.write?.close()]);

  const lines = [
    `Tenant ${settings.tenantId} at ${settings.graphEndpoint}, sign-in at ${settings.authorityHost}`,
    ...trouble,
    ...dependencies.map(({ state, name, detail }) => `${SIGNS[state]}${name}: ${detail}`),
    ...permissions.map(
      ({ state, app, permission, workload, call, advice }) =>
        `${SIGNS[state]}${app} app, ${permission}${workload === undefined ? '' : ` (${workload})`}: ${call}${advice === undefined ? '' : `\n                  → ${advice}`}`,
    ),
  ];
  const isFine =
    trouble.length === 0 &&
    dependencies.every(({ state }) => state !== 'fails') &&
    permissions.every(({ app, workload, state }) => app === 'restore' || workload === undefined || state === 'granted');
  return {
    dependencies,
    permissions,
    lines: [...lines, isFine ? 'Backups can run.' : 'Backups cannot run as they should: see above.'],
    isFine,
  };
}

/** Undefined: no key yet, and none needed before the first start. Else one that answers every use with the trouble. */
async function outerKeyTrouble(
  error: unknown,
  { key }: Settings,
  storage: AzureStorage,
): Promise<KeyWrapper | undefined> {
  if (!isFault(error)) throw error;
  const isMade = await storage.blobs.head('repository', 'keys/1').catch((trouble: unknown) => {
    if (isFault(trouble)) return undefined;
    throw trouble;
  });
  if ('path' in key && isMade === undefined) return undefined;
  const refuse = () => Promise.reject(error);
  return { kind: 'path' in key ? 'file' : 'vault', keyId: '', wrap: refuse, unwrap: refuse };
}
