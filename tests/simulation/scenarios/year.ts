import { newestRun } from '../oracle/endState.ts';
import type { World } from '../kernel/world.ts';
import { idsOf, protect } from './acts.ts';
import { rotateOnce } from './rotation.ts';
import type { Scenario } from './scenario.ts';

const HOUR = 3_600_000;
const DAYS = 365;
const ROTATION_DAYS = [90, 180, 270];

/** A year of daily runs, weekly sweeps and key rotations while people come, work and go. What they do is drawn. */
export const year: Scenario = {
  name: 'year',
  people: [{ alias: 'anna', messages: 2, files: 2 }],
  options: { timerMs: 6 * HOUR },
  longestMs: (DAYS + 30) * 24 * HOUR,
  isDrawn: true,
  async prepare(world) {
    const retention = { daily: 7, weekly: 4, monthly: 6, minimumCopies: 1 };
    await world.ask(protect(['mail', 'drive'], { schedule: { everyHours: 24 }, retention, keepGoneDays: 30 }));
  },
  async act(world) {
    for (let day = 1; day <= DAYS; day++) {
      work(world, day);
      const rotated = ROTATION_DAYS.indexOf(day);
      if (rotated >= 0) while (!(await rotateOnce(world, rotated + 1))) await world.time.sleep(HOUR);
      await world.time.sleep(24 * HOUR);
    }
  },
  hasBegun: async (inspector) => (await newestRun(inspector)) !== undefined,
};

/** What happens on one day. */
function work(world: World, day: number): void {
  const { drawn } = world;
  const { tenant } = world.land;
  const { mail, drive, people } = tenant;
  const [anna, files] = [people.id('anna'), people.driveId('anna')];
  const messages = idsOf(world, anna, 'message');
  const kept = idsOf(world, files, 'file');
  if (drawn.chance(0.4)) mail.put(anna, { subject: `Message ${day}` });
  if (messages.length > 3 && drawn.chance(0.3)) mail.remove(anna, drawn.pick(messages), 'forGood');
  else if (messages.length > 0 && drawn.chance(0.3))
    mail.update(anna, drawn.pick(messages), { isRead: drawn.chance(0.5) });
  else if (messages.length > 0 && drawn.chance(0.2))
    mail.move(anna, drawn.pick(messages), drawn.pick(['inbox', 'archive']));
  if (drawn.chance(0.2)) drive.put(files, { name: `From day ${day}.txt`, content: Buffer.from(`of day ${day}`) });
  if (kept.length > 3 && drawn.chance(0.2)) drive.remove(files, drawn.pick(kept));
  else if (kept.length > 0 && drawn.chance(0.3))
    drive.replaceContent(files, drawn.pick(kept), Buffer.from(`changed on ${day}`));
  if (drawn.chance(0.02)) tenant.expireCursors();
  if (day % 100 === 30) people.join({ alias: `guest${day}`, messages: 1, files: 1 });
  if (day % 100 === 70) people.leave(`guest${day - 40}`);
}
