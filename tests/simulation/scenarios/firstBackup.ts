import type { NewPerson } from '../tenant/controls.ts';
import { newestRun } from '../oracle/endState.ts';
import { protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** The policy is there; its first run is due at the first timer. */
const first = (name: string, workload: string, person: NewPerson): Scenario => ({
  name,
  people: [person],
  async prepare(world) {
    await world.ask(protect([workload]));
  },
  hasBegun: async (inspector) => (await newestRun(inspector)) !== undefined,
});

export const firstBackup = first('first-backup', 'mail', { alias: 'anna', messages: 2, drive: false });
export const firstBackupDrive = first('first-backup-drive', 'drive', { alias: 'anna', mailbox: 'none', files: 2 });
