import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apiWorld } from './testing/world.ts';
import { rebuildCatalog } from './rebuildCatalog.ts';
import type { OpenRepository } from '../engine/repository/openRepository.ts';

describe('a rebuild of the catalog', () => {
  it('finds the restore points that no table knows, and goes on where one resource cannot be read', async () => {
    const world = await apiWorld();
    const repository = world.services.repository as OpenRepository;
    const { anna, ben } = world.mail;
    await world.publish(anna, [
      { name: 'Inbox', isFolder: true },
      { name: 'Budget', parent: 'Inbox', content: 'x' },
    ]);
    await world.publish(anna, [{ name: 'Later', parent: 'Inbox', content: 'y' }], ['Budget']);
    const broken = await world.publish(ben, [{ name: 'Note', content: 'z' }]);
    const before = {
      versions: await repository.catalog.versions(anna.id, world.itemId(anna, 'Budget')),
      deleted: await repository.catalog.deleted(anna.id),
    };
    world.tables.drop('catalog');
    world.tables.drop('resources');
    world.blobs.tamper('repository', `points/${ben.id}/${broken.id}`, (bytes) => bytes.with(9, (bytes[9] ?? 0) ^ 1));

    const rebuilt = await rebuildCatalog(repository);
    assert.equal(rebuilt.pointsFound, 2);
    assert.deepEqual(await repository.catalog.versions(anna.id, world.itemId(anna, 'Budget')), before.versions);
    assert.deepEqual(await repository.catalog.deleted(anna.id), before.deleted);
    assert.equal((await repository.points.list(anna.id)).points.length, 2);
    assert.deepEqual(
      [rebuilt.resources, rebuilt.broken.map(({ message }) => message.includes(broken.id))],
      [1, [true]],
    );
    // Again: nothing is lost any more, and the same comes out.
    const again = await rebuildCatalog(repository);
    assert.deepEqual([again.pointsFound, again.rows], [0, rebuilt.rows]);
  });
});
