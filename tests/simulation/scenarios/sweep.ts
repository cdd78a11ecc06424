import { packName } from '../../../engine/repository/core.ts';
import type { PointId, ResourceId } from '../../../engine/model/ids.ts';
import type { World } from '../kernel/world.ts';
import type { Inspector } from '../oracle/inspector.ts';
import { seededRandom } from '../../../engine/testing/seededRandom.ts';
import { backUp, backUpWholly, idsOf, protect, runsEnded, verifyNothing } from './acts.ts';
import type { Scenario } from './scenario.ts';

const HOUR = 3_600_000;

/** Large enough that the same content is found again and not stored twice. */
const content = Buffer.from(seededRandom('seasonal').bytes(8 * 1024));

/**
 * Two days of backups of which one point is enough; then days in which retention and the sweep do their work, and in which
 * the same content goes, comes back and goes again.
 */
export const sweep: Scenario = {
  name: 'sweep',
  people: [{ alias: 'anna', mailbox: 'none', files: 2 }],
  options: { timerMs: 24 * HOUR },
  longestMs: 14 * 24 * HOUR,
  async prepare(world) {
    const retention = { daily: 1, weekly: 0, monthly: 0, minimumCopies: 1 };
    await world.ask(protect(['drive'], { schedule: { everyHours: 2000 }, retention }));
    await world.ask(verifyNothing);
    await backUpWholly(world);
    const { drive, people } = world.land.tenant;
    const files = people.driveId('anna');
    for (const content of ['other', 'still another']) {
      await world.time.sleep(26 * HOUR);
      for (const id of idsOf(world, files, 'file')) drive.replaceContent(files, id, Buffer.from(`${content} ${id}`));
      await backUpWholly(world);
    }
  },
  async act(world) {
    const { drive, people } = world.land.tenant;
    const files = people.driveId('anna');
    const comes = (): string => drive.put(files, { name: 'seasonal.bin', content });
    const seasonal = comes();
    await backUpAndRest(world, 3);
    drive.remove(files, seasonal);
    await backUpAndRest(world, 71);
    // Its pack waits to be removed by now.
    comes();
    await backUpAndRest(world, 160);
  },
  async check(world, inspector, findings) {
    const needed = await packsNeeded(world, inspector);
    const left = [...world.land.blobs.stored('repository', 'packs/')].filter(
      ({ name, modifiedAt }) => !needed.has(name) && Date.parse(modifiedAt) < world.time.now - 150 * HOUR,
    );
    findings.check(
      'I20',
      left.length === 0,
      () => `nobody needs ${left.map(({ name }) => name).join()}, and it is there`,
    );
  },
};

async function backUpAndRest(world: World, hours: number): Promise<void> {
  await backUp(world);
  await runsEnded(world);
  await world.time.sleep(hours * HOUR);
}

/** Packs that some visible point or open head needs. */
async function packsNeeded({ land }: World, inspector: Inspector): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  for (const partition of land.tables.partitions('resources')) {
    for (const { key, columns } of land.tables.stored('resources', partition)) {
      if (!key.startsWith('point/')) continue;
      const root = await inspector.root(partition as ResourceId, columns['point'] as PointId);
      for (const { pack } of root.packs) needed.add(packName(pack));
    }
  }
  return needed;
}
