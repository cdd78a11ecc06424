import { newestRun } from '../oracle/endState.ts';
import { backUp, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** The policy is there; its first run is due at the first timer, and so is the first sweep, which works beside it. */
export const firstBackup: Scenario = {
  name: 'first-backup',
  people: [{ alias: 'anna', messages: 2, drive: false }],
  async prepare(world) {
    await world.ask(protect(['mail']));
  },
  hasBegun: async (inspector) => (await newestRun(inspector)) !== undefined,
};

/** The same of a drive, when somebody asks for it. */
export const firstBackupDrive: Scenario = {
  name: 'first-backup-drive',
  people: [{ alias: 'anna', mailbox: 'none', files: 2 }],
  async prepare(world) {
    await world.ask(protect(['drive']));
  },
  async act(world) {
    await backUp(world);
  },
};
