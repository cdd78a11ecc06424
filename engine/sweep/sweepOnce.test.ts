import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { sweepOnce } from './sweepOnce.ts';
import type { SweepResult } from './sweepOnce.ts';
import { assertReadable, day, hour, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

const reportOf = (result: SweepResult) => {
  assert.ok(result.kind === 'done' || result.kind === 'refused', result.kind);
  return result.report;
};

/** Three points: a folder, an item in it, and that item with other content. */
async function threePoints(): Promise<SweepWorld> {
  const world = await sweepWorld();
  world.backup.source.folder('f1', 'Inbox');
  await world.run();
  world.backup.source.put('m1', 'f1', noise(5_000, 1));
  await world.run();
  world.backup.source.put('m1', 'f1', noise(5_000, 2));
  world.backup.source.put('m2', 'f1', noise(5_000, 3));
  await world.run();
  return world;
}

describe('a sweep', () => {
  it('takes nothing that a visible point needs', async () => {
    const world = await threePoints();
    const before = world.names('');
    world.nextDay();
    for (let n = 0; n < 3; n++, world.nextDay()) {
      const report = reportOf(await world.cycle());
      assert.equal(report.deleted, 0);
      assert.equal(report.condemned, 0);
    }
    assert.ok(before.every((name) => name === 'clock' || world.names('').includes(name)));
    const { repository } = await world.start();
    assert.equal(await assertReadable(repository, world.backup.resource), 3);
  });

  it('condemns what an expired point alone needed, and removes it in the second cycle', async () => {
    const world = await threePoints();
    world.nextDay();
    const gone = await world.expireAllBut(1);
    const packs = world.names('packs/').length;
    const first = reportOf(await world.cycle());
    assert.ok(first.condemned >= 3, 'two roots and a pack');
    assert.equal(first.deleted, 0);
    assert.equal(world.names('points/').length, 3);
    assert.equal(world.names('packs/').length, packs);
    world.nextDay();
    const second = reportOf(await world.cycle());
    assert.equal(second.deleted, first.condemned);
    assert.ok(second.bytesFreed > 5_000);
    assert.equal(world.names('points/').length, 3 - gone.length);
    assert.ok(world.names('packs/').length < packs);
    const { repository } = await world.start();
    assert.equal(await assertReadable(repository, world.backup.resource), 1);
  });

  it('condemns nothing that is younger than a day', async () => {
    const world = await threePoints();
    world.nextDay();
    const { blobs, clock } = world.backup;
    await blobs.create('repository', `packs/00/${'0'.repeat(32)}`, noise(100));
    clock.set(clock.now() + day - hour);
    assert.equal(reportOf(await world.cycle()).condemned, 0);
    world.nextDay();
    assert.equal(reportOf(await world.cycle()).condemned, 1);
  });

  it('waits a day and four hours between two cycles', async () => {
    const world = await threePoints();
    world.nextDay();
    await world.expireAllBut(1);
    const { condemned } = reportOf(await world.cycle({ cycleMs: hour }));
    assert.ok(condemned > 0);
    const { clock } = world.backup;
    const condemnedAt = clock.now();
    for (clock.set(condemnedAt + hour); clock.now() < condemnedAt + day; clock.set(clock.now() + hour))
      assert.equal(reportOf(await world.cycle({ cycleMs: hour })).deleted, 0);
    clock.set(condemnedAt + day + hour);
    assert.equal(reportOf(await world.cycle({ cycleMs: hour })).deleted, condemned);
    // However long it was condemned: not in a cycle that began less than four hours after.
    const other = await threePoints();
    other.nextDay();
    await other.expireAllBut(1);
    await other.cycle({ cycleMs: hour });
    other.backup.clock.set(other.backup.clock.now() + 2 * hour);
    assert.equal(reportOf(await other.cycle({ cycleMs: hour, ageMs: hour })).deleted, 0);
  });

  it('is not due again before its time, and does nothing in safe mode', async () => {
    const world = await threePoints();
    assert.equal((await world.cycle()).kind, 'done');
    assert.equal((await world.cycle()).kind, 'idle');
    world.nextDay();
    const { services } = await world.start();
    const unsafe = { ...services, condition: async () => ({ safeMode: true, reason: '', lacking: 'rows' }) as const };
    assert.deepEqual(await sweepOnce(unsafe), { kind: 'idle' });
    assert.equal((await world.cycle()).kind, 'done');
  });
});
