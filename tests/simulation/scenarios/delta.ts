import { backUp, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** A mailbox and a drive that were backed up; since then something came, something changed, something went. */
export const delta: Scenario = {
  name: 'delta',
  people: [{ alias: 'anna', messages: 3, files: 3 }],
  async prepare(world) {
    await world.ask(protect(['mail', 'drive']));
    await backUp(world);
  },
  async act(world) {
    const { mail, drive, people } = world.land.tenant;
    const anna = people.id('anna');
    const root = people.driveId('anna');
    const messages = ids(world, anna, 'message');
    const files = ids(world, root, 'file');
    mail.put(anna, { subject: 'New in the inbox' });
    if (messages[0] !== undefined) mail.update(anna, messages[0], { subject: 'Another subject' });
    if (messages[1] !== undefined) mail.remove(anna, messages[1], 'forGood');
    if (files[0] !== undefined) drive.replaceContent(root, files[0], Buffer.from('other content'));
    if (files[1] !== undefined) drive.remove(root, files[1]);
    drive.put(root, { name: 'new.txt', content: Buffer.from('new') });
    await backUp(world);
  },
};

function ids(world: Parameters<Scenario['prepare']>[0], resource: string, kind: string): string[] {
  return [...world.land.tenant.history.contentsAt(resource)]
    .filter(([, state]) => state.kind === kind)
    .map(([id]) => id)
    .toSorted();
}
