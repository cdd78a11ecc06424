import { Readable } from 'node:stream';
import { apiClient, type ApiClient } from '../../contract/client.ts';
import { applyPolicies } from '../../engine/backup/applyPolicies.ts';
import type { BackupServices } from '../../engine/backup/backupServices.ts';
import { backupSettings } from '../../engine/backup/defaults.ts';
import { needsOf, newRound, partPacks } from '../../engine/backup/roundState.ts';
import type { Connector } from '../../engine/connector.ts';
import {
  instant,
  type ItemId,
  type PointId,
  type PolicyId,
  type ResourceId,
  type RunId,
  type SliceId,
  type UserId,
} from '../../engine/model/ids.ts';
import type { Entry } from '../../engine/model/item.ts';
import { noCounts, type LedgerEntry } from '../../engine/model/ledger.ts';
import type { BackupPolicy } from '../../engine/model/policy.ts';
import type { RestorePoint } from '../../engine/model/point.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import type { RunResource } from '../../engine/model/run.ts';
import { keyFlow } from '../../engine/keys/keyFlow.ts';
import { makeRecords } from '../../engine/records/makeRecords.ts';
import { safeMode } from '../../engine/records/safeMode.ts';
import { recoverRecords } from '../../engine/records/recoverRecords.ts';
import type { Records } from '../../engine/records/records.ts';
import { createRepository, type OpenRepository } from '../../engine/repository/openRepository.ts';
import { makeRestoreFlow } from '../../engine/restore/makeRestoreFlow.ts';
import { retentionFlow } from '../../engine/retention/retentionFlow.ts';
import { sweepFlow } from '../../engine/sweep/sweepFlow.ts';
import { sweepSettings } from '../../engine/sweep/sweepServices.ts';
import { restoreLimits } from '../../engine/restore/restoreServices.ts';
import { memoryBlobStore, type MemoryBlobStore } from '../../engine/testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../../engine/testing/memoryKeyWrapper.ts';
import { memoryQueue } from '../../engine/testing/memoryQueue.ts';
import { memoryTableStore, type MemoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { silentLog } from '../../engine/testing/silentLog.ts';
import { virtualClock, type VirtualClock } from '../../engine/testing/virtualClock.ts';
import { verifySettings } from '../../engine/verify/verifyServices.ts';
import { sharedSettings } from '../access.ts';
import { backupFlow } from '../backupFlow.ts';
import { discovery } from '../http/discovery.ts';
import { makeHandle } from '../http/handle.ts';
import { roleBook } from '../roleBook.ts';
import type { Front, Services } from '../services.ts';
import { verificationFlow } from '../verification.ts';
import { mailStandIn } from './mailStandIn.ts';
import { anna, apiClientId, authorityHost, ben, signInService, tenantId, type SignInService } from './people.ts';

/** What a test says of an item; `parent` names a folder given before it. */
export interface Thing {
  readonly name: string;
  readonly parent?: string;
  readonly isFolder?: boolean;
  readonly content?: string | Uint8Array;
  readonly receivedAt?: string;
  readonly from?: string;
}

/** What a run saw that this restore point belongs to. */
export interface Ledger {
  readonly run: RunId;
  readonly lines: readonly LedgerEntry[];
}

/** A call as a stranger could make it. */
export interface Asking {
  readonly token?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiWorld {
  readonly clock: VirtualClock;
  readonly signIn: SignInService;
  readonly services: Services;
  /** What timers hand to engine/backup. */
  readonly backup: BackupServices;
  readonly blobs: MemoryBlobStore;
  readonly tables: MemoryTableStore;
  readonly log: ReturnType<typeof silentLog>;
  readonly mail: Readonly<Record<'anna' | 'ben', ProtectedResource>>;
  readonly policy: BackupPolicy;
  /** Publishes a restore point that holds what was there before and these. */
  publish(
    resource: ProtectedResource,
    things: readonly Thing[],
    gone?: readonly string[],
    ledger?: Ledger,
  ): Promise<RestorePoint>;
  itemId(resource: ProtectedResource, name: string): ItemId;
  send(path: string, asking?: Asking): Promise<Response>;
  client(token: string): ApiClient;
}

/** The whole API over memory: real repository, records, restore flow and token checks; Microsoft 365 is a stand-in. */
export async function apiWorld(): Promise<ApiWorld> {
  const clock = virtualClock({ startAt: '2026-06-01T08:00:00.000Z' });
  const random = seededRandom('api');
  const blobs = memoryBlobStore({ clock });
  const tables = memoryTableStore();
  const queue = memoryQueue({ clock });
  const log = silentLog();
  const signIn = await signInService(() => clock.now());
  const ports = { blobs, tables, random, clock };
  const outer = memoryKeyWrapper('vault');
  const repository = await createRepository(ports, { vault: outer }, tenantId);
  const recordServices = { tables, blobs, sealer: repository, clock, random };
  await recoverRecords(recordServices);
  const whole = safeMode(recordServices);
  const records = makeRecords(recordServices, whole);
  const keys = keyFlow({ ...ports, tenant: tenantId, outer, records, repository });
  const connectors = new Map<string, Connector>([['mail', mailStandIn]]);
  const backup: BackupServices = {
    repository,
    records,
    queue,
    clock,
    random,
    log,
    connectors,
    groupMembers: async () => new Set(),
    settings: backupSettings,
    tellsEveryRun: async () => false,
    holder: 'test',
    isDead: () => true,
    signal: new AbortController().signal,
  };
  const roles = roleBook(records, () => clock.now());
  const services: Services = {
    clock,
    random,
    log,
    repository,
    records,
    connectors,
    backup: backupFlow(backup, whole),
    restore: makeRestoreFlow({
      repository,
      records,
      tables,
      queue,
      clock,
      random,
      log,
      connectors,
      people: () => roles.people(),
      rolesNow: (person) => roles.rolesOf(person),
      isActive: async () => true,
      selfService: async () => (await sharedSettings(records)).selfService,
      holder: 'test',
      isDead: () => true,
      limits: restoreLimits,
    }),
    retention: retentionFlow({
      repository,
      records,
      tables,
      blobs,
      queue,
      clock,
      random,
      log,
      people: () => roles.people(),
      applyPolicies: () => applyPolicies(backup),
      rotateKeys: keys.rotate,
      isInSafeMode: async () => (await whole.condition()).safeMode,
    }),
    sweep: sweepFlow({
      housekeeping: repository.housekeeping,
      journal: { needsOf, partPacks },
      records,
      tables,
      blobs,
      queue,
      clock,
      random,
      log,
      promises: async () => new Map(),
      condition: () => whole.condition(),
      settings: sweepSettings,
      signal: new AbortController().signal,
    }),
    keys,
    verification: verificationFlow(
      {
        repository,
        records,
        ground: recordServices,
        queue,
        clock,
        random,
        log,
        connectors,
        idOf: (...parts) => repository.idOf(...parts),
        holder: 'test',
        isDead: () => true,
        signal: new AbortController().signal,
        settings: verifySettings,
      },
      whole,
    ),
    roles,
    probes: {
      permissions: async () => [
        { app: 'backup', permission: 'Mail.Read', workload: 'mail', state: 'granted', call: 'GET /users' },
      ],
      dependencies: async () => [{ name: 'storage', state: 'works', detail: 'A blob was written, read and removed.' }],
    },
  };
  const front: Front = {
    settings: {
      tenantId,
      api: { clientId: apiClientId, consoleClientId: apiClientId, allowedClients: new Set([apiClientId]) },
    },
    version: '0.0.0-test',
    clock,
    random,
    log,
    authority: discovery(authorityHost, tenantId, { now: () => clock.now(), fetch: signIn.fetch }),
    browserAuthority: discovery(authorityHost, tenantId, { now: () => clock.now(), fetch: signIn.fetch }),
    open: async () => services,
  };
  const handle = makeHandle(front);
  const send: ApiWorld['send'] = async (path, { token, method = 'GET', body, headers = {} } = {}) => {
    const answer = await handle({
      method,
      url: `https://console.example${path}`,
      headers: new Headers({ ...headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) }),
      body: body === undefined ? null : oneOf(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
    });
    return new Response(
      answer.body === undefined || typeof answer.body === 'string'
        ? (answer.body ?? null)
        : (Readable.toWeb(Readable.from(answer.body)) as ReadableStream<Uint8Array>),
      {
        status: answer.status,
        headers: answer.headers,
      },
    );
  };

  const policy = await firstPolicy(records, clock);
  const mail = { anna: mailbox(repository, anna, 'Anna Berg', clock), ben: mailbox(repository, ben, 'Ben Ode', clock) };
  for (const resource of Object.values(mail)) await records.resources.put({ ...resource, policyId: policy.id });
  return {
    clock,
    signIn,
    services,
    backup,
    blobs,
    tables,
    log,
    mail,
    policy,
    publish: (resource, things, gone = [], ledger) =>
      publish({ repository, records, random, clock }, resource, things, gone, ledger),
    itemId: (resource, name) => itemIdOf(repository, resource, name),
    send,
    client: (token) =>
      apiClient({
        baseUrl: '/api',
        token: async () => token,
        fetch: async (input, init = {}) =>
          send(input instanceof Request ? input.url : `${input}`, {
            method: init.method ?? 'GET',
            headers: Object.fromEntries(new Headers(init.headers)),
            ...(typeof init.body === 'string' ? { body: init.body } : {}),
          }),
      }),
  };
}

const itemIdOf = (repository: OpenRepository, resource: ProtectedResource, name: string): ItemId =>
  repository.idOf(resource.workload, resource.sourceId, name) as ItemId;

const mailbox = (repository: OpenRepository, owner: string, name: string, clock: VirtualClock): ProtectedResource => ({
  id: repository.idOf('mail', owner) as ResourceId,
  workload: 'mail',
  kind: 'user',
  sourceId: owner,
  name,
  address: `${name.split(' ')[0]?.toLowerCase() ?? ''}@contoso.example`,
  ownerId: owner as UserId,
  state: 'protected',
  firstSeenAt: instant(clock.now()),
});

async function firstPolicy(records: Records, clock: VirtualClock): Promise<BackupPolicy> {
  const policy: BackupPolicy = {
    id: 'c'.repeat(32) as PolicyId,
    name: 'Everything',
    enabled: true,
    order: 0,
    scope: { include: [{ kind: 'all' }], exclude: [], workloads: ['mail'], autoInclude: true },
    schedule: { everyHours: 12 },
    retention: { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1 },
    keepGoneDays: 365,
    options: {},
    createdAt: instant(clock.now()),
    createdBy: 'system',
  };
  await records.policies.create(policy);
  return policy;
}

interface Publishing {
  readonly records: Records;
  readonly repository: OpenRepository;
  readonly random: ReturnType<typeof seededRandom>;
  readonly clock: VirtualClock;
}

/** One round as a job does it: content, slice, head, point, catalog. */
async function publish(
  { repository, records, random, clock }: Publishing,
  resource: ProtectedResource,
  things: readonly Thing[],
  gone: readonly string[],
  ledger?: Ledger,
): Promise<RestorePoint> {
  const newId = () => Buffer.from(random.bytes(16)).toString('hex');
  const runId = ledger?.run ?? (newId() as RunId);
  const now = instant(clock.now());
  const head = await repository.points.takeFence(resource.id, {
    holder: 'test',
    run: runId,
    now,
    aliveMs: 0,
    isDead: () => true,
  });
  if (head === undefined) throw new Error('The fence was not given');
  const writer = repository.packWriter();
  const entries: Entry[] = [];
  for (const thing of things) {
    const content = thing.content === undefined ? undefined : Buffer.from(thing.content);
    const stream = content === undefined ? undefined : await writer.store('original', 'binary', oneOf(content));
    const meta = await writer.store('meta', 'text', oneOf(Buffer.from(JSON.stringify({ subject: thing.name }))));
    entries.push({
      id: itemIdOf(repository, resource, thing.name),
      sourceId: `source-${entries.length}`,
      ...(thing.parent === undefined ? {} : { parentId: itemIdOf(repository, resource, thing.parent) }),
      name: thing.name,
      kind: thing.isFolder === true ? 'mailFolder' : 'message',
      container: thing.isFolder === true,
      size: content?.byteLength ?? 0,
      ...(thing.receivedAt === undefined ? {} : { receivedAt: thing.receivedAt }),
      ...(thing.from === undefined ? {} : { from: thing.from }),
      versionTag: newId(),
      ...(stream === undefined ? {} : { sha256: stream.sha256 }),
      streams: stream === undefined ? [meta] : [stream, meta],
    });
  }
  const packs = await writer.flush();
  const id = newId() as SliceId;
  // As a job leaves it at the end of its round: the next job, and the sweep, read it.
  const round = newRound(runId, now, undefined, undefined, true);
  const base = head.newestPoint === undefined ? {} : { base: head.newestPoint };
  const slice = {
    id,
    resourceId: resource.id,
    runId,
    fence: head.fence,
    step: head.step + 1,
    ...(head.headSlice === undefined ? {} : { predecessor: head.headSlice }),
    committedAt: now,
    entries,
    removals: gone.map((name) => itemIdOf(repository, resource, name)),
    ledger: ledger?.lines ?? [],
    pending: [],
    packs,
    state: { ...round, ...base, listed: true, since: [id] },
  };
  await repository.putSlice(slice);
  const committed = await repository.points.commit(head, { headSlice: slice.id, step: slice.step });
  const { point } = await repository.points.publish(committed, {
    id: newId() as PointId,
    runId,
    window: { from: now, to: now },
    slices: [slice.id],
    removals: [],
    status: 'complete',
    missing: [],
    counts: noCounts,
  });
  await repository.catalog.apply(resource.id, point.id);
  if (ledger !== undefined) {
    const counts = { ...noCounts, listed: ledger.lines.length, failed: ledger.lines.length };
    const row: RunResource = {
      runId,
      resourceId: resource.id,
      state: 'done',
      status: 'partial',
      counts,
      firstSlice: slice.id,
      lastSlice: slice.id,
      pointId: point.id,
      heartbeatAt: now,
    };
    await records.runs.resources.plan(runId, [row]);
  }
  await clock.advance(60_000);
  return point;
}

async function* oneOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
