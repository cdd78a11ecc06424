import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { Fault, isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant, PointId } from '../model/ids.ts';
import { boundary, everyFault } from '../testing/boundary.ts';
import { sweepOnce } from './sweepOnce.ts';
import { day, hour, survive, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

/** Three points over a mail that changes; storage knows dates of protection unless `immutable` is false. */
async function prepared(
  immutable = true,
): Promise<{ readonly world: SweepWorld; readonly points: readonly PointId[] }> {
  const world = await sweepWorld({ immutable });
  const { source, resource } = world.backup;
  source.folder('f1', 'Inbox');
  for (const version of [1, 2, 3]) {
    source.put('m1', 'f1', noise(3_000, version));
    await world.run();
  }
  const { repository } = await world.start();
  const points = (await repository.points.list(resource)).points.map(({ id }) => id).toReversed();
  return { world, points };
}

const dateOf = (world: SweepWorld, name: string): Instant | undefined =>
  world.backup.blobs.peek('repository', name)?.protectedUntil;

const inRepository = (world: SweepWorld): readonly string[] =>
  Array.from(world.backup.blobs.stored('repository'), ({ name }) => name).filter((name) => !name.startsWith('ended/'));

/** One cycle in which retention promises these ends. */
async function cycle(world: SweepWorld, ends: ReadonlyMap<PointId, Instant | undefined>): Promise<void> {
  const { services } = await world.start();
  const result = await sweepOnce({ ...services, promises: async () => ends });
  assert.ok(result.kind === 'done' && result.report.notExtended === 0);
}

const inDays = (world: SweepWorld, days: number): Instant =>
  instant(Math.ceil((world.backup.clock.now() + days * day) / 1000) * 1000);

describe('write protection until a date', () => {
  it('covers what retention promises: a root as long as its point, a pack as long as the longest point that needs it', async () => {
    const { world, points } = await prepared();
    const { resource } = world.backup;
    const [first, second, third] = points as [PointId, PointId, PointId];
    const ends = new Map([
      [first, inDays(world, 10)],
      [second, inDays(world, 50)],
      [third, undefined],
    ]);
    const before = inRepository(world);
    await cycle(world, ends);
    assert.equal(dateOf(world, `points/${resource}/${first}`), ends.get(first));
    assert.equal(dateOf(world, `points/${resource}/${second}`), ends.get(second));
    const cover = Date.parse(dateOf(world, `points/${resource}/${third}`) ?? '') - world.backup.clock.now();
    assert.ok(cover >= 365 * day && cover < 365 * day + hour, 'of what nobody knows the end, a year');
    const { repository } = await world.start();
    for (const [point, at] of [...ends.entries()].slice(0, 2)) {
      for (const pack of await repository.housekeeping.packsOf(resource, point))
        assert.ok((dateOf(world, `packs/${pack.slice(0, 2)}/${pack}`) ?? '') >= (at ?? ''), pack);
    }
    const shared = await repository.housekeeping.packsOf(resource, third);
    for (const pack of shared)
      assert.ok(dateOf(world, `packs/${pack.slice(0, 2)}/${pack}`) === dateOf(world, `points/${resource}/${third}`));
    assert.ok(
      before.every((name) => dateOf(world, name) !== undefined),
      'keys and records too',
    );
  });

  it('is put off before it ends, and left alone while it lasts', async () => {
    const { world, points } = await prepared();
    const ends = new Map(points.map((point) => [point, undefined]));
    await cycle(world, ends);
    const name = `points/${world.backup.resource}/${points[0]}`;
    const first = dateOf(world, name);
    for (let days = 0; days < 3; days++) {
      world.nextDay();
      await cycle(world, ends);
    }
    assert.equal(dateOf(world, name), first);
    world.backup.clock.set(Date.parse(first ?? '') - 29 * day);
    await cycle(world, ends);
    assert.ok((dateOf(world, name) ?? '') > (first ?? ''));
    for (let year = 0; year < 3; year++) {
      const before = Date.parse(dateOf(world, name) ?? '');
      for (let at = world.backup.clock.now(); at < before; at += 20 * day) {
        world.backup.clock.set(at);
        await world.start().then(({ services }) => sweepOnce({ ...services, promises: async () => ends }));
        for (const each of inRepository(world).filter((other) => /^(points|packs|keys|config)/.test(other)))
          assert.ok(Date.parse(dateOf(world, each) ?? '') > at, `${each} is never without`);
      }
    }
  });

  it('never becomes shorter, and what nothing needs any more gets none', async () => {
    const { world, points } = await prepared();
    await cycle(world, new Map(points.map((point) => [point, undefined])));
    const before = new Map(inRepository(world).map((name) => [name, dateOf(world, name)]));
    world.nextDay();
    const [gone] = await world.expireAllBut(2);
    await cycle(world, new Map(points.map((point) => [point, inDays(world, 1)])));
    for (const [name, at] of before) assert.ok((dateOf(world, name) ?? '') >= (at ?? ''), name);
    const name = `points/${world.backup.resource}/${gone}`;
    const at = dateOf(world, name);
    world.backup.clock.set(Date.parse(at ?? '') - 10 * day);
    const kept = world.backup.tables.writes;
    await cycle(world, new Map(points.map((point) => [point, inDays(world, 3)])));
    assert.ok(world.backup.tables.writes > kept && dateOf(world, name) === at);
    world.nextDay();
    await cycle(world, new Map(points.map((point) => [point, undefined])));
    assert.equal(dateOf(world, name), at);
    await assert.rejects(world.backup.blobs.remove('repository', name), (error) => isFault(error, 'conflict'));
    world.backup.clock.set(Date.parse(at ?? '') + 3 * day);
    for (let cycles = 0; cycles < 2; cycles++, world.nextDay()) await cycle(world, new Map());
    assert.ok(!world.names('points/').includes(name), 'it goes once its date is over');
  });

  it('is left as it is where storage does not have it switched on', async () => {
    const { world, points } = await prepared(false);
    const process = boundary();
    const { services } = await world.start(process);
    await sweepOnce({ ...services, promises: () => assert.fail('nobody needs to know') });
    assert.deepEqual(
      process.calls.filter(({ name }) => name.startsWith('blobs.protection.')).map(({ name }) => name),
      ['blobs.protection.isOn'],
    );
    assert.equal(dateOf(world, `points/${world.backup.resource}/${points[0]}`), undefined);
  });

  it('says how many it could not put off, and goes on', async () => {
    const { world } = await prepared();
    const { services } = await world.start();
    const { protection } = services.blobs;
    assert.ok(protection);
    const stubborn: typeof protection = {
      ...protection,
      async extend(container, name, until) {
        if (name.startsWith('points/')) throw new Fault('forbidden', 'Not by this identity', { origin: 'storage' });
        await protection.extend(container, name, until);
      },
    };
    const result = await sweepOnce({ ...services, blobs: { ...services.blobs, protection: stubborn } });
    assert.ok(result.kind === 'done' && result.report.notExtended === 3 && result.report.extended > 3);
  });

  it('looks at a resource once a cycle, however often the time of a call is spent', async () => {
    const { world, points } = await prepared();
    const { clock } = world.backup;
    const ends = new Map(points.map((point, n) => [point, inDays(world, 40 + n)]));
    const { services } = await world.start(undefined, { portionRoots: 1 });
    let looks = 0;
    const slow = {
      ...services,
      async promises() {
        looks += 1;
        clock.set(clock.now() + 300_000);
        return ends;
      },
    };
    const calls = [];
    do calls.push((await sweepOnce(slow)).kind);
    while (calls.at(-1) === 'again' && calls.length < 20);
    assert.deepEqual(calls, ['again', 'done']);
    assert.equal(looks, 1);
    for (const point of points)
      assert.equal(dateOf(world, `points/${world.backup.resource}/${point}`), ends.get(point));
    assert.ok(world.names('packs/').every((name) => (dateOf(world, name) ?? '') >= inDays(world, 39)));
    world.nextDay();
    assert.equal((await sweepOnce(slow)).kind, 'again');
    assert.equal(looks, 2, 'a new cycle looks anew');
  });

  for (const portionRoots of [5_000, 1])
    it(`ends the same whatever befalls the cycle, ${portionRoots === 1 ? 'in portions' : 'all at once'}`, async () => {
      const { world: start, points } = await prepared();
      start.nextDay();
      const ends = new Map(points.map((point) => [point, inDays(start, 40)]));
      const runs = await everyFault(
        async (process) => {
          const world = start.fork();
          await survive(process, async () => {
            const { services } = await world.start(process, { portionRoots });
            await sweepOnce({ ...services, promises: async () => ends });
          });
          world.backup.clock.set(world.backup.clock.now() + 10 * 60_000);
          const { services } = await world.start(undefined, { portionRoots });
          const again = await sweepOnce({ ...services, promises: async () => ends });
          assert.ok(again.kind === 'done' || again.kind === 'idle', again.kind);
          for (const point of points)
            assert.equal(dateOf(world, `points/${world.backup.resource}/${point}`), ends.get(point));
          assert.ok(world.names('packs/').every((name) => (dateOf(world, name) ?? '') >= inDays(start, 40)));
        },
        ['kill-before', 'fail-after'],
      );
      assert.ok(runs > 60, `${runs} runs`);
    });
});
