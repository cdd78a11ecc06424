import assert from 'node:assert/strict';
import tls from 'node:tls';
import { allPages } from '../../engine/backup/allPages.ts';
import type { BackupNudge, BackupServices } from '../../engine/backup/backupServices.ts';
import { backupSettings } from '../../engine/backup/defaults.ts';
import { onBackupNudge } from '../../engine/backup/nudges.ts';
import { readRunLedger } from '../../engine/backup/runLedger.ts';
import { startPolicyRun } from '../../engine/backup/startRun.ts';
import { everything } from '../../engine/backup/testing/backupWorld.ts';
import type { Entry } from '../../engine/model/item.ts';
import { isBalanced } from '../../engine/model/ledger.ts';
import type { PolicyId, RequestId, ResourceId, UserId } from '../../engine/model/ids.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import type { Destination, RestoreRequest } from '../../engine/model/restoreRequest.ts';
import type { Run } from '../../engine/model/run.ts';
import type { Clock } from '../../engine/ports/clock.ts';
import { makeRecords } from '../../engine/records/makeRecords.ts';
import { memoryBudget } from '../../engine/repository/memoryBudget.ts';
import { createRepository } from '../../engine/repository/openRepository.ts';
import { makeRestoreFlow } from '../../engine/restore/makeRestoreFlow.ts';
import type { Actor } from '../../engine/restore/restoreFlow.ts';
import { restoreLimits } from '../../engine/restore/restoreServices.ts';
import { memoryBlobStore } from '../../engine/testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../../engine/testing/memoryKeyWrapper.ts';
import { memoryQueue } from '../../engine/testing/memoryQueue.ts';
import { memoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { silentLog } from '../../engine/testing/silentLog.ts';
import { createGraph, createPacing, type GraphConnection } from '../../graph/index.ts';
import { createConnectors } from '../../workloads/index.ts';
import { type ForeignTenant, startForeignTenant } from './foreignTenant.ts';
import { assertSameSet, inParallel } from './harness.ts';
import { type RudeGraph, startRudeGraph } from './rudeGraph.ts';
import { TenantControl } from './tenantControl.ts';

const ADMIN: Actor = { id: 'admin' as UserId, name: 'Ada Admin', roles: ['Backup.Admin'] };
const APPROVER: Actor = { id: 'jo' as UserId, name: 'Jo Approver', roles: ['Backup.Approver'] };
const POLICY = 'ab'.repeat(16) as PolicyId;
/** More nudges than any work here needs. */
const MOST_NUDGES = 3_000;

/** Waits take no time: the clock jumps over them. */
function hurriedClock(): Clock & { jumpTo(time: number): void } {
  let ahead = 0;
  const clock = {
    now: () => Date.now() + ahead,
    sleep: (ms: number) => {
      ahead += ms;
      return new Promise<void>((resolve) => setImmediate(resolve));
    },
    jumpTo: (time: number) => void (ahead += Math.max(0, time - clock.now())),
  };
  return clock;
}

/** Engine, workloads and Graph client in this process, on stores in memory, before a Graph of another make. */
export interface RudeWorld {
  readonly rude: RudeGraph;
  readonly tenant: TenantControl;
  readonly foreign: ForeignTenant;
  /** A run of everything, to its end. */
  backUp(): Promise<Run>;
  /** Fails unless the newest points hold what the tenant holds: the same items, once, with the same bytes. */
  assertSame(): Promise<void>;
  /** Fails unless the run is complete, every item of it is in one class, and all is there. */
  assertWhole(run: Run): Promise<void>;
  resource(workload: 'mail' | 'drive', alias: string): Promise<ProtectedResource>;
  restore(
    resourceId: ResourceId,
    destination: Destination,
  ): Promise<{ readonly request: RestoreRequest; readonly results: readonly { readonly outcome?: string }[] }>;
  /** Names of the items that failed and of the resources that are not complete, with their status. */
  namesOf(run: Run): Promise<{ readonly items: readonly string[]; readonly resources: readonly string[] }>;
  whatWasWrong(run: Run): Promise<string>;
  stop(): Promise<void>;
}

export async function rudeWorld(seed: string, letters: string): Promise<RudeWorld> {
  const foreign = await startForeignTenant();
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), foreign.tenant.ca]);
  const rude = await startRudeGraph(foreign, { seed, letters });
  const tenant = new TenantControl(foreign.tenant.controlUrl);
  const clock = hurriedClock();
  const log = silentLog();
  const random = seededRandom(seed);
  const [read, write] = [foreign.tenant.apps.backup, foreign.tenant.apps.restore].map((app) =>
    createGraph({
      endpoint: rude.settings['GRAPH_ENDPOINT'] ?? '',
      authorityHost: rude.settings['AUTHORITY_HOST'] ?? '',
      tenantId: foreign.tenant.tenantId,
      clientId: app.clientId,
      credential: { kind: 'secret', secret: app.secret ?? '' },
      contentHosts: [rude.settings['CONTENT_HOSTS'] ?? ''],
      pacing: createPacing({ clock, clientId: app.clientId, holder: 'here' }),
      clock,
      log,
    }),
  ) as [GraphConnection, GraphConnection];
  const blobs = memoryBlobStore({ clock });
  const tables = memoryTableStore();
  const queue = memoryQueue({ clock });
  const ports = { blobs, tables, random, clock, budget: memoryBudget(96 * 1024 * 1024) };
  const repository = await createRepository(ports, { vault: memoryKeyWrapper('vault') }, 'contoso');
  const records = makeRecords({ ...ports, sealer: repository });
  const shared = {
    repository,
    records,
    queue,
    clock,
    random,
    log,
    connectors: createConnectors({ read, write, now: () => clock.now(), log }),
    holder: 'here',
    isDead: (other: string) => other !== 'here',
  };
  const services: BackupServices = {
    ...shared,
    groupMembers: () => Promise.resolve(new Set()),
    settings: { ...backupSettings, sliceItems: 40 },
    tellsEveryRun: () => Promise.resolve(false),
    signal: new AbortController().signal,
  };
  const flow = makeRestoreFlow({
    ...shared,
    tables,
    people: () => Promise.resolve({ admins: ['admin'], approvers: ['jo'] }),
    selfService: () => Promise.resolve({ enabled: true, download: true }),
    rolesNow: (person) => Promise.resolve([ADMIN, APPROVER].find(({ id }) => id === person)?.roles),
    isActive: () => Promise.resolve(true),
    limits: restoreLimits,
  });
  await records.policies.create({
    ...everything(POLICY, 'mail'),
    scope: { include: [{ kind: 'all' }], exclude: [], workloads: ['mail', 'drive'], autoInclude: true },
  });

  /** Hands nudges to their handlers until none is left; jumps over waits. */
  const work = async (): Promise<void> => {
    const names = ['backup', 'history', 'restore'] as const;
    for (let nudges = 0; nudges < MOST_NUDGES;) {
      const taken = names.flatMap((name) => queue.take(name).map((message) => ({ name, message })));
      await inParallel(taken, 8, async ({ name, message }) => {
        nudges += 1;
        if (name === 'restore') await flow.onNudge((message.message as { requestId: RequestId }).requestId);
        else await onBackupNudge(services, message.message as BackupNudge, name);
        message.done();
      });
      if (taken.length > 0) continue;
      const due = names.flatMap((name) => queue.dump(name).map(({ dueAt }) => dueAt));
      if (due.length === 0) return;
      clock.jumpTo(Math.min(...due));
    }
    throw new Error(`The work does not end: ${JSON.stringify(log.lines.slice(-10))}`);
  };

  const resources = () => Array.fromAsync(allPages((pageToken) => records.resources.list({}, pageToken)));

  const stored = async (): Promise<Entry[]> => {
    const found: Entry[] = [];
    for (const { id, state } of await resources()) {
      if (state !== 'protected') continue;
      const point = await repository.points.find(id, 'latest');
      const reader = await repository.points.open(id, point.id);
      for await (const entry of reader.entries()) if (!entry.container) found.push(entry);
    }
    return found;
  };

  const rowsOf = (run: Run) => Array.fromAsync(allPages((token) => records.runs.resources.list(run.id, token)));
  const incompleteOf = async (run: Run) => (await rowsOf(run)).filter(({ status }) => status !== 'complete');
  const failedOf = async (run: Run) => {
    const ledger = await Array.fromAsync(
      allPages((pageToken) => readRunLedger(services, run.id, { limit: 100, ...(pageToken && { pageToken }) })),
    );
    return ledger.filter(({ outcome }) => outcome === 'failed');
  };
  const world: RudeWorld = {
    rude,
    tenant,
    foreign,
    async backUp() {
      const id = await startPolicyRun(services, POLICY, 'schedule');
      await work();
      const run = (await records.runs.get(id))?.value;
      assert.ok(run);
      return run;
    },
    async assertSame() {
      const [messages, files] = await Promise.all([tenant.messages(), tenant.files()]);
      const entries = await stored();
      assertSameSet(
        entries.map((entry) => [rude.ids.real(entry.sourceId), entry.sha256]),
        [
          ...messages.filter(({ folder }) => folder !== '').map((message) => [message.immutableId, message.sha256]),
          ...files.filter(({ folder }) => !folder).map((file) => [file.id, file.sha256]),
        ],
      );
    },
    async assertWhole(run) {
      assert.equal(run.status, 'complete', await world.whatWasWrong(run));
      for (const { counts } of await rowsOf(run)) assert.ok(isBalanced(counts), JSON.stringify(counts));
      await world.assertSame();
    },
    async resource(workload, alias) {
      const { id } = await tenant.user(alias);
      const found = (await resources()).find(
        (one) => one.workload === workload && rude.ids.real(one.ownerId ?? '').toLowerCase() === id.toLowerCase(),
      );
      assert.ok(found, `${alias} has a ${workload}`);
      return found;
    },
    async restore(resourceId, destination) {
      const wish = { selection: { resourceId }, destination, conflict: 'keepBoth' as const, includePermissions: false };
      const { id } = await flow.create(ADMIN, { ...wish, reason: 'it was lost' });
      await work();
      const { state } = await flow.run(ADMIN, id);
      if (state === 'waiting') await flow.approve(APPROVER, id);
      await work();
      return {
        request: await flow.get(ADMIN, id),
        results: await Array.fromAsync(allPages((token) => flow.results(ADMIN, id, token))),
      };
    },
    async namesOf(run) {
      const names = new Map((await resources()).map(({ id, name }) => [id, name]));
      const rows = await incompleteOf(run);
      return {
        items: (await failedOf(run)).map(({ name }) => name ?? ''),
        resources: rows.map(({ resourceId, status }) => `${names.get(resourceId)} ${status}`).toSorted(),
      };
    },
    async whatWasWrong(run) {
      const warnings = log.lines.filter(({ level }) => level !== 'info').slice(-10);
      const lines = [run, ...(await incompleteOf(run)), ...(await failedOf(run)), ...warnings];
      return lines.map((line) => JSON.stringify(line)).join('\n');
    },
    async stop() {
      await Promise.all([read.close(), write.close()]);
      await rude.stop();
      await foreign.stop();
    },
  };
  return world;
}
