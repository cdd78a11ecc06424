import { isFault } from '../../../engine/fault.ts';
import type { PointId, ResourceId } from '../../../engine/model/ids.ts';
import type { BlobStore } from '../../../engine/ports/blobStore.ts';
import type { TableStore } from '../../../engine/ports/tableStore.ts';
import type { Land } from '../kernel/land.ts';
import { SimProcess } from '../kernel/process.ts';
import type { World } from '../kernel/world.ts';
import { backUp, backUpWholly, idsOf, protect } from './acts.ts';
import { anna } from './restore.ts';
import type { Scenario } from './scenario.ts';

/** Another organisation, with its own deployment and storage. */
const neighbour: Scenario = {
  name: 'neighbour',
  tenantId: '7e0b0000-0000-4000-8000-00000000c0de',
  people: [{ alias: 'berta', mailbox: 'none', files: 2 }],
  async prepare(world) {
    await world.ask(protect(['drive']));
    await backUpWholly(world);
  },
};

/** What was tried, of one run. */
interface Tried {
  /** Names that were touched in the neighbour's storage. */
  readonly touched: string[];
  /** What changed there. */
  readonly changed: string[];
  /** How each attempt ended. */
  readonly ends: Map<string, string>;
}
const tried = new WeakMap<World, Tried>();

/**
 * I32: a host of this tenant is started over the storage of a neighbour, with the neighbour's key in its hands; and what
 * the neighbour stored is copied into this tenant's storage, under its own names and under this tenant's.
 */
export const twoTenants: Scenario = {
  name: 'two-tenants',
  people: [{ alias: 'anna', mailbox: 'none', files: 2 }],
  beside: neighbour,
  async prepare(world) {
    await world.ask(protect(['drive']));
    await backUpWholly(world);
    const { drive, people } = world.land.tenant;
    const files = people.driveId('anna');
    drive.replaceContent(files, idsOf(world, files, 'file')[0] ?? '', Buffer.from('changed'));
  },
  async act(world) {
    const { beside } = world;
    if (beside === undefined) throw new TypeError('There is no neighbour');
    const ends = new Map<string, string>();
    const seen: Tried = { touched: [], changed: [], ends };
    tried.set(world, seen);
    beside.blobs.onMutation(({ name }) => void seen.changed.push(name));
    beside.tables.onMutation(({ table }) => void seen.changed.push(table));
    ends.set('opened', await opened(world, beside, seen));

    const { resource, point } = await copyInto(world, beside);
    await backUp(world);
    const own = await world.ask(async ({ services }) => (await services.records.resources.list({})).value[0]?.id);
    for (const place of [resource, own])
      ends.set(
        place === own ? 'read as own' : 'read',
        await world.ask(({ services }) =>
          services.repository.points.open(place as ResourceId, point).then(() => 'done', faultOf),
        ),
      );
    ends.set(
      'restored',
      await world.ask(({ services }) =>
        services.restore
          .create(
            anna(world),
            {
              selection: { resourceId: resource },
              destination: { kind: 'newFolder', name: 'Given back' },
              conflict: 'keepBoth',
              includePermissions: false,
              reason: 'Not mine',
            },
            'not-mine',
          )
          .then(() => 'done', faultOf),
      ),
    );
  },
  async check(world, _inspector, findings) {
    const { ends, touched, changed } = tried.get(world) ?? {
      ends: new Map<string, string>(),
      touched: [],
      changed: [],
    };
    const isRefused = (end: string | undefined): boolean => end !== undefined && end !== 'done';
    for (const [what, end] of ends)
      findings.check('I32', isRefused(end), () => `what is the neighbour's was ${what}: ${end}`);
    const others = touched.filter((name) => !/^repository\/(config|keys\/|$)/.test(name));
    findings.check('I32', others.length === 0, () => `the neighbour's ${others.join()} was touched`);
    findings.check('I32', changed.length === 0, () => `the neighbour's ${changed.join()} was changed`);
    const asked = world.boundary.calls.filter((call) => call.process === STRANGER && call.asked !== undefined);
    findings.check('I32', asked.length === 0, () => `${asked.length} requests were sent for the wrong storage`);
  },
};

const STRANGER = 'stranger';

/** Again and again, while storage does not answer. */
async function opened(world: World, beside: Land, seen: Tried): Promise<string> {
  for (;;) {
    const end = await openWrongly(world, beside, seen).catch(() => undefined);
    if (end !== undefined) return end;
    await world.time.sleep(20_000);
  }
}

/** Starts a host with this tenant's settings over the neighbour's storage. Answers how that ended. */
async function openWrongly(world: World, beside: Land, { touched }: Tried): Promise<string> {
  const death = Promise.withResolvers<string>();
  const process = new SimProcess(STRANGER, { onDeath: () => death.resolve('killed'), onResume: () => undefined });
  const watched = {
    blobs: noting<BlobStore>(beside.blobs, touched),
    tables: noting<TableStore>(beside.tables, touched),
    queue: beside.queue,
    key: beside.key,
    tenant: world.land.tenant,
  };
  const host = world.startOver(process, watched);
  return Promise.race([host.open().then(() => 'done', faultOf), death.promise]);
}

/** Notes the first two arguments of every call: container and name, or table and partition. */
const noting = <Store extends object>(store: Store, touched: string[]): Store =>
  new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        touched.push(`${String(args[0])}/${String(args[1])}`);
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });

/** Puts all that the neighbour stored beside this tenant's own; its newest root also where this tenant's lie. */
async function copyInto({ land }: World, beside: Land): Promise<{ resource: ResourceId; point: PointId }> {
  let newest: { resource: ResourceId; point: PointId } | undefined;
  const [own] = [...land.blobs.stored('repository', 'points/')];
  for (const container of ['repository', 'journal'] as const)
    for (const { name, bytes } of beside.blobs.stored(container, '')) {
      if (land.blobs.peek(container, name) !== undefined) continue;
      await land.blobs.create(container, name, bytes);
      const [kind, resource, point] = name.split('/');
      if (kind !== 'points') continue;
      newest = { resource: resource as ResourceId, point: point as PointId };
      await land.blobs.create('repository', `points/${own?.name.split('/')[1]}/${point}`, bytes);
    }
  if (newest === undefined) throw new TypeError('The neighbour has no points');
  return newest;
}

/** A refusal in words; passing trouble is none, and whoever asks tries again. */
function faultOf(error: unknown): string {
  if (isFault(error) && error.kind !== 'unavailable') return error.kind;
  throw error;
}
