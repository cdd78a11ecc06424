import type { World } from '../kernel/world.ts';
import type { NewPerson } from '../tenant/controls.ts';
import { backUp, backUpWholly, idsOf, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** Every saved place in the feeds is dead when the next run comes, and something went meanwhile. */
const resynced = (name: string, workload: string, person: NewPerson, change: (world: World) => void): Scenario => ({
  name,
  people: [person],
  async prepare(world) {
    await world.ask(protect([workload]));
    await backUpWholly(world);
    change(world);
    world.land.tenant.expireCursors('resyncChangesApplyDifferences');
  },
  async act(world) {
    await backUp(world);
  },
});

export const resync = resynced('resync', 'mail', { alias: 'anna', messages: 2, drive: false }, (world) => {
  const { mail, people } = world.land.tenant;
  const anna = people.id('anna');
  mail.remove(anna, idsOf(world, anna, 'message')[0] ?? '', 'forGood');
  mail.put(anna, { subject: 'Came since' });
});

export const resyncDrive = resynced('resync-drive', 'drive', { alias: 'anna', mailbox: 'none', files: 2 }, (world) => {
  const { drive, people } = world.land.tenant;
  const files = people.driveId('anna');
  drive.remove(files, idsOf(world, files, 'file')[0] ?? '');
});
