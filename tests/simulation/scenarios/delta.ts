import { backUp, backUpWholly, idsOf, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** A mailbox and a drive that were backed up; since then something came, something changed, something went. */
export const delta: Scenario = {
  name: 'delta',
  people: [{ alias: 'anna', messages: 3, files: 3 }],
  async prepare(world) {
    await world.ask(protect(['mail', 'drive']));
    await backUpWholly(world);
    const { mail, drive, people } = world.land.tenant;
    const [anna, files] = [people.id('anna'), people.driveId('anna')];
    const [changed = '', gone = ''] = idsOf(world, anna, 'message');
    const [rewritten = '', removed = ''] = idsOf(world, files, 'file');
    mail.put(anna, { subject: 'New in the inbox' });
    mail.update(anna, changed, { subject: 'Another subject' });
    mail.remove(anna, gone, 'forGood');
    drive.replaceContent(files, rewritten, Buffer.from('other content'));
    drive.remove(files, removed);
    drive.put(files, { name: 'new.txt', content: Buffer.from('new') });
  },
  async act(world) {
    await backUp(world);
  },
};
