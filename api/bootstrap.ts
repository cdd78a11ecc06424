import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createKeyFile } from '../azure/fileKeyWrapper.ts';
import { systemClock } from '../azure/systemClock.ts';
import { systemRandom } from '../azure/systemRandom.ts';
import type { AzureStorage } from '../azure/openStorage.ts';
import { policyDefaults } from '../engine/backup/defaults.ts';
import { scheduleTick } from '../engine/backup/startRun.ts';
import { isFault } from '../engine/fault.ts';
import { instant, type PolicyId, type RunId } from '../engine/model/ids.ts';
import type { BackupPolicy } from '../engine/model/policy.ts';
import type { Log } from '../engine/ports/log.ts';
import { inWords } from '../engine/records/safeMode.ts';
import { createRepository } from '../engine/repository/openRepository.ts';
import { formatRecoveryKey, recoveryKeyWrapper } from '../engine/repository/recoveryKey.ts';
import { compose, type Composed } from './compose.ts';
import { pendingRecoveryKey } from './pendingKey.ts';
import type { Settings } from './settings.ts';
import { openOuterKey, openStores } from './stores.ts';

export interface BootstrapOptions {
  /**
   * Hands the recovery key (44 characters) to its owner. Resolves only when they surely have it: nothing is encrypted
   * with a key that could be lost. Called again at the next start when it did not resolve.
   */
  showRecoveryKey(text: string): Promise<void>;
  readonly log: Log;
}

export interface Bootstrapped {
  /** True when this call made the keys. */
  readonly isNew: boolean;
  /** Runs that are due now and were begun: the first one at the first start. */
  readonly runs: readonly RunId[];
  readonly composed: Composed;
  /** Safe mode, in words for the admin: then no policy and no run was made. */
  readonly trouble?: string;
}

/**
 * Prepares storage, makes the keys, the policy "Everything" and its first run, where they are missing. Safe to repeat
 * and to kill anywhere. Faults of storage and keys say what is wrong and leave everything as it was.
 */
export async function bootstrap(settings: Settings, options: BootstrapOptions): Promise<Bootstrapped> {
  const storage = await openStores(settings);
  await storage.prepare();
  const isNew = await ensureKeys(settings, storage, options);
  const outerKey = await openOuterKey(settings);
  const composed = await compose(settings, {
    storage,
    outerKey,
    log: options.log,
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
  });
  const condition = await composed.condition();
  // A lost table looks like a new one: a policy made now would protect whom an admin has excluded.
  if (condition.safeMode) return { isNew, runs: [], composed, trouble: inWords(condition) };
  await ensureFirstPolicy(composed);
  return { isNew, runs: await scheduleTick(composed.backup), composed };
}

async function ensureKeys(settings: Settings, storage: AzureStorage, options: BootstrapOptions): Promise<boolean> {
  if ((await storage.blobs.head('repository', 'keys/1')) !== undefined) return false;
  if ('path' in settings.key) {
    await mkdir(path.dirname(settings.key.path), { recursive: true, mode: 0o700 });
    await createKeyFile(settings.key.path, systemRandom);
  }
  const ports = { blobs: storage.blobs, tables: storage.tables, random: systemRandom, clock: systemClock };
  const pending = await pendingRecoveryKey(settings.dataDir, systemRandom);
  await options.showRecoveryKey(formatRecoveryKey(pending.key));
  const wrappers = { vault: await openOuterKey(settings), recovery: recoveryKeyWrapper(pending.key, systemRandom) };
  await createRepository(ports, wrappers, settings.tenantId);
  await pending.settle();
  return true;
}

const MADE = 'bootstrap/policy';

/** Once: an admin who removes the policy does not find it again. */
async function ensureFirstPolicy({ services, backup }: Composed): Promise<void> {
  const { records, repository } = services;
  if ((await records.settings.get(MADE)) !== undefined) return;
  const policy: BackupPolicy = {
    ...policyDefaults,
    id: repository.idOf('policy', 'everything') as PolicyId,
    name: 'Everything',
    enabled: true,
    order: 0,
    scope: { include: [{ kind: 'all' }], exclude: [], workloads: [...backup.connectors.keys()], autoInclude: true },
    options: {},
    createdAt: instant(services.clock.now()),
    createdBy: 'system',
  };
  try {
    await records.policies.create(policy, {
      at: policy.createdAt,
      who: 'system',
      action: 'policy.create',
      on: { policy: policy.id, name: policy.name },
      result: 'done',
    });
  } catch (error) {
    // An earlier start came this far, or another instance is at it now.
    if (!isFault(error, 'conflict')) throw error;
  }
  await records.settings.put(MADE, true).catch((error: unknown) => {
    if (!isFault(error, 'conflict')) throw error;
  });
}
