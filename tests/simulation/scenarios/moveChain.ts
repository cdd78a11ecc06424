import { backUp, backUpWholly, idsOf, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** A file that moved, a folder that was renamed, and one that went with what was in it. */
export const moveChain: Scenario = {
  name: 'move-chain',
  people: [{ alias: 'anna', mailbox: 'none', files: 2 }],
  async prepare(world) {
    const { drive, people } = world.land.tenant;
    const files = people.driveId('anna');
    const old = drive.folder(files, 'Old');
    const kept = drive.folder(files, 'Kept');
    drive.put(files, { name: 'inside.txt', content: Buffer.from('inside'), parent: old });
    await world.ask(protect(['drive']));
    await backUpWholly(world);

    const [file = ''] = idsOf(world, files, 'file');
    drive.move(files, file, kept);
    drive.rename(files, kept, 'Kept, renamed');
    drive.remove(files, old);
  },
  async act(world) {
    await backUp(world);
  },
};

/** Messages that moved on and back, and a folder that was renamed. */
export const moveChainMail: Scenario = {
  name: 'move-chain-mail',
  people: [{ alias: 'anna', messages: 3, drive: false }],
  async prepare(world) {
    const { mail, people } = world.land.tenant;
    const anna = people.id('anna');
    const project = mail.folder(anna, 'Project');
    await world.ask(protect(['mail']));
    await backUpWholly(world);

    const [there = '', back = ''] = idsOf(world, anna, 'message');
    mail.move(anna, there, project);
    mail.move(anna, there, 'archive');
    mail.move(anna, back, project);
    mail.move(anna, back, 'inbox');
    mail.renameFolder(anna, project, 'Project, renamed');
  },
  async act(world) {
    await backUp(world);
  },
};
