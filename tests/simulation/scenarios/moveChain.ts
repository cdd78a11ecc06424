import { backUp, backUpWholly, idsOf, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** Messages and files that moved on and back, folders that were renamed and moved, and one that went with what was in it. */
export const moveChain: Scenario = {
  name: 'move-chain',
  people: [{ alias: 'anna', messages: 3, files: 2 }],
  async prepare(world) {
    const { mail, drive, people } = world.land.tenant;
    const [anna, files] = [people.id('anna'), people.driveId('anna')];
    const project = mail.folder(anna, 'Project');
    const old = drive.folder(files, 'Old');
    const kept = drive.folder(files, 'Kept');
    drive.put(files, { name: 'inside.txt', content: Buffer.from('inside'), parent: old });
    await world.ask(protect(['mail', 'drive']));
    await backUpWholly(world);

    const [there = '', back = ''] = idsOf(world, anna, 'message');
    mail.move(anna, there, project);
    mail.move(anna, there, 'archive');
    mail.move(anna, back, project);
    mail.move(anna, back, 'inbox');
    mail.renameFolder(anna, project, 'Project, renamed');
    const [file = ''] = idsOf(world, files, 'file');
    drive.move(files, file, kept);
    drive.rename(files, kept, 'Kept, renamed');
    drive.remove(files, old);
  },
  async act(world) {
    await backUp(world);
  },
};
