import { seededRandom } from '../../../engine/testing/seededRandom.ts';
import { backUp, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** A file of several slices, that does not compress, beside a small one. */
export const largeFile: Scenario = {
  name: 'large-file',
  people: [{ alias: 'anna', messages: 0, files: 1, mailbox: 'none' }],
  options: { limits: { sliceBytes: 40 * 1024 } },
  async prepare(world) {
    const { drive, people } = world.land.tenant;
    const content = Buffer.from(seededRandom('large').bytes(120 * 1024));
    drive.put(people.driveId('anna'), { name: 'large.bin', content });
    await world.ask(protect(['drive']));
  },
  async act(world) {
    await backUp(world);
  },
};
