import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { isFault } from '../fault.ts';
import { boundary, everyFault } from '../testing/boundary.ts';
import type { Boundary, BoundaryCall } from '../testing/boundary.ts';
import { sweepOnce } from './sweepOnce.ts';
import { assertReadable, sweepWorld, survive } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

/** A folder, an item, two newer states of it; the two oldest points are expired, and an orphan lies about. */
async function prepared(): Promise<SweepWorld> {
  const world = await sweepWorld();
  const { source, blobs } = world.backup;
  source.folder('f1', 'Inbox');
  await world.run();
  for (const version of [1, 2, 3]) {
    source.put('m1', 'f1', noise(3_000, version));
    await world.run();
  }
  await blobs.create('repository', `packs/00/${'0'.repeat(32)}`, noise(100));
  world.nextDay();
  await world.expireAllBut(2);
  return world;
}

/** Everything in storage that a sweep may change, by what it is. */
const left = (world: SweepWorld): readonly string[] =>
  [...world.names('packs/'), ...world.names('points/'), ...world.names('moved/')].toSorted();

describe('a kill or a lost answer at any call of two cycles', () => {
  it('costs nothing that is needed, and the cycles after it end as if nothing had been', async () => {
    const undisturbed = await prepared();
    await undisturbed.cycle();
    undisturbed.nextDay();
    await undisturbed.cycle();
    const end = left(undisturbed);

    const start = await prepared();
    const runs = await everyFault(async (process) => {
      const world = start.fork();
      await survive(process, async () => {
        const { services } = await world.start(process);
        await sweepOnce(services);
        world.nextDay();
        await sweepOnce(services);
      });
      const between = await world.start();
      assert.equal(await assertReadable(between.repository, world.backup.resource), 2);
      for (let cycles = 0; cycles < 2; cycles++) {
        world.nextDay();
        assert.equal((await world.cycle()).kind, 'done');
      }
      assert.deepEqual(left(world), end);
      const { repository } = await world.start();
      assert.equal(await assertReadable(repository, world.backup.resource), 2);
      assert.equal(
        world.backup.tables
          .dump()
          .filter(({ key, columns }) => key.startsWith('object/') && columns['state'] === 'condemned').length,
        0,
      );
    });
    assert.ok(runs > 150, `${runs} runs`);
  });
});

describe('a backup between any two calls of a sweep', () => {
  it('loses nothing, and the sweep takes nothing of it', async () => {
    const calls = await callsOf(async (process) => {
      const world = await prepared();
      const { services } = await world.start(process);
      await process.run(() => sweepOnce(services));
    });
    for (const { number, name } of calls) {
      const world = await prepared();
      await world.cycle();
      world.nextDay();
      const process = pausedAt(number, async () => {
        world.backup.source.put('m1', 'f1', noise(3_000, 1));
        world.backup.source.put('m2', 'f1', noise(3_000, 2));
        await world.run();
      });
      const { services } = await world.start(process.boundary);
      // A run takes half a day: a sweep that was paused for so long sees that another may be at it.
      await sweepOnce(services).catch((error: unknown) => assert.ok(isFault(error), `${String(error)} at ${name}`));
      await process.done();
      world.nextDay();
      await world.cycle();
      world.nextDay();
      await world.cycle();
      const { repository } = await world.start();
      assert.equal(await assertReadable(repository, world.backup.resource), 3, `paused at call ${number} (${name})`);
    }
    assert.ok(calls.length > 20);
  });
});

async function callsOf(work: (process: Boundary) => Promise<void>): Promise<readonly BoundaryCall[]> {
  const process = boundary();
  await work(process);
  return process.calls;
}

/** A process in which `between` runs right before call `number`. */
function pausedAt(number: number, between: () => Promise<void>) {
  const calm = boundary();
  let running: Promise<void> | undefined;
  let count = 0;
  const wrap: Boundary['wrap'] = (name, port, immediate = []) => {
    const counted = calm.wrap(name, port, immediate);
    return new Proxy(counted, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function' || typeof property === 'symbol' || immediate.includes(property)) return member;
        return async (...args: unknown[]): Promise<unknown> => {
          count += 1;
          if (count === number) running = between();
          await running;
          return Reflect.apply(member, target, args) as unknown;
        };
      },
    });
  };
  return {
    boundary: { ...calm, wrap },
    async done() {
      await (running ?? between());
    },
  };
}
