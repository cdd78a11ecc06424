import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../engine/fault.ts';
import { apiWorld, type ApiWorld } from '../testing/world.ts';
import { ticks } from './ticks.ts';

const fails = async (): Promise<never> => {
  throw new Fault('unavailable', 'not now');
};
const parts = ['retention', 'verification', 'sweep', 'keys', 'restore'] as const;
type Part = (typeof parts)[number];

/** Timers over a real tenant; `broken` parts throw, the others say that they had their turn. */
async function timersOf(broken: readonly Part[], change: (world: ApiWorld) => Partial<ApiWorld> = () => ({})) {
  const world = await apiWorld();
  const ran: string[] = [];
  const turn = (part: Part) => async (): Promise<void> => {
    ran.push(part);
    if (broken.includes(part)) await fails();
  };
  const { restore, retention, verification, sweep, keys } = world.services;
  const services = {
    ...world.services,
    restore: { ...restore, tick: turn('restore') },
    retention: { ...retention, tick: turn('retention') },
    verification: { ...verification, schedule: turn('verification'), tick: turn('verification') },
    sweep: { ...sweep, tick: turn('sweep') },
    keys: { ...keys, tick: turn('keys') },
  };
  const backup = { ...world.backup, ...change(world).backup };
  return {
    world,
    ran,
    timers: ticks(async () => ({ condition: async () => ({ safeMode: false }), backup, services })),
  };
}

describe('a timer', () => {
  for (const part of ['retention', 'verification', 'sweep', 'keys'] as const)
    it(`gives every other part its turn when ${part} fails, and fails itself`, async () => {
      const { ran, timers, world } = await timersOf([part]);
      await assert.rejects(timers.schedule(), /not now/);
      assert.deepEqual(ran, ['retention', 'verification', 'sweep', 'keys']);
      const [line] = world.log.lines.filter(({ event }) => event === 'timer.partFailed');
      assert.deepEqual(line?.facts, { part, error: 'unavailable' });
      assert.equal((await world.services.records.runs.open()).length, 1, 'what was due has begun');
    });

  it('looks after what is stored also while no backup can start, and throws the first trouble', async () => {
    const { ran, timers, world } = await timersOf(['keys'], ({ backup }) => ({
      backup: {
        ...backup,
        records: {
          ...backup.records,
          policies: {
            ...backup.records.policies,
            list: async () => {
              throw new RangeError('no policies');
            },
          },
        },
      },
    }));
    await assert.rejects(timers.schedule(), /no policies/);
    assert.deepEqual(ran, ['retention', 'verification', 'sweep', 'keys']);
    const failed = world.log.lines.filter(({ event }) => event === 'timer.partFailed').map(({ facts }) => facts);
    assert.deepEqual(failed, [
      { part: 'schedule', error: 'RangeError' },
      { part: 'policies', error: 'RangeError' },
      { part: 'keys', error: 'unavailable' },
    ]);
  });

  it('takes up everything else when restores cannot be, at a start and later', async () => {
    const { ran, timers } = await timersOf(['restore']);
    await assert.rejects(timers.watchdog(), /not now/);
    await assert.rejects(timers.takeUp(), /not now/);
    assert.deepEqual(ran, ['restore', 'verification', 'restore', 'verification']);
  });
});
