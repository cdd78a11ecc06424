import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { boundary } from '../testing/boundary.ts';
import type { BoundaryFault, BoundaryPlan } from '../testing/boundary.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { assertTrue } from '../backup/testing/backupWorld.ts';
import { sweepOnce } from './sweepOnce.ts';
import { assertReadable, survive, sweepWorld } from './testing/sweepWorld.ts';

const kinds: readonly BoundaryFault[] = ['kill-before', 'kill-after', 'fail-before', 'fail-after'];
const schedules = 12;
const days = 14;

describe('weeks of backups, expiry, sweeps and kills', () => {
  for (let seed = 1; seed <= schedules; seed++) {
    it(`lose nothing that is visible and leave nothing behind: seed ${seed}`, async () => {
      const random = seededRandom(`weeks ${seed}`);
      const settings = { leastWon: 1_000, leastShare: 0.5, manySmall: 4 };
      const world = await sweepWorld();
      const { source, resource } = world.backup;
      source.folder('f1', 'Inbox');
      for (let day = 0; day < days; day++) {
        for (let changes = random.below(4); changes > 0; changes--)
          source.put(`m${random.below(6)}`, 'f1', noise(500 + random.below(40_000), random.below(9) + 1));
        if (random.chance(0.2) && source.items.has('m1')) source.remove('m1');
        const faulty =
          (rate: number): BoundaryPlan =>
          () =>
            random.chance(rate) ? random.pick(kinds) : undefined;
        world.backup.nextSlot();
        await world.backup.survive(boundary(random.chance(0.5) ? faulty(0.01) : undefined));
        if (random.chance(0.6)) await world.expireAllBut(1 + random.below(4));
        world.nextDay();
        const process = boundary(random.chance(0.6) ? faulty(0.02) : undefined);
        await survive(process, async () => sweepOnce((await world.start(process, settings)).services));
        const { repository } = await world.start();
        await assertReadable(repository, resource);
        await assertTrue(world.backup, repository);
      }
      for (let cycles = 0; cycles < 4; cycles++) {
        world.nextDay();
        assert.equal((await world.cycle(settings)).kind, 'done');
      }
      const { repository } = await world.start();
      const points = await assertReadable(repository, resource);
      assert.equal(world.names('points/').length, points, 'no root is left over');
    });
  }
});
