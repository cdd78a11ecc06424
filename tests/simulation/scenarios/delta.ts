import { backUp, backUpWholly, idsOf, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** A mailbox that was backed up; since then a message came, one changed, one went. */
export const delta: Scenario = {
  name: 'delta',
  people: [{ alias: 'anna', messages: 3, drive: false }],
  async prepare(world) {
    await world.ask(protect(['mail']));
    await backUpWholly(world);
    const { mail, people } = world.land.tenant;
    const anna = people.id('anna');
    const [changed = '', gone = ''] = idsOf(world, anna, 'message');
    mail.put(anna, { subject: 'New in the inbox' });
    mail.update(anna, changed, { subject: 'Another subject' });
    mail.remove(anna, gone, 'forGood');
  },
  async act(world) {
    await backUp(world);
  },
};

/** The same of a drive. */
export const deltaDrive: Scenario = {
  name: 'delta-drive',
  people: [{ alias: 'anna', mailbox: 'none', files: 3 }],
  async prepare(world) {
    await world.ask(protect(['drive']));
    await backUpWholly(world);
    const { drive, people } = world.land.tenant;
    const files = people.driveId('anna');
    const [rewritten = '', removed = ''] = idsOf(world, files, 'file');
    drive.replaceContent(files, rewritten, Buffer.from('other content'));
    drive.remove(files, removed);
    drive.put(files, { name: 'new.txt', content: Buffer.from('new') });
  },
  async act(world) {
    await backUp(world);
  },
};
