import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry } from '../model/item.ts';
import type { PointId } from '../model/ids.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import type { KeyRing } from '../repository/keyRing.ts';
import { readRoot } from '../repository/root.ts';
import type { Root } from '../repository/root.ts';
import { everyFault } from '../testing/boundary.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { verifyAll } from '../verify/testing/verifyWorld.ts';
import { assertTrue, backupWorld, type BackupWorld } from './testing/backupWorld.ts';

/** A point for each of `names`: `old*` since the first, `mid*` since the second, `new*` since the third. */
async function build(names: readonly string[] = ['old', 'mid', 'new']): Promise<BackupWorld> {
  const world = await backupWorld();
  const { source } = world;
  source.folder('inbox', 'Inbox');
  source.folder('archive', 'Archive');
  for (const name of names) {
    for (const n of [1, 2, 3])
      source.put(`${name}${n}`, n === 3 ? 'archive' : 'inbox', `${name} content ${n} `.repeat(40));
    if (name === 'mid') source.put('old1', 'inbox', 'old1 changed once '.repeat(30));
    if (name === 'new') source.remove(names.includes('mid') ? 'mid2' : 'old2');
    await world.run();
    world.nextSlot();
  }
  return world;
}

const repositoryOf = async (world: BackupWorld): Promise<OpenRepository> =>
  (await world.start()).services.repository as OpenRepository;

async function newestRoot(world: BackupWorld): Promise<{ readonly id: PointId; readonly name: string }> {
  const { id } = await (await repositoryOf(world)).points.find(world.resource, 'latest');
  return { id, name: `points/${world.resource}/${id}` };
}

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte));
const take = (): undefined => undefined;

const entriesOf = async (world: BackupWorld): Promise<Entry[]> => {
  const repository = await repositoryOf(world);
  const { id } = await repository.points.find(world.resource, 'latest');
  return Array.fromAsync((await repository.points.open(world.resource, id)).entries());
};

/** One run; its status and what the newest point is after it. */
async function runOnce(world: BackupWorld) {
  const run = await world.run();
  const { services } = await world.start();
  const newest = await services.repository.points.find(world.resource, 'latest');
  return { status: (await services.records.runs.get(run))?.value.status, newest };
}

/** Everything that catalog rows show of the newest point, beside its entries. */
async function assertCatalog(world: BackupWorld): Promise<void> {
  const repository = await repositoryOf(world);
  const { id } = await repository.points.find(world.resource, 'latest');
  await repository.catalog.apply(world.resource, id);
  for (const entry of await entriesOf(world)) {
    const versions = await repository.catalog.versions(world.resource, entry.id);
    const current = versions.filter(({ validTo }) => validTo === undefined);
    assert.deepEqual(
      current.map(({ entry: { versionTag } }) => versionTag),
      [entry.versionTag],
      `${entry.sourceId} has one version that is valid now`,
    );
  }
  const held = new Set((await entriesOf(world)).map((entry) => entry.id));
  for (const { itemId } of (await repository.catalog.deleted(world.resource)).versions)
    assert.ok(!held.has(itemId), 'nothing that is there is told as deleted');
}

describe('a newest restore point whose root is lost', () => {
  for (const [how, change] of [
    ['taken away', take],
    ['changed', flip],
  ] as const) {
    it(`is followed by a complete one, made on the one before: ${how}`, async () => {
      const world = await build();
      const { id, name } = await newestRoot(world);
      await assertCatalog(world);
      world.blobs.tamper('repository', name, change);
      const given = world.source.bytesGiven;
      const { status, newest } = await runOnce(world);
      assert.equal(status, 'complete');
      assert.equal(newest.status, 'complete');
      assert.notEqual(newest.id, id);
      await assertTrue(world, await repositoryOf(world));
      // Fetched is what only the lost point held.
      const held = [...world.source.items.values()];
      const onlyNew = held
        .filter((item) => item.id.startsWith('new'))
        .reduce((sum, { content }) => sum + content.length, 0);
      assert.ok(world.source.bytesGiven - given <= 2 * onlyNew, 'what older points hold is not fetched');
      const repository = await repositoryOf(world);
      const { points } = await repository.points.list(world.resource);
      assert.ok(
        points.some((point) => point.id === id),
        'the damaged one stays listed',
      );
      assert.deepEqual(await repository.damage.points(world.resource), [id]);
      await assertCatalog(world);
    });
  }

  it('is followed by one made from nothing where no root is left', async () => {
    const world = await build();
    for (const name of Array.from(world.blobs.stored('repository', 'points/'), (blob) => blob.name))
      world.blobs.tamper('repository', name, take);
    const { status, newest } = await runOnce(world);
    assert.equal(status, 'complete');
    assert.equal(newest.status, 'complete');
    await assertTrue(world, await repositoryOf(world));
  });
});

const packName = (pack: string): string => `packs/${pack.slice(0, 2)}/${pack}`;

async function rootOf(world: BackupWorld): Promise<Root> {
  const { id } = await newestRoot(world);
  const { keys } = await repositoryOf(world);
  return readRoot({ blobs: world.blobs, ring: keys as KeyRing }, world.resource, id);
}

/** One byte in the middle of a sealed segment is changed. */
function damageSegment(world: BackupWorld, { pack, at, stored }: Root['items'][number]['place']): void {
  const middle = at + (stored >> 1);
  world.blobs.tamper('repository', packName(pack), (bytes) =>
    bytes.map((byte, index) => (index === middle ? byte ^ 1 : byte)),
  );
}

describe('a page or directory of the newest restore point that is lost', () => {
  const parts = [
    ['a page of items', (root: Root) => root.items[0]?.place],
    ['the page of folders', (root: Root) => root.containers[0]?.place],
    ['a directory of items', (root: Root) => root.items[0]?.directory],
    ['the directory of folders', (root: Root) => root.containers[0]?.directory],
  ] as const;
  for (const [what, placeOf] of parts) {
    it(`does not stop the resource, and the next point that is made is whole: ${what}`, async () => {
      const world = await build();
      const { id } = await newestRoot(world);
      const place = placeOf(await rootOf(world));
      assert.ok(place);
      damageSegment(world, place);
      const given = world.source.bytesGiven;
      world.source.put('later', 'inbox', 'x');
      const { status, newest } = await runOnce(world);
      assert.equal(status, 'complete');
      assert.equal(newest.status, 'complete');
      assert.notEqual(newest.id, id);
      await assertTrue(world, await repositoryOf(world));
      if (what.includes('directory')) assert.ok(world.source.bytesGiven - given < 10, 'nothing is fetched for it');
      await assertCatalog(world);
      const { findings } = await verifyAll(world);
      assert.ok(findings.every(({ inNewest }) => inNewest !== true));
    });

    it(`is made good by a run that finds nothing new, once a verification met it: ${what}`, async () => {
      const world = await build();
      const place = placeOf(await rootOf(world));
      assert.ok(place);
      damageSegment(world, place);
      await verifyAll(world);
      const { status, newest } = await runOnce(world);
      assert.equal(status, 'complete');
      assert.equal(newest.status, 'complete');
      await assertTrue(world, await repositoryOf(world));
      world.clock.set(world.clock.now() + 60_000);
      const { findings } = await verifyAll(world);
      assert.ok(findings.length > 0 && findings.every(({ inNewest }) => inNewest !== true));
    });
  }
});

describe('any one object that is lost or changed', () => {
  it('costs no resource its next complete point, whichever it is', async () => {
    const random = seededRandom('any one object');
    const names = (world: BackupWorld) => [
      ...[...world.blobs.stored('repository', 'points/')].map(({ name }) => ['repository', name] as const),
      ...[...world.blobs.stored('repository', 'packs/')].map(({ name }) => ['repository', name] as const),
      ...[...world.blobs.stored('journal', 'slices/')].map(({ name }) => ['journal', name] as const),
    ];
    const flipAny = (bytes: Uint8Array): Uint8Array => {
      const at = (random.bytes(4)[0] ?? 0) % bytes.length;
      const place = Math.floor((at / 256) * bytes.length);
      return bytes.map((byte, index) => (index === place ? byte ^ 1 : byte));
    };
    const count = names(await build()).length;
    assert.ok(count > 10);
    for (let index = 0; index < count; index++) {
      for (const change of [take, flipAny]) {
        const world = await build();
        const [container, name] = names(world)[index] ?? ['repository', ''];
        const at = `${name} ${change.name}`;
        world.blobs.tamper(container, name, change);
        world.source.put('mid1', 'inbox', `changed after the damage`);
        await world.run();
        const { verification } = await verifyAll(world);
        assert.equal(verification.state, 'done', at);
        world.nextSlot();
        const { status, newest } = await runOnce(world);
        assert.equal(status, 'complete', at);
        assert.equal(newest.status, 'complete', at);
        await assertTrue(world, await repositoryOf(world)).catch((error: unknown) => {
          throw new Error(at, { cause: error });
        });
        world.clock.set(world.clock.now() + 60_000);
        const { findings } = await verifyAll(world);
        assert.deepEqual(
          // A pack of which only the trailer is damaged gives back all that it holds.
          findings.filter(({ area, inNewest }) => inNewest === true && area !== 'pack').map(({ detail }) => detail),
          [],
          at,
        );
        const counts = await Array.fromAsync((await repositoryOf(world)).damage.counts());
        assert.ok(
          counts.every(({ inNewest }) => inNewest === 0),
          at,
        );
      }
    }
  });
});

describe('several losses at once', () => {
  const contentPack = async (world: BackupWorld, sourceId: string): Promise<string> => {
    const entry = (await entriesOf(world)).find((one) => one.sourceId === sourceId);
    return packName(entry?.streams[0]?.parts[0]?.place.pack ?? '');
  };
  const losses: Readonly<Record<string, (world: BackupWorld) => Promise<void>>> = {
    root: async (world) => world.blobs.tamper('repository', (await newestRoot(world)).name, take),
    page: async (world) => {
      const place = (await rootOf(world)).items[0]?.place;
      if (place) damageSegment(world, place);
    },
    'head slice': async (world) => {
      const { headSlice } = await (await repositoryOf(world)).points.head(world.resource);
      world.blobs.tamper('journal', `slices/${world.resource}/${headSlice ?? ''}`, take);
    },
    'content pack': async (world) => world.blobs.tamper('repository', await contentPack(world, 'old2'), take),
    'content of the newest': async (world) => world.blobs.tamper('repository', await contentPack(world, 'new1'), take),
  };
  const sets = [
    ['content pack', 'root'],
    ['content of the newest', 'page'],
    ['content pack', 'page', 'head slice'],
    ['content pack', 'content of the newest', 'head slice', 'root'],
  ];
  for (const set of sets) {
    it(`are made good by the next run, without a verification: ${set.join(', ')}`, async () => {
      const world = await build();
      for (const loss of set) await losses[loss]?.(world);
      world.source.put('later', 'inbox', 'later');
      const { status, newest } = await runOnce(world);
      assert.equal(status, 'complete');
      assert.equal(newest.status, 'complete');
      await assertTrue(world, await repositoryOf(world));
      await assertCatalog(world);
    });
  }
});

describe('a run that makes good what the newest point lost', () => {
  for (const [what, kinds, damage] of [
    [
      'its root',
      ['kill-after'],
      async (world: BackupWorld) => world.blobs.tamper('repository', (await newestRoot(world)).name, take),
    ],
    [
      'a page',
      ['fail-after'],
      async (world: BackupWorld) => {
        const place = (await rootOf(world)).items[0]?.place;
        if (place) damageSegment(world, place);
      },
    ],
  ] as const) {
    it(`ends the same whatever dies or fails at whichever call: ${what}`, async () => {
      const runs = await everyFault(async (process) => {
        const world = await build(['old', 'new']);
        await damage(world);
        world.source.put('later', 'inbox', 'later');
        await world.survive(process);
        const { points } = await (await repositoryOf(world)).points.list(world.resource);
        assert.equal(points[0]?.status, 'complete');
        await assertTrue(world, await repositoryOf(world));
      }, kinds);
      assert.ok(runs > 50);
    });
  }
});
