import { isFault } from '../../../engine/fault.ts';
import type { UserId } from '../../../engine/model/ids.ts';
import type { World } from '../kernel/world.ts';
import { backUpWholly, idsOf, protect, verifyNothing } from './acts.ts';
import type { Scenario } from './scenario.ts';

const HOUR = 3_600_000;
/** Points that could be seen when the hold was answered for. */
const heldPoints = new WeakMap<World, readonly string[]>();

/** An administrator sets a legal hold on a person while retention lets their older points go, day by day. */
export const hold: Scenario = {
  name: 'hold',
  people: [{ alias: 'anna', mailbox: 'none', files: 2 }],
  options: { timerMs: 24 * HOUR },
  // What went before the hold came stays gone, what did not go yet stays.
  pastMayDiffer: true,
  longestMs: 14 * 24 * HOUR,
  async prepare(world) {
    const retention = { daily: 3, weekly: 0, monthly: 0, minimumCopies: 1 };
    await world.ask(protect(['drive'], { schedule: { everyHours: 2000 }, retention }));
    await world.ask(verifyNothing);
    const { drive, people } = world.land.tenant;
    const files = people.driveId('anna');
    for (const content of ['one', 'two', 'three', 'four']) {
      for (const id of idsOf(world, files, 'file')) drive.replaceContent(files, id, Buffer.from(`${content} ${id}`));
      await backUpWholly(world);
      await world.time.sleep(14 * HOUR);
    }
  },
  async act(world) {
    // Hours before retention would let the oldest point go.
    await world.time.sleep(HOUR / 2);
    const by = { id: 'carl' as UserId, name: 'Carl' };
    const on = { kind: 'user', sourceId: world.land.tenant.people.id('anna') } as const;
    await world.ask(async ({ services }) => {
      const there = await services.records.holds.list();
      if (there.some(({ value }) => value.reason === 'Case 7')) return;
      await services.retention.setHold(by, { on, reason: 'Case 7' }).catch((error: unknown) => {
        if (!isFault(error, 'conflict')) throw error;
        throw new Error('Somebody changed the records meanwhile: try again', { cause: error });
      });
    });
    heldPoints.set(world, visiblePoints(world));
    await world.time.sleep(26 * HOUR);
  },
  async check(world, _inspector, findings) {
    const visible = new Set(visiblePoints(world));
    const held = heldPoints.get(world) ?? [];
    findings.check('I22', held.length > 0, () => 'no point was held');
    for (const id of held) findings.check('I22', visible.has(id), () => `point ${id} went although it was held`);
  },
};

const visiblePoints = ({ land }: World): string[] =>
  land.tables
    .partitions('resources')
    .flatMap((partition) => [...land.tables.stored('resources', partition)])
    .filter(({ key }) => key.startsWith('point/'))
    .map(({ key }) => key.slice(key.lastIndexOf('/') + 1));
