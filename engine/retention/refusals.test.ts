import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, type ResourceId } from '../model/ids.ts';
import { expireResource } from './expire.ts';
import { expiryTick } from './expiryTick.ts';
import { dayMs } from './testing/cases.ts';
import { retentionWorld } from './testing/retentionWorld.ts';

const rules = { retention: { daily: 2, weekly: 0, monthly: 0, minimumCopies: 1 }, keepGoneDays: 365 };

describe('a pass of retention decides nothing', () => {
  it('about a resource whose record is missing', async () => {
    const world = await retentionWorld(rules);
    await world.backUp(5, 24);
    assert.deepEqual(await expireResource(world.services, 'f'.repeat(32) as ResourceId), {
      kind: 'refused',
      why: 'its record is missing',
    });
    assert.equal((await world.repository.points.list(world.resource.id)).points.length, 5);
  });

  it('when the records turn out not to be whole while it lets points go', async () => {
    const world = await retentionWorld(rules);
    await world.backUp(6, 24);
    world.goTo(instant(world.clock.now() + dayMs));
    let asked = 0;
    const services = { ...world.services, isInSafeMode: async () => asked++ > 1 };
    const passed = await expireResource(services, world.resource.id);
    assert.equal(passed.kind === 'passed' && passed.expired.length, 1, 'one, and then no more');
    assert.ok(asked > 2);
  });

  it('and hands nothing on in safe mode', async () => {
    const world = await retentionWorld(rules);
    assert.equal(await expiryTick({ ...world.services, isInSafeMode: async () => true }), 0);
    assert.equal(await expiryTick(world.services), 1);
    assert.equal(await expiryTick(world.services), 0, 'once a day');
  });
});
