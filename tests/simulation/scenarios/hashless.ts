import { backUp, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** A drive that says no hash of any file: how long a file is, is all there is to tell a whole one by. */
export const hashless: Scenario = {
  name: 'hashless',
  people: [{ alias: 'anna', mailbox: 'none', files: 2 }],
  // Other bytes of the same length are what the file is, as far as anybody can know.
  cannotTell: ({ asked }, fault) =>
    asked?.operation === 'content.download' && (fault === 'wrong-bytes' || fault === 'corrupt'),
  async prepare(world) {
    const { drive, people } = world.land.tenant;
    drive.hideHashes(people.driveId('anna'));
    await world.ask(protect(['drive']));
  },
  async act(world) {
    await backUp(world);
  },
};
