import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, type PointId, type ResourceId } from '../model/ids.ts';
import { expireResource } from './expire.ts';
import { listRefusals } from './expiryRefusals.ts';
import { expiryTick } from './expiryTick.ts';
import { previewRetention } from './previewRetention.ts';
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

  it('about a resource of which a row does not open, says so until it does, and goes on with all others', async () => {
    const world = await retentionWorld(rules);
    const points = await world.backUp(6, 24);
    const { services, resource, tables } = world;
    const row = tables.dump().find(({ key }) => key.startsWith('point/') && key.endsWith(points[2]?.id ?? '-'));
    assert.ok(row);
    tables.tamper('resources', resource.id, row.key, (same) => ({ ...same, columns: { sealed: new Uint8Array(60) } }));
    const passed = await expireResource(services, resource.id);
    assert.ok(passed.kind === 'refused' && passed.why.includes(row.key), JSON.stringify(passed));
    const [refusal, ...more] = await listRefusals(services);
    assert.deepEqual(
      [refusal, more],
      [{ resource: resource.id, since: instant(world.clock.now()), why: passed.why }, []],
    );
    assert.deepEqual(await previewRetention(services, world.policy, instant(world.clock.now())), {
      resources: 1,
      points: 0,
      loses: [],
      refused: 1,
    });
    world.goTo(instant(world.clock.now() + dayMs));
    await expireResource(services, resource.id);
    assert.deepEqual(await listRefusals(services), [refusal], 'since the first time');

    assert.equal(await world.repository.rewriteRow(resource.id, points[2]?.id as PointId), true);
    assert.equal((await expireResource(services, resource.id)).kind, 'passed');
    assert.deepEqual(await listRefusals(services), []);
  });

  it('about anybody while a clock is wrong, and says that once for all', async () => {
    const world = await retentionWorld(rules);
    await world.backUp(2, 24);
    const { services, resource } = world;
    world.clock.set(world.clock.now() + dayMs);
    await expireResource(services, resource.id);
    const refusals = await listRefusals(services);
    assert.deepEqual(
      refusals.map((one) => one.resource),
      [undefined],
    );
    assert.match(refusals[0]?.why ?? '', /clock/);
    world.storageClock.set(world.clock.now());
    await expireResource(services, resource.id);
    assert.deepEqual(await listRefusals(services), []);
  });

  it('and hands nothing on in safe mode', async () => {
    const world = await retentionWorld(rules);
    assert.equal(await expiryTick({ ...world.services, isInSafeMode: async () => true }), 0);
    assert.equal(await expiryTick(world.services), 1);
    assert.equal(await expiryTick(world.services), 0, 'once a day');
  });
});
