import assert from 'node:assert/strict';
import { it } from 'node:test';
import { everyFault } from '../testing/boundary.ts';
import { backupWorld } from './testing/backupWorld.ts';

it('brings the catalog on its way although the job that made the point visible was cut off right after', async () => {
  await everyFault(
    async (process) => {
      const world = await backupWorld();
      world.source.folder('f1', 'Inbox');
      world.source.put('m1', 'f1', 'content');
      await world.survive(process);
      assert.ok(world.queue.dump('sweep').length > 0, 'nobody was told to bring the catalog up to the new point');
    },
    ['kill-after', 'fail-after'],
  );
});
