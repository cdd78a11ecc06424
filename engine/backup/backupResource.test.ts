import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertTrue, backupWorld, endState } from './testing/backupWorld.ts';

describe('a backup of one resource', () => {
  it('stores everything at first and what changed from then on', async () => {
    const world = await backupWorld();
    const { source } = world;
    source.folder('f-in', 'Inbox');
    source.folder('f-out', 'Sent');
    for (let i = 0; i < 7; i++) source.put(`m${i}`, i % 2 ? 'f-in' : 'f-out', `mail number ${i}`);
    const first = await endState(world, await world.run());
    assert.equal(first.run.status, 'complete');
    assert.equal(first.items.length, 9);
    const { services } = await world.start();
    await assertTrue(world, services.repository);
    world.nextSlot();
    source.put('m1', 'f-in', 'mail number 1, now a draft');
    source.remove('m2');
    source.move('m3', 'f-out');
    const second = await endState(world, await world.run());
    assert.equal(second.run.status, 'complete');
    assert.equal(second.items.length, 8);
    await assertTrue(world, services.repository);
  });
});
