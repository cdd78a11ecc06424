import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { Fault, isFault } from '../fault.ts';
import type { PackId, ResourceId } from '../model/ids.ts';
import { objectKey } from '../repository/condemned.ts';
import { aResource } from '../testing/recordsWorld.ts';
import { addedEach } from './cycle.ts';
import { countsOf, emptyListing, insistOnGrowth } from './listing.ts';
import { chooseToRewrite } from './rewrite.ts';
import { sweepFlow } from './sweepFlow.ts';
import { sweepOnce } from './sweepOnce.ts';
import { sweepSettings } from './sweepServices.ts';
import { assertReadable, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

async function prepared(): Promise<SweepWorld> {
  const world = await sweepWorld();
  const { source } = world.backup;
  source.folder('f1', 'Inbox');
  for (const version of [1, 2, 3]) {
    source.put('m1', 'f1', noise(3_000, version));
    await world.run();
  }
  world.nextDay();
  await world.expireAllBut(1);
  return world;
}

describe('an object whose removal stands in a row', () => {
  it('stays and goes off the list when something needs it after all', async () => {
    const world = await prepared();
    const { tables, resource } = world.backup;
    await world.cycle();
    const { repository } = await world.start();
    const [point] = await repository.housekeeping.visible(resource);
    assert.ok(point);
    const names = (await repository.housekeeping.packsOf(resource, point)).map(
      (pack) => `packs/${pack.slice(0, 2)}/${pack}`,
    );
    for (const name of names) {
      const columns = { state: 'deleted', at: world.backup.clock.now(), cycle: 1 };
      await tables.change('resources', 'sweep', {
        kind: 'put',
        row: { partition: 'sweep', key: objectKey(name), columns },
      });
    }
    world.nextDay();
    const result = await world.cycle();
    assert.ok(result.kind === 'done' && result.report.spared >= names.length);
    for (const name of names) {
      assert.ok(world.names('packs/').includes(name));
      assert.equal(tables.peek('resources', 'sweep', objectKey(name)), undefined);
    }
    assert.equal(await assertReadable((await world.start()).repository, resource), 1);
  });

  it('is tried again with every cycle while storage does not let go of it', async () => {
    const world = await prepared();
    const { blobs } = world.backup;
    await world.cycle();
    world.nextDay();
    blobs.protect((_, name) => name.startsWith('packs/'));
    const packs = world.names('packs/').length;
    const retained: number[] = [];
    for (let cycles = 0; cycles < 2; cycles++, world.nextDay()) {
      const result = await world.cycle();
      assert.ok(result.kind === 'done');
      retained.push(result.report.retained);
    }
    assert.ok((retained[0] ?? 0) > 0 && retained[1] === retained[0]);
    assert.equal(world.names('packs/').length, packs);
    blobs.protect(() => false);
    await world.cycle();
    assert.ok(world.names('packs/').length < packs);
  });

  it('that is a root which neither goes nor opens keeps the cycle from nothing', async () => {
    const world = await prepared();
    const { blobs, resource } = world.backup;
    await world.cycle();
    world.nextDay();
    const [visible] = await (await world.start()).repository.housekeeping.visible(resource);
    for (const name of world.names('points/'))
      if (!name.endsWith(String(visible))) blobs.tamper('repository', name, (bytes) => bytes.fill(7, 40, 60));
    blobs.protect((_, name) => name.startsWith('points/'));
    const result = await world.cycle();
    assert.ok(result.kind === 'done' && result.report.retained > 0 && result.report.deleted > 0);
    assert.equal(await assertReadable((await world.start()).repository, resource), 1);
  });
});

describe('a sweep', () => {
  it('looks at resources that have nothing in storage yet', async () => {
    const world = await prepared();
    const { services } = await world.start();
    await services.records.resources.put(aResource('f'.repeat(32) as ResourceId));
    assert.equal((await world.cycle()).kind, 'done');
  });

  it('gives up for now where the head of a resource keeps changing, and removes nothing', async () => {
    const world = await prepared();
    const { services, repository } = await world.start();
    await world.cycle();
    world.nextDay();
    const before = world.names('');
    const head = await repository.points.head(world.backup.resource);
    let asked = 0;
    const housekeeping = {
      ...services.housekeeping,
      head: async () => ({ ...head, holder: 'somebody', knows: 0 }),
      raiseFence: () => {
        asked++;
        return Promise.reject(new Fault('stale-fence', 'Another job took this resource over.'));
      },
    };
    await assert.rejects(sweepOnce({ ...services, housekeeping }), (error) => isFault(error, 'unavailable'));
    assert.ok(asked > 1);
    assert.deepEqual(world.names(''), before);
    assert.equal((await world.cycle()).kind, 'done', 'and the next call need not wait');
  });

  it('that cannot even let go of its work leaves it to the next one', async () => {
    const world = await prepared();
    const { services } = await world.start();
    const away = new Fault('unavailable', 'Storage does not answer', { origin: 'storage' });
    let isAway = false;
    const tables = {
      ...services.tables,
      transact: (...args: Parameters<typeof services.tables.transact>) =>
        isAway ? Promise.reject(away) : services.tables.transact(...args),
    };
    const housekeeping = {
      ...services.housekeeping,
      visible: () => {
        isAway = true;
        return Promise.reject(away);
      },
    };
    await assert.rejects(sweepOnce({ ...services, tables, housekeeping }), away);
    assert.equal((await sweepOnce(services)).kind, 'busy');
    assert.equal((await world.cycle()).kind, 'done');
  });

  it('is to go on now where there was none yet', async () => {
    const world = await sweepWorld();
    const flow = sweepFlow({ ...(await world.start()).services, queue: world.backup.queue });
    assert.deepEqual([(await flow.plan()).isRunning, await flow.report()], [false, undefined]);
    assert.equal(Date.parse((await flow.plan()).nextAt), world.backup.clock.now());
  });
});

describe('what is counted', () => {
  it('holds nothing against a list of which an earlier version counted less', () => {
    const counts = countsOf(emptyListing());
    insistOnGrowth(counts, {}, {});
    insistOnGrowth(counts, undefined);
    assert.throws(
      () => insistOnGrowth(counts, { 'packs/': 10_000 }, {}),
      (error) => isFault(error, 'invalid'),
    );
    insistOnGrowth(counts, { 'packs/': 10_000 }, { 'packs/': 10_000 });
    assert.deepEqual(addedEach({}, ['packs/aa/a', 'packs/bb/b', 'points/r/p']), { 'packs/': 2, 'points/': 1 });
  });

  it('comes in one order whatever order it was found in', () => {
    const usage = { kind: 'content' as const, bytes: 1, resource: 'r' as ResourceId, isInJob: false };
    const pack = (id: string) => ({ pack: id as PackId, length: 100, usage });
    const settings = { ...sweepSettings, leastShare: 0.5, leastWon: 1 };
    assert.deepEqual(chooseToRewrite([pack('b'), pack('c'), pack('a')], settings), ['a', 'b', 'c']);
  });
});
