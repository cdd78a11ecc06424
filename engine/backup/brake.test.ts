import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { boundary } from '../testing/boundary.ts';
import type { BackupServices } from './backupServices.ts';
import { isMassChange } from './brake.ts';
import { cancelRun } from './cancelRun.ts';
import { backupSettings, type BackupSettings } from './defaults.ts';
import { startPolicyRun } from './startRun.ts';
import { resumeOpenRuns } from './watchdog.ts';
import { mailbox } from './testing/mailbox.ts';
import type { BackupWorld } from './testing/backupWorld.ts';

const settings = { sliceItems: 40, brakeItems: 10 };

/** A mailbox of 30 that was backed up twice, so that nothing of it is a first backup. */
async function settled(more: Partial<BackupSettings> = {}): Promise<BackupWorld> {
  const world = await mailbox(30, { settings: { ...settings, ...more } });
  await world.run();
  world.nextSlot();
  await world.run();
  return world;
}
async function afterRun(world: BackupWorld) {
  world.nextSlot();
  await world.run();
  const { records } = (await world.start()).services;
  const told = (await records.outbox.list()).map(({ message }) => message as { kind: string });
  const brake = (await records.brakes.get(world.resource))?.value;
  return { brake, told: told.filter(({ kind }) => kind === 'expiryPaused'), records };
}

/** A run that is cancelled when so many items are stored; what it has by then becomes visible. */
async function interrupted(world: BackupWorld, items: number): Promise<void> {
  const process = await world.start();
  const { repository } = process.services;
  const run = await startPolicyRun(process.services, world.policy, 'schedule');
  let stored = 0;
  const stopping: BackupServices['repository'] = {
    ...repository,
    async putSlice(slice) {
      await repository.putSlice(slice);
      stored += slice.entries.length;
      if (stored === items) await cancelRun(process.services, run);
    },
  };
  await world.drain({ ...process, services: { ...process.services, repository: stopping } });
}

/** A run that is killed right after its point became visible, and taken up again. */
async function killedOncePublished(world: BackupWorld): Promise<void> {
  const through = boundary();
  const process = await through.run(() => world.start(through));
  const { repository } = process.services;
  await startPolicyRun(process.services, world.policy, 'schedule');
  const dying: BackupServices['repository'] = {
    ...repository,
    points: {
      ...repository.points,
      async publish(head, draft) {
        const published = await repository.points.publish(head, draft);
        through.kill();
        return published;
      },
    },
  };
  await assert.rejects(world.drain({ ...process, services: { ...process.services, repository: dying } }));
  assert.ok(through.killed);
  const next = await world.start();
  await resumeOpenRuns(next.services);
  await world.drain(next);
}

describe('the brake on expiry', () => {
  it('is put on by a run that changed more than 30 % of what was known, is told and noted once', async () => {
    const world = await settled();
    for (let n = 0; n < 12; n++) world.source.put(`m${n}`, 'f1', `encrypted ${n}`);
    const { brake, told, records } = await afterRun(world);
    assert.deepEqual([brake?.changed, brake?.removed, brake?.of], [12, 0, 30]);
    assert.equal(told.length, 1);
    for (let n = 0; n < 25; n++) world.source.put(`m${n}`, 'f1', `encrypted again ${n}`);
    const again = await afterRun(world);
    assert.deepEqual(again.brake, brake, 'it stays as it was put on');
    const entries = (await records.audit.list()).value.filter(({ action }) => action === 'expiry.pause');
    assert.equal(entries.length, 1);
  });

  it('is put on by removals as well', async () => {
    const world = await settled();
    for (let n = 0; n < 11; n++) world.source.remove(`m${n}`);
    const { brake } = await afterRun(world);
    assert.deepEqual([brake?.changed, brake?.removed, brake?.of], [0, 11, 30]);
  });

  for (const [storedBefore, sliceItems] of [
    [20, 40],
    [14, 2],
  ] as const)
    it(`counts what an interrupted run had stored, ${storedBefore} of 20, also when the next is killed at its end`, async () => {
      const world = await settled({ sliceItems, jobMs: 240_000 });
      for (let n = 0; n < 20; n++) world.source.put(`m${n}`, 'f1', `encrypted ${n}`);
      world.nextSlot();
      await interrupted(world, storedBefore);
      const { repository } = (await world.start()).services;
      assert.equal((await repository.points.find(world.resource, 'latest')).status, 'partial');
      world.nextSlot();
      await killedOncePublished(world);
      const { records } = (await world.start()).services;
      const brake = (await records.brakes.get(world.resource))?.value;
      assert.deepEqual([brake?.changed, brake?.removed, brake?.of], [20, 0, 30]);
    });

  it('stays off for a first backup, for what is new, and for less than the threshold', async () => {
    const world = await settled();
    for (let n = 0; n < 9; n++) world.source.put(`m${n}`, 'f1', `changed ${n}`);
    for (let n = 0; n < 60; n++) world.source.put(`new${n}`, 'f1', `mail number ${n}`);
    const { brake, told } = await afterRun(world);
    assert.deepEqual([brake, told], [undefined, []]);
  });

  it('means more than 30 % and at least 50 items', () => {
    const of = (changed: number, removed: number, all: number): boolean =>
      isMassChange({ changed, removed, of: all }, backupSettings);
    assert.deepEqual([of(30, 20, 100), of(49, 0, 50), of(300, 0, 1000), of(300, 1, 1000)], [true, false, false, true]);
  });
});
