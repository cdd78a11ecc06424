import { backUp, backUpWholly, idsOf, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** Every saved place in the feeds is dead when the next run comes, and something went meanwhile. */
export const resync: Scenario = {
  name: 'resync',
  people: [{ alias: 'anna', messages: 2, files: 2 }],
  async prepare(world) {
    await world.ask(protect(['mail', 'drive']));
    await backUpWholly(world);
    const { mail, drive, people } = world.land.tenant;
    const [anna, files] = [people.id('anna'), people.driveId('anna')];
    mail.remove(anna, idsOf(world, anna, 'message')[0] ?? '', 'forGood');
    mail.put(anna, { subject: 'Came since' });
    drive.remove(files, idsOf(world, files, 'file')[0] ?? '');
    world.land.tenant.expireCursors('resyncChangesApplyDifferences');
  },
  async act(world) {
    await backUp(world);
  },
};
