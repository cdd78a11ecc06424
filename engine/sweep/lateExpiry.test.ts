import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { itemIdOf } from '../backup/entries.ts';
import type { PointId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import { boundary, everyFault } from '../testing/boundary.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import { survive, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

const anyone = async (): Promise<boolean> => true;

/** Six points: an item that changes and comes back as it was, one that only the third knows, one that stays. */
async function sixPoints(): Promise<{ readonly world: SweepWorld; readonly points: readonly PointId[] }> {
  const world = await sweepWorld();
  const { source, resource } = world.backup;
  source.folder('f1', 'Inbox');
  source.put('stays', 'f1', noise(800, 1));
  for (const version of [1, 2, 1, 3, 4, 5]) {
    source.put('m1', 'f1', noise(800, version));
    if (version === 2) source.put('short', 'f1', noise(800, 9));
    else if (source.items.has('short')) source.remove('short');
    await world.run();
  }
  world.nextDay();
  const { repository } = await world.start();
  const points = (await repository.points.list(resource)).points.map(({ id }) => id).toReversed();
  assert.equal(points.length, 6);
  await repository.catalog.apply(resource, points.at(-1) as PointId);
  return { world, points };
}

async function shown(world: SweepWorld, repository: OpenRepository): Promise<unknown> {
  const { resource } = world.backup;
  const { records } = (await world.backup.start()).services;
  const of = (await records.resources.get(resource))?.value as ProtectedResource;
  const versions = [];
  for (const sourceId of ['stays', 'm1', 'short', 'f1'])
    versions.push(await repository.catalog.versions(resource, itemIdOf(repository, of, sourceId)));
  assert.ok(versions[0]?.length === 1 && (versions[1]?.length ?? 0) > 2);
  return { versions, deleted: (await repository.catalog.deleted(resource)).versions };
}

async function assertEqualToRebuild(world: SweepWorld): Promise<void> {
  const { repository } = await world.start();
  const before = await shown(world, repository);
  await repository.catalog.rebuild(world.backup.resource);
  assert.deepEqual(await shown(world, repository), before);
}

describe('an expiry that was killed', () => {
  it('ends days later with the catalog that a rebuild makes, and costs no rebuild: the sweep waits for it', async () => {
    const { world: start, points } = await sixPoints();
    const { resource } = start.backup;
    const going = [points[0], points[1], points[3]] as PointId[];
    let unfinished = 0;
    const runs = await everyFault(
      async (process) => {
        const world = start.fork();
        await survive(process, async () => {
          const { repository } = await world.start(process);
          await repository.expiry.expire(resource, going, anyone);
        });
        for (let cycles = 0; cycles < 3; cycles++) {
          world.nextDay();
          assert.equal((await world.cycle()).kind, 'done');
        }
        const { repository } = await world.start();
        if ((await repository.expiry.unfinished(resource)).length > 0) {
          unfinished += 1;
          let rebuilds = 0;
          const watch = world.backup.tables.onMutation(({ rows }) => {
            rebuilds += rows.filter(({ after }) => after?.columns['rebuilding'] === true).length;
          });
          await repository.expiry.expire(resource, [], anyone);
          watch();
          assert.equal(rebuilds, 0);
          assert.deepEqual(await repository.expiry.unfinished(resource), []);
        }
        assert.ok(world.names('points/').length >= 3);
        await assertEqualToRebuild(world);
        for (let cycles = 0; cycles < 2; cycles++) {
          world.nextDay();
          await world.cycle();
        }
        const visible = await repository.housekeeping.visible(resource);
        assert.equal(world.names('points/').length, visible.length, 'then the sweep takes what it waited with');
      },
      ['kill-after'],
    );
    assert.ok(runs > 20 && unfinished > 5, `${runs} runs, ${unfinished} unfinished`);
  });

  it('ends as well when the root is gone all the same, or does not open', async () => {
    const { world: start, points } = await sixPoints();
    const { resource } = start.backup;
    for (const change of [() => undefined, (bytes: Uint8Array) => bytes.fill(7, 40, 60)]) {
      const world = start.fork();
      const gone = points[1] as PointId;
      const process = boundary(({ name, on }) =>
        name === 'tables.query' && on[0] === 'catalog' ? 'kill-before' : undefined,
      );
      await survive(process, async () => {
        const { repository } = await world.start(process);
        await repository.expiry.expire(resource, [gone], anyone);
      });
      world.backup.blobs.tamper('repository', `points/${resource}/${gone}`, change);
      for (let cycles = 0; cycles < 2; cycles++) {
        world.nextDay();
        assert.equal((await world.cycle()).kind, 'done');
      }
      const { repository } = await world.start();
      assert.deepEqual(await repository.expiry.unfinished(resource), [gone]);
      assert.deepEqual(await repository.expiry.expire(resource, [], anyone), [gone]);
      assert.deepEqual(await repository.expiry.unfinished(resource), []);
      const rows = world.backup.tables.dump().filter(({ table, key }) => table === 'catalog' && key.startsWith('v/'));
      assert.ok(
        rows.every(({ columns }) => columns['fromPoint'] !== gone),
        'nothing is left of what it alone held',
      );
      await assertEqualToRebuild(world);
    }
  });
});
