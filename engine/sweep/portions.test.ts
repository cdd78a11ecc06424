import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import { everyFault } from '../testing/boundary.ts';
import { portionsFor } from './portions.ts';
import { neverEnds, sweepFlow } from './sweepFlow.ts';
import { sweepOnce } from './sweepOnce.ts';
import { assertReadable, day, sweepWorld, survive } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

/** So little that the resources are looked at in 16 portions. */
const small = { portionBlobs: 4 };

/** A cycle was; since then points expired, and a day went by. */
async function prepared(): Promise<SweepWorld> {
  const world = await sweepWorld();
  const { source } = world.backup;
  source.folder('f1', 'Inbox');
  for (const version of [1, 2, 3, 4]) {
    source.put('m1', 'f1', noise(3_000, version));
    await world.run();
  }
  await world.cycle();
  world.nextDay();
  await world.expireAllBut(2);
  return world;
}

const stored = (world: SweepWorld): readonly string[] =>
  world.names('').filter((name) => !name.startsWith('sweep/') && !name.startsWith('records/'));

/** Each list takes a while, and is told to `onList`. */
const slowLists = (blobs: BlobStore, onList: (prefix: string) => Promise<void> | void): BlobStore =>
  new Proxy(blobs, {
    get(target, property, receiver) {
      if (property !== 'list') return Reflect.get(target, property, receiver) as unknown;
      return async (...args: Parameters<typeof target.list>) => {
        await onList(args[1]);
        return target.list(...args);
      };
    },
  });

describe('resources that are looked at in portions', () => {
  it('are as many as there are roots and slices', () => {
    assert.deepEqual(portionsFor(10, 10), ['']);
    assert.equal(new Set(portionsFor(11, 10)).size, 16);
    assert.equal(new Set(portionsFor(161, 10)).size, 256);
  });

  it('are swept as all at once', async () => {
    const world = await prepared();
    const whole = world.fork();
    for (let cycles = 0; cycles < 3; cycles++) {
      const [one, other] = [await world.cycle(small), await whole.cycle()];
      assert.ok(one.kind === 'done' && other.kind === 'done');
      assert.deepEqual(one.report, other.report);
      assert.deepEqual(stored(world), stored(whole));
      world.nextDay();
      whole.nextDay();
    }
    assert.equal(await assertReadable((await world.start()).repository, world.backup.resource), 2);
  });

  it('are as many in the first cycle, when nobody counted roots and slices, as packs are', async () => {
    const world = await sweepWorld();
    world.backup.source.folder('f1', 'Inbox');
    for (const version of [1, 2, 3]) {
      world.backup.source.put('m1', 'f1', noise(3_000, version));
      await world.run();
    }
    assert.ok(world.names('packs/').length > small.portionBlobs);
    const { services } = await world.start(undefined, small);
    const lists: string[] = [];
    const blobs = slowLists(services.blobs, (prefix) => void lists.push(prefix));
    assert.equal((await sweepOnce({ ...services, blobs })).kind, 'done');
    assert.equal(lists.filter((prefix) => prefix.startsWith('points/')).length, 16);
  });

  it('are looked at once each, however often the time of a call is spent', async () => {
    const world = await prepared();
    const { clock, resource } = world.backup;
    for (let cycles = 0; cycles < 2; cycles++, world.nextDay()) {
      const { services } = await world.start(undefined, { ...small, jobMs: 5_000 });
      const lists: string[] = [];
      const blobs = slowLists(services.blobs, (prefix) => {
        lists.push(prefix);
        clock.set(clock.now() + 1_000);
      });
      let calls = 0;
      for (; calls < 50;) {
        const { kind } = await sweepOnce({ ...services, blobs });
        calls += 1;
        if (kind !== 'again') {
          assert.equal(kind, 'done');
          break;
        }
      }
      assert.ok(calls > 5, `${calls} calls`);
      const roots = lists.filter((prefix) => prefix.startsWith('points/'));
      assert.equal(roots.length, 16);
      assert.equal(new Set(roots).size, 16);
    }
    assert.equal(world.names('points/').length, 2);
    assert.equal(await assertReadable((await world.start()).repository, resource), 2);
  });

  it('lose nothing and come to an end, whatever call the sweep is killed at', async () => {
    const start = await prepared();
    await start.cycle(small);
    start.nextDay();
    const runs = await everyFault(
      async (process) => {
        const world = start.fork();
        await survive(process, async () => {
          const { services } = await world.start(process, small);
          while ((await sweepOnce(services)).kind === 'again');
        });
        assert.equal(await assertReadable((await world.start()).repository, world.backup.resource), 2);
        for (let cycles = 0; cycles < 2; cycles++, world.nextDay()) {
          const result = await world.cycle(small);
          assert.ok(result.kind === 'done' || (cycles === 0 && result.kind === 'idle'), JSON.stringify(result));
        }
        assert.equal(world.names('points/').length, 2);
        assert.equal(await assertReadable((await world.start()).repository, world.backup.resource), 2);
      },
      ['kill-after'],
    );
    assert.ok(runs > 50, `${runs} runs`);
  });
});

describe('a sweeper whose lists take longer than a call', () => {
  it('is not taken for dead', async () => {
    const world = await prepared();
    const { clock } = world.backup;
    const [slow, other] = [await world.start(), await world.start()];
    const others: string[] = [];
    const blobs = slowLists(slow.services.blobs, async () => {
      clock.set(clock.now() + 200_000);
      others.push((await sweepOnce(other.services)).kind);
    });
    const { kind } = await sweepOnce({ ...slow.services, blobs });
    assert.deepEqual(new Set(others), new Set(['busy']));
    assert.notEqual(kind, 'busy');
  });
});

describe('a cycle that does not come to its end', () => {
  it('is told as one that was refused, once three might have been over', async () => {
    const world = await prepared();
    const { services } = await world.start(undefined, { jobMs: 0 });
    const flow = sweepFlow({ ...services, queue: world.backup.queue });
    const begun = world.backup.clock.now();
    for (const days of [0, 1, 3]) {
      world.backup.clock.set(begun + days * day);
      assert.equal((await sweepOnce(services)).kind, 'again');
      assert.equal((await flow.report())?.refused, undefined);
    }
    world.backup.clock.set(begun + 4 * day);
    assert.equal((await sweepOnce(services)).kind, 'again');
    const told = await flow.report();
    assert.ok(told?.refusedCode === neverEnds && told.finishedAt === undefined && told.cycle === begun);
    assert.equal((await world.cycle()).kind, 'done');
    assert.equal((await flow.report())?.refused, undefined);
  });
});
