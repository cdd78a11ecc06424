import type { AzureStorage } from '../azure/openStorage.ts';
import { applyPolicies } from '../engine/backup/applyPolicies.ts';
import type { BackupServices } from '../engine/backup/backupServices.ts';
import { backupSettings, type BackupSettings } from '../engine/backup/defaults.ts';
import type { Clock } from '../engine/ports/clock.ts';
import { keyFlow } from '../engine/keys/keyFlow.ts';
import type { KeyWrapper } from '../engine/ports/keyWrapper.ts';
import type { Log } from '../engine/ports/log.ts';
import type { Random } from '../engine/ports/random.ts';
import { makeRecords } from '../engine/records/makeRecords.ts';
import { recoverRecords, type RecordsCondition } from '../engine/records/recoverRecords.ts';
import { safeMode } from '../engine/records/safeMode.ts';
import type { MemoryBudget } from '../engine/repository/memoryBudget.ts';
import { openRepository } from '../engine/repository/openRepository.ts';
import { makeRestoreFlow } from '../engine/restore/makeRestoreFlow.ts';
import { retentionFlow } from '../engine/retention/retentionFlow.ts';
import { sweepFlow } from '../engine/sweep/sweepFlow.ts';
import { sweepSettings } from '../engine/sweep/sweepServices.ts';
import { needsOf, partPacks } from '../engine/backup/roundState.ts';
import { restoreLimits } from '../engine/restore/restoreServices.ts';
import { verifySettings } from '../engine/verify/verifyServices.ts';
import { createConnectors } from '../workloads/index.ts';
import { sharedSettings } from './access.ts';
import { backupFlow } from './backupFlow.ts';
import { connectGraphs, groupMembers, isDeadIn, type Graphs, type Wire } from './graphs.ts';
import { membersOf, type MemberOf } from './members.ts';
import { makeProbes } from './probes.ts';
import { roleBook } from './roleBook.ts';
import type { Services } from './services.ts';
import type { Settings } from './settings.ts';
import { verificationFlow } from './verification.ts';

/** Everything that works for one tenant, put together. */
export interface Composed {
  readonly services: Services;
  readonly backup: BackupServices;
  readonly graphs: Graphs;
  readonly memberOf: MemberOf;
  /** Safe mode: nothing is changed, scheduled or destroyed until the records were rebuilt. */
  readonly condition: () => Promise<RecordsCondition>;
}

export interface Parts {
  readonly storage: AzureStorage;
  readonly outerKey: KeyWrapper;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** How each app reaches Microsoft 365; by default over the network. */
  readonly wire?: Wire;
  /** Other limits of the backup flow than the defaults. */
  readonly limits?: Partial<BackupSettings>;
  /** Memory for packs; by default all that this process may use. */
  readonly budget?: MemoryBudget;
  /** Fires when the process is to end. */
  readonly signal: AbortSignal;
}

const NO_WRITE =
  'Restores into Microsoft 365 are not set up: RESTORE_CLIENT_ID and its secret or certificate are missing. Downloads work.';

/** Opens the repository and the records and puts the flows over them. Faults as `openRepository`. */
export async function compose(settings: Settings, parts: Parts): Promise<Composed> {
  const { storage, outerKey, log, clock, random, signal, budget } = parts;
  const ports = { blobs: storage.blobs, tables: storage.tables, random, clock, ...(budget && { budget }) };
  const repository = await openRepository(ports, { vault: outerKey }, settings.tenantId);
  const recordServices = { ...ports, sealer: repository };
  const first = await recoverRecords(recordServices);
  if (first.safeMode) log.error('records.safeMode');
  const whole = safeMode(recordServices, first);
  const records = makeRecords(recordServices, whole);
  const condition = () => whole.condition();

  const graphs = connectGraphs(settings, parts);
  const connectors = createConnectors({
    read: graphs.read,
    ...(graphs.write === undefined ? {} : { write: graphs.write }),
    now: () => clock.now(),
    log,
  });
  const shared = {
    repository,
    records,
    queue: storage.queue,
    clock,
    random,
    log,
    connectors,
  };
  const holder = { holder: settings.holder, isDead: isDeadIn(settings) };
  const jobMs = settings.jobSeconds * 1000;

  const backup: BackupServices = {
    ...shared,
    ...holder,
    groupMembers: (id, stop) => groupMembers(graphs.read, id, stop),
    settings: {
      ...backupSettings,
      ...parts.limits,
      jobMs,
      sliceItems: settings.sliceItems,
      pointItems: settings.pointItems,
    },
    tellsEveryRun: async () => (await sharedSettings(records)).notifications.report === 'always',
    signal,
  };
  const roles = roleBook(records, () => clock.now());
  const memberOf = membersOf(graphs.read, clock);
  const restore = makeRestoreFlow({
    ...shared,
    ...holder,
    tables: storage.tables,
    ...(graphs.write === undefined ? { noWriteAccess: NO_WRITE } : {}),
    people: () => roles.people(),
    rolesNow: (person) => roles.rolesOf(person),
    isActive: async (person) => (await memberOf(person)) !== undefined,
    selfService: async () => (await sharedSettings(records)).selfService,
    limits: { ...restoreLimits, jobMs },
  });
  const keys = keyFlow({ ...ports, tenant: settings.tenantId, outer: outerKey, records, repository });
  const retention = retentionFlow({
    ...shared,
    tables: storage.tables,
    blobs: storage.blobs,
    people: () => roles.people(),
    applyPolicies: () => applyPolicies(backup),
    rotateKeys: keys.rotate,
    isInSafeMode: async () => (await whole.condition()).safeMode,
  });
  const sweep = sweepFlow({
    ...shared,
    blobs: storage.blobs,
    tables: storage.tables,
    housekeeping: repository.housekeeping,
    journal: { needsOf, partPacks },
    promises: (resource) => retention.promises(resource),
    condition: () => recoverRecords(recordServices),
    settings: { ...sweepSettings, jobMs },
    signal,
  });
  const services: Services = {
    ...shared,
    backup: backupFlow(backup, whole),
    restore,
    retention,
    verification: verificationFlow(
      {
        ...shared,
        ...holder,
        ground: recordServices,
        idOf: (...parts) => repository.idOf(...parts),
        ...(graphs.write === undefined ? { noWriteAccess: NO_WRITE } : {}),
        signal,
        settings: { ...verifySettings, jobMs },
      },
      whole,
    ),
    keys,
    sweep,
    roles,
    probes: makeProbes({ settings, storage, outerKey, graphs, connectors, opened: { condition, records } }),
  };
  return { services, backup, graphs, memberOf, condition };
}
