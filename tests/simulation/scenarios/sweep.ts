import { newestRun } from '../oracle/endState.ts';
import { objectStates } from '../oracle/sweepChecks.ts';
import { checkSwept, unneededPacks } from '../oracle/orphans.ts';
import { seededRandom } from '../../../engine/testing/seededRandom.ts';
import type { World } from '../kernel/world.ts';
import { backUpWholly, idsOf, protect, verifyNothing } from './acts.ts';
import type { Scenario } from './scenario.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MOST_DAYS = 12;

/** Large enough that the same content is found again and not stored twice. */
const content = Buffer.from(seededRandom('seasonal').bytes(8 * 1024));
const options = { timerMs: DAY };

/** Two backups of which the newest is enough; in between a file went and another changed. */
async function twoBackups(world: World, everyHours: number): Promise<void> {
  const retention = { daily: 1, weekly: 0, monthly: 0, minimumCopies: 1 };
  await world.ask(protect(['drive'], { schedule: { everyHours }, retention }));
  await world.ask(verifyNothing);
  const { drive, people } = world.land.tenant;
  const files = people.driveId('anna');
  const seasonal = drive.put(files, { name: 'seasonal.bin', content });
  await backUpWholly(world);
  await world.time.sleep(26 * HOUR);
  drive.remove(files, seasonal);
  for (const id of idsOf(world, files, 'file')) drive.replaceContent(files, id, Buffer.from(`other ${id}`));
  await backUpWholly(world);
}

const isCondemned = (world: World): boolean => objectStates(world.land).includes('condemned');

/** Lets days pass until it is so; whoever asks for it afterwards says if it never came. */
async function daysUntil(world: World, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let day = 0; day < MOST_DAYS; day++) {
    // After the timers of the day, and after what of their work still waits, such as a point that goes late.
    do await world.time.sleep(MINUTE);
    while (!world.deployment.isIdle);
    if (await isSo()) return;
    await world.time.sleep(DAY);
  }
}

/** Retention lets a point go, and the sweep condemns what nobody needs any more. */
export const retention: Scenario = {
  name: 'retention',
  people: [{ alias: 'anna', mailbox: 'none', files: 1 }],
  options,
  longestMs: 14 * DAY,
  prepare: (world) => twoBackups(world, 2000),
  act: (world) => daysUntil(world, () => isCondemned(world)),
  async check(world, _inspector, findings) {
    findings.check('I20', isCondemned(world), () => 'nothing was condemned');
  },
};

/** What is condemned is removed, and nothing else. */
export const sweep: Scenario = {
  name: 'sweep',
  people: [{ alias: 'anna', mailbox: 'none', files: 1 }],
  options,
  longestMs: 14 * DAY,
  async prepare(world) {
    await twoBackups(world, 2000);
    await daysUntil(world, () => isCondemned(world));
    await world.time.sleep(DAY);
  },
  act: (world, inspector) => daysUntil(world, async () => (await unneededPacks(world.land, inspector)).length === 0),
  check: ({ land }, inspector, findings) => checkSwept(land, inspector, findings),
};

/** Content comes back whose pack is condemned: it is backed up while the sweep removes that pack. */
export const comesBack: Scenario = {
  name: 'comes-back',
  people: [{ alias: 'anna', mailbox: 'none', files: 1 }],
  options,
  longestMs: 14 * DAY,
  async prepare(world) {
    // Its next run is due with the cycle that removes.
    await twoBackups(world, 100);
    await daysUntil(world, () => isCondemned(world));
    await world.time.sleep(DAY);
    const { drive, people } = world.land.tenant;
    drive.put(people.driveId('anna'), { name: 'seasonal.bin', content });
  },
  act: (world, inspector) =>
    daysUntil(world, async () => {
      const run = await newestRun(inspector);
      const isBackedUp = run?.state === 'completed' && Date.parse(run.startedAt) >= world.startedAt;
      return isBackedUp && (await unneededPacks(world.land, inspector)).length === 0;
    }),
  check: ({ land }, inspector, findings) => checkSwept(land, inspector, findings),
};
