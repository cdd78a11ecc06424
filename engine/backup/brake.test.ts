import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isMassChange } from './brake.ts';
import { backupSettings } from './defaults.ts';
import { mailbox } from './testing/mailbox.ts';
import type { BackupWorld } from './testing/backupWorld.ts';

const settings = { sliceItems: 40, brakeItems: 10 };

/** A mailbox of 30 that was backed up twice, so that nothing of it is a first backup. */
async function settled(): Promise<BackupWorld> {
  const world = await mailbox(30, { settings });
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
