import { newestRun } from '../oracle/endState.ts';
import { protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** More messages than go into a slice, and more slices than wait for a point. */
export const manyTiny: Scenario = {
  name: 'many-tiny',
  people: [{ alias: 'anna', messages: 9, files: 0, drive: false }],
  options: { environment: { SLICE_ITEMS: '3', POINT_ITEMS: '6' } },
  async prepare(world) {
    await world.ask(protect(['mail']));
  },
  hasBegun: async (inspector) => (await newestRun(inspector)) !== undefined,
};
