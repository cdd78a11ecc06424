import { newestRun } from '../oracle/endState.ts';
import { protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** The policy is there; its first run is due at the first timer. */
export const firstBackup: Scenario = {
  name: 'first-backup',
  people: [{ alias: 'anna', messages: 3, files: 2 }],
  async prepare(world) {
    await world.ask(protect(['mail', 'drive']));
  },
  hasBegun: async (inspector) => (await newestRun(inspector)) !== undefined,
};
