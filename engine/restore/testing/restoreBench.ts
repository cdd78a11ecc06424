import type { Counts } from '../../model/ledger.ts';
import { noCounts } from '../../model/ledger.ts';
import type { Entry } from '../../model/item.ts';
import { instant } from '../../model/ids.ts';
import type { ItemId, PointId, RequestId, ResourceId, RunId, SliceId, UserId } from '../../model/ids.ts';
import type { ProtectedResource } from '../../model/resource.ts';
import { makeRecords } from '../../records/makeRecords.ts';
import { createRepository, openRepository } from '../../repository/openRepository.ts';
import type { OpenRepository } from '../../repository/openRepository.ts';
import type { Slice } from '../../repository/repository.ts';
import type { Boundary } from '../../testing/boundary.ts';
import { memoryBlobStore } from '../../testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../../testing/memoryKeyWrapper.ts';
import { memoryQueue } from '../../testing/memoryQueue.ts';
import { memoryTableStore } from '../../testing/memoryTableStore.ts';
import { seededRandom } from '../../testing/seededRandom.ts';
import { silentLog } from '../../testing/silentLog.ts';
import { virtualClock } from '../../testing/virtualClock.ts';
import { makeRestoreFlow } from '../makeRestoreFlow.ts';
import type { Role } from '../../model/restoreRequest.ts';
import type { Actor, RestoreFlow } from '../restoreFlow.ts';
import { restoreLimits } from '../restoreServices.ts';
import type { RestoreServices } from '../restoreServices.ts';
import { scriptedPlace } from './scriptedPlace.ts';

export const anna: Actor = { id: 'anna' as UserId, name: 'Anna Berg', roles: [] };
export const admin: Actor = { id: 'admin' as UserId, name: 'Ada Admin', roles: ['Backup.Admin'] };
export const approver: Actor = { id: 'jo' as UserId, name: 'Jo Approver', roles: ['Backup.Approver'] };

/** A tenant of two mailboxes with one restore point each, and a place to give things back to. */
export async function restoreBench(
  mails: readonly string[] = ['one', 'two', 'three'],
  limits: Partial<RestoreServices['limits']> = {},
  /** How old each mail is, by its number; the mailbox shows the youngest first. */
  minutesOld: (number: number) => number = (number) => number,
) {
  const clock = virtualClock();
  const blobs = memoryBlobStore({ clock });
  const tables = memoryTableStore();
  const queue = memoryQueue({ clock });
  const random = seededRandom(7);
  const log = silentLog();
  const place = scriptedPlace();
  const wrapper = memoryKeyWrapper();
  const repository = await createRepository({ blobs, tables, random, clock }, { vault: wrapper }, 'tenant');
  const records = makeRecords({ blobs, tables, clock, random, sealer: repository });
  const mailbox = await protect(repository, 'anna', mails);
  const other = await protect(repository, 'ben', ['hello from ben']);

  async function protect(into: OpenRepository, owner: string, bodies: readonly string[]): Promise<ProtectedResource> {
    const resource: ProtectedResource = {
      id: into.idOf('mail', owner) as ResourceId,
      workload: 'mail',
      kind: 'user',
      sourceId: owner,
      ownerId: owner as UserId,
      name: owner === 'anna' ? 'Anna Berg' : 'Ben Ode',
      state: 'protected',
      firstSeenAt: instant(clock.now()),
    };
    await records.resources.put(resource);
    const writer = into.packWriter();
    const inbox = into.idOf('mail', owner, 'inbox') as ItemId;
    const entries: Entry[] = [
      {
        id: inbox,
        sourceId: 'inbox',
        name: 'Posteingang',
        kind: 'mailFolder',
        container: true,
        size: 0,
        role: 'inbox',
        versionTag: '1',
        streams: [],
      },
    ];
    for (const [index, body] of bodies.entries()) {
      const original = await writer.store('original', 'mime', once(body));
      entries.push({
        id: into.idOf('mail', owner, String(index)) as ItemId,
        sourceId: String(index),
        parentId: inbox,
        name: `${body.split(' ')[0] ?? ''} ${index}`,
        kind: 'message',
        container: false,
        size: body.length,
        receivedAt: instant(clock.now() - minutesOld(index) * 60_000),
        versionTag: '1',
        sha256: original.sha256,
        streams: [original],
      });
    }
    const packs = await writer.flush();
    await publish(resource, { entries, packs });
    return resource;
  }

  /** The next restore point of a mailbox, one minute later, as a backup makes it: shown in the catalog too. */
  async function publish(
    { id: resourceId }: ProtectedResource,
    { entries = [], packs = [], removals = [] }: Partial<Pick<Slice, 'entries' | 'packs' | 'removals'>>,
  ): Promise<void> {
    await clock.advance(60_000);
    const now = instant(clock.now());
    const runId = 'r'.repeat(32) as RunId;
    const taken = await repository.points.takeFence(resourceId, {
      holder: 'bench',
      run: runId,
      now,
      aliveMs: 0,
      isDead: () => true,
    });
    if (taken === undefined) throw new Error('nobody else holds this mailbox');
    const slice = Buffer.from(random.bytes(16)).toString('hex') as SliceId;
    await repository.putSlice({
      id: slice,
      resourceId,
      runId,
      fence: taken.fence,
      step: taken.step + 1,
      ...(taken.headSlice === undefined ? {} : { predecessor: taken.headSlice }),
      committedAt: now,
      entries,
      removals,
      ledger: [],
      pending: [],
      packs,
      state: {},
    });
    const head = await repository.points.commit(taken, { headSlice: slice, step: taken.step + 1 });
    const items = entries.filter(({ container }) => !container).length;
    const counts: Counts = { ...noCounts, listed: items, stored: items, removed: removals.length };
    const { point } = await repository.points.publish(head, {
      id: Buffer.from(random.bytes(16)).toString('hex') as PointId,
      runId,
      window: { from: now, to: now },
      slices: [slice],
      removals: [],
      status: 'complete',
      missing: [],
      counts,
    });
    await repository.catalog.apply(resourceId, point.id);
  }

  const selfService: { enabled: boolean; download: boolean; workloads?: string[] } = { enabled: true, download: true };
  /** Roles as the newest token of each said; who left has no account any more. */
  const rolesNow = new Map<string, readonly Role[]>([admin, approver].map(({ id, roles }) => [id, roles]));
  const left = new Set<string>();
  const people = { admins: ['admin', 'second'], approvers: ['jo'] };
  /** One process: its stores may be wrapped to be killed, and a deployment may lack something. */
  const servicesOf = (
    process?: Boundary,
    holder = 'bench',
    deployed: Partial<RestoreServices> = {},
  ): RestoreServices => {
    const wrap = <T extends object>(name: string, port: T): T =>
      process === undefined ? port : process.wrap(name, port);
    return {
      repository,
      records:
        process === undefined
          ? records
          : makeRecords({
              blobs: wrap('blobs', blobs),
              tables: wrap('tables', tables),
              clock,
              random,
              sealer: repository,
            }),
      tables: wrap('tables', tables),
      queue: wrap('queue', queue),
      clock,
      random,
      log,
      connectors: new Map([['mail', { ...place.connector, restore: wrap('place', place.connector.restore) }]]),
      people: async () => people,
      selfService: async () => selfService,
      rolesNow: async (person) => rolesNow.get(person),
      isActive: async (person) => !left.has(person),
      holder,
      isDead: (other) => other !== holder,
      limits: { ...restoreLimits, pageItems: 2, ...limits },
      ...deployed,
    };
  };
  const flowOf = (...process: Parameters<typeof servicesOf>): RestoreFlow => makeRestoreFlow(servicesOf(...process));

  /** Delivers nudges until none is left. */
  const work = async (flow: RestoreFlow, most = 200): Promise<void> => {
    for (let delivered = 0; delivered < most; delivered++) {
      const [nudge] = queue.take('restore', 1);
      if (nudge === undefined) {
        if (queue.dump('restore').length === 0) return;
        await clock.advance(60_000);
        continue;
      }
      await flow.onNudge((nudge.message as { requestId: RequestId }).requestId);
      nudge.done();
    }
    throw new Error('the work never ended');
  };

  return {
    clock,
    blobs,
    tables,
    queue,
    log,
    place,
    repository,
    records,
    mailbox,
    other,
    people,
    selfService,
    rolesNow,
    left,
    publish,
    /** What another process opens, which remembers nothing of what this one wrote. */
    opened: () => openRepository({ blobs, tables, random, clock }, { vault: wrapper }, 'tenant'),
    /** The next backup of a mailbox finds that these of its mails, by their number, are gone. */
    loses: (resource: ProtectedResource, ...numbers: readonly number[]) =>
      publish(resource, {
        removals: numbers.map((number) => repository.idOf('mail', resource.sourceId, String(number)) as ItemId),
      }),
    flow: flowOf(),
    flowOf,
    servicesOf,
    work,
  };
}

async function* once(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}
