import { Fault } from '../../engine/fault.ts';
import type { PointId, ResourceId, RunId } from '../../engine/model/ids.ts';
import { makeRecords } from '../../engine/records/makeRecords.ts';
import { recoverRecords } from '../../engine/records/recoverRecords.ts';
import type { Records } from '../../engine/records/records.ts';
import { safeMode } from '../../engine/records/safeMode.ts';
import { readKeys } from '../../engine/repository/openKeys.ts';
import { openForRecovery, openRepository } from '../../engine/repository/openRepository.ts';
import type { OpenRepository } from '../../engine/repository/openRepository.ts';
import type { PointReader } from '../../engine/repository/repository.ts';
import { makeRestoreFlow } from '../../engine/restore/makeRestoreFlow.ts';
import { restoreLimits } from '../../engine/restore/restoreServices.ts';
import { admin } from '../../engine/restore/testing/restoreBench.ts';
import { scriptedPlace } from '../../engine/restore/testing/scriptedPlace.ts';
import { checkRecords } from '../../engine/verify/checkRecords.ts';
import type { MemoryBlobStore } from '../../engine/testing/memoryBlobStore.ts';
import { memoryQueue } from '../../engine/testing/memoryQueue.ts';
import type { MemoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { silentLog } from '../../engine/testing/silentLog.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';
import { tenant } from './deployment.ts';
import type { Deployment, ShownPoints } from './deployment.ts';

/** Something that the product said about what is stored. `defect`: an error that is no Fault. */
export interface Notice {
  readonly part: string;
  readonly kind: string;
  readonly text: string;
}

/** One item of one restore point. */
export type Held = `${PointId}/${string}`;

export interface Observed {
  readonly notices: readonly Notice[];
  /** Everything that the product shows and gives out, in words that are equal when it is. */
  readonly facts: ReadonlyMap<string, string>;
  /** What reached the place that a restore writes to. */
  readonly given: readonly string[];
  /** Items of points that can be read, every byte. */
  readonly readable: ReadonlySet<Held>;
  /** Ids of the items that verification named. */
  readonly named: ReadonlySet<string>;
}

export type Stores = { readonly blobs: MemoryBlobStore; readonly tables: MemoryTableStore };

/** Opens storage with the shipped code, reads all of it, verifies it and restores from it. */
export async function observe(stores: Stores, deployment: Deployment): Promise<Observed> {
  const notices: Notice[] = [];
  const facts = new Map<string, string>();
  const given: string[] = [];
  const readable = new Set<Held>();
  const named = new Set<string>();
  const part = async (name: string, look: () => Promise<unknown>): Promise<boolean> => {
    try {
      facts.set(name, JSON.stringify(await look()) ?? '');
      return true;
    } catch (error) {
      // What people are told; where a defect comes from is for whoever mends it.
      if (error instanceof Fault) notices.push({ part: name, kind: error.kind, text: error.message });
      else
        notices.push({ part: name, kind: 'defect', text: error instanceof Error ? `${error.stack}` : String(error) });
      return false;
    }
  };
  const { vault, recovery, resources, now } = deployment;
  const clock = virtualClock({ startAt: new Date(now).toISOString() });
  const random = seededRandom('observer');
  const ports = { ...stores, random, clock };

  await part('recovery key', async () => {
    await readKeys(stores.blobs, { recovery }, tenant);
    const rescue = await openForRecovery(stores.blobs, { recovery });
    const found: unknown[] = [];
    for await (const point of rescue.pointsFromBlobs()) {
      if (point.kind === 'broken') throw point.fault;
      found.push([point.id, await contentOf(rescue, point.reader)]);
    }
    return found;
  });
  const opened: { repository?: OpenRepository } = {};
  const opens = await part('open', async () => {
    opened.repository = await openRepository(ports, { vault }, tenant);
  });
  const { repository } = opened;
  if (!opens || repository === undefined) return { notices, facts, given, readable, named };

  for (const [index, resource] of resources.entries()) {
    await part(`points ${index}`, () => pointsOf(repository, resource));
    await part(`content ${index}`, async () => {
      const { points } = await repository.points.list(resource);
      return Promise.all(
        points.map(async ({ id }) => contentOf(repository, await repository.points.open(resource, id))),
      );
    });
    await part(`catalog ${index}`, () => catalogOf(repository, resource));
    await part(`damage ${index}`, async () => {
      const [lost] = await repository.damage.unreadable(resource);
      if (lost !== undefined) throw new Fault('corrupt', `resources/${resource}/lost/item/${lost} is damaged`);
      return [await Array.fromAsync(repository.damage.items(resource)), await repository.damage.points(resource)];
    });
    await part(`head ${index}`, async () => {
      // Who is at it and until when, and how far the catalog follows, are notes between workers; nobody is shown them.
      const { resourceId, fence, step, headSlice, newestPoint } = await repository.points.head(resource);
      return [
        { resourceId, fence, step, newestPoint },
        headSlice === undefined ? 'none' : await repository.openSlice(resource, headSlice),
      ];
    });
  }
  for (const ofResource of deployment.shown)
    for await (const item of readableOf(repository, ofResource)) readable.add(item);
  await part('damage', () => Array.fromAsync(repository.damage.counts()));
  const recordServices = { ...ports, sealer: repository };
  const condition = await recoverRecords(recordServices).catch(() => ({ safeMode: false }) as const);
  if (condition.safeMode) notices.push({ part: 'records', kind: condition.lacking, text: condition.reason });
  const records = makeRecords(recordServices, safeMode(recordServices, condition));
  for (const [name, look] of Object.entries(recordParts)) await part(name, () => look(records));
  await part('verify', async () => {
    for (const { kind, object, detail } of await checkRecords(recordServices, records.audit))
      notices.push({ part: 'verify', kind, text: `${object}: ${detail}` });
    const plan = { level: 'full', share: 1, seed: 'tamper' } as const;
    const steps = repository.verifier.steps(plan, { step: 'keys' }, { resources, suspects: [] });
    for await (const { findings } of steps) {
      for (const { kind, object, detail, item } of findings) {
        notices.push({ part: 'verify', kind, text: `${object}: ${detail} ${item?.name ?? ''}` });
        if (item !== undefined) named.add(item.id);
      }
    }
  });
  if (!condition.safeMode) {
    for (const resource of resources) given.push(...(await restoreWhole(ports, repository, records, resource)));
  }
  facts.set('given', JSON.stringify(given.toSorted()));
  return { notices, facts, given, readable, named };
}

async function pointsOf(repository: OpenRepository, resource: ResourceId): Promise<unknown> {
  return (await repository.points.list(resource)).points;
}

async function contentOf(from: Pick<OpenRepository, 'readStream'>, reader: PointReader): Promise<unknown> {
  const found: unknown[] = [reader.point, reader.missing, reader.cursor];
  for await (const entry of reader.entries()) {
    const { streams, ...rest } = entry;
    const bytes = await Promise.all(
      streams.map(async (stream) => Buffer.concat(await Array.fromAsync(from.readStream(stream))).toString('base64')),
    );
    found.push([rest, bytes, (await reader.path(entry.id)).map(({ name }) => name)]);
  }
  return found;
}

/** Each item of each of these points, where everything that makes it up can be read. */
async function* readableOf(repository: OpenRepository, { resource, points }: ShownPoints): AsyncGenerator<Held> {
  for (const point of points) {
    try {
      for await (const { id, streams } of (await repository.points.open(resource, point)).entries()) {
        const reading = Promise.all(streams.map((stream) => Array.fromAsync(repository.readStream(stream))));
        const isWhole = reading.then(
          () => true,
          () => false,
        );
        if (await isWhole) yield `${point}/${id}`;
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
}

async function catalogOf(repository: OpenRepository, resource: ResourceId): Promise<unknown> {
  const ids = new Set<string>();
  const { points } = await repository.points.list(resource);
  for (const { id } of points)
    for await (const entry of (await repository.points.open(resource, id)).entries()) ids.add(entry.id);
  const versions = await Promise.all([...ids].map((id) => repository.catalog.versions(resource, id as never)));
  return [versions, await repository.catalog.deleted(resource)];
}

const recordParts: Readonly<Record<string, (records: Records) => Promise<unknown>>> = {
  policies: async ({ policies }) => (await policies.list()).map(({ value }) => value),
  settings: async ({ settings }) => [(await settings.get('notifications'))?.value, (await settings.get('keys'))?.value],
  holds: async ({ holds }) => (await holds.list()).map(({ value }) => value),
  brakes: async ({ brakes }) => (await brakes.list()).map(({ value }) => value),
  waitingChanges: async ({ waitingChanges }) => (await waitingChanges.list()).map(({ value }) => value),
  inspections: async ({ inspections }) => [
    (await inspections.list('verify')).value.map(({ value }) => value),
    (await inspections.evidence.list('inspection-1')).value,
  ],
  audit: async ({ audit }) => (await audit.list()).value,
  resources: async ({ resources }) => {
    const all = await resources.list();
    if (all.unreadable.length > 0) throw new Fault('corrupt', `records/resources/${all.unreadable.join()} is damaged`);
    return [all.value, (await resources.list({ workload: 'mail', state: 'protected' })).value];
  },
  runs: async ({ runs }) => {
    const all = (await runs.list()).value;
    return [all, await Promise.all(all.map(async ({ id }) => (await runs.get(id))?.value))];
  },
  openRuns: async ({ runs }) => (await runs.open()).map(({ value }) => value),
  run: async ({ runs }) => (await runs.get('a'.repeat(32) as RunId))?.value,
  requests: async ({ requests }) => {
    const page = await requests.list();
    if (page.unreadable.length > 0) throw new Fault('corrupt', `request:${page.unreadable.join()} is damaged`);
    const journals = await Promise.all(page.value.map(({ id }) => requests.journal.list(id)));
    return [page.value, journals];
  },
  outbox: async ({ outbox }) => {
    const all = await outbox.list();
    const lost = all.find(({ message }) => message === undefined);
    if (lost !== undefined) throw new Fault('corrupt', `outbox/${lost.id} is damaged`);
    return all;
  },
};

/** Everything of the newest point, restored the way a person's wish is; what arrives is handed back. */
async function restoreWhole(
  ports: Stores & Pick<Parameters<typeof makeRestoreFlow>[0], 'clock' | 'random'>,
  repository: OpenRepository,
  records: Records,
  resource: ResourceId,
): Promise<readonly string[]> {
  const place = scriptedPlace();
  const queue = memoryQueue({ clock: ports.clock });
  const flow = makeRestoreFlow({
    ...ports,
    repository,
    records,
    queue,
    log: silentLog(),
    connectors: new Map([['mail', place.connector]]),
    people: async () => ({ admins: ['admin'], approvers: [] }),
    selfService: async () => ({ enabled: true, download: true }),
    rolesNow: async () => admin.roles,
    isActive: async () => true,
    holder: 'observer',
    isDead: () => true,
    limits: restoreLimits,
  });
  try {
    const made = await flow.create(admin, {
      selection: { resourceId: resource },
      destination: { kind: 'original' },
      conflict: 'keepBoth',
      includePermissions: false,
      reason: 'looking',
    });
    await work(flow, queue);
    await flow.run(admin, made.id);
    await work(flow, queue);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  return place.objects.map(({ bytes }) => bytes);
}

async function work(flow: ReturnType<typeof makeRestoreFlow>, queue: ReturnType<typeof memoryQueue>): Promise<void> {
  for (let delivered = 0; delivered < 20; delivered++) {
    const [nudge] = queue.take('restore', 1);
    if (nudge === undefined) return;
    await flow.onNudge((nudge.message as { requestId: never }).requestId);
    nudge.done();
  }
}
