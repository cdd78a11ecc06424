import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everyFault } from '../testing/boundary.ts';
import { sha256, type SourceItem } from '../testing/scriptedConnector.ts';
import { damageContent } from '../verify/testing/damageContent.ts';
import { verifyAll } from '../verify/testing/verifyWorld.ts';
import { startResourceRun } from './startRun.ts';
import { assertTrue, backupWorld, type BackupWorld } from './testing/backupWorld.ts';

async function build(): Promise<BackupWorld> {
  const world = await backupWorld();
  world.source.folder('inbox', 'Inbox');
  for (const id of ['a', 'b', 'c']) world.source.put(id, 'inbox', `content of ${id} `.repeat(500));
  await world.run();
  world.nextSlot();
  return world;
}

const listed = async (world: BackupWorld) => {
  const { repository } = (await world.start()).services;
  return Array.fromAsync(repository.damage.items(world.resource));
};
const counted = async (world: BackupWorld) => {
  const { repository } = (await world.start()).services;
  return Array.fromAsync(repository.damage.counts());
};

describe('what storage lost', () => {
  it('is fetched again by the next run although its version is known, and the newest point is whole', async () => {
    for (const change of [
      () => undefined,
      (bytes: Uint8Array) => bytes.map((byte, at) => (at === 70 ? byte ^ 1 : byte)),
    ]) {
      const world = await build();
      await damageContent(world, 'b', change);
      await verifyAll(world);
      assert.ok((await listed(world)).length > 0);
      const run = await world.run();
      const { services } = await world.start();
      await assertTrue(world, services.repository);
      assert.equal((await services.records.runs.get(run))?.value.status, 'complete');
      // The older point keeps what it lost, and says so.
      const left = await listed(world);
      assert.ok(left.length > 0 && left.every(({ inNewest }) => !inNewest));
      const counts = { inNewest: 0, items: left.length, accepted: 0 };
      assert.deepEqual(await counted(world), [{ resource: world.resource, ...counts }]);
      world.clock.set(world.clock.now() + 60_000);
      const { findings } = await verifyAll(world);
      assert.ok(findings.length > 0 && findings.every(({ inNewest }) => inNewest !== true));
    }
  });

  it('is fetched once: the run after that finds everything known', async () => {
    const world = await build();
    await damageContent(world, 'b');
    await verifyAll(world);
    await world.run();
    const given = world.source.bytesGiven;
    world.nextSlot();
    await world.run();
    assert.equal(world.source.bytesGiven, given);
  });

  it('stays shown and on the list when the source has lost it too', async () => {
    const world = await build();
    await damageContent(world, 'b');
    await verifyAll(world);
    const lost = (await listed(world)).map(({ sourceId }) => sourceId);
    // Gone at the source without a word in its feed.
    const { connector } = world.source;
    const locate = connector.locate.bind(connector);
    Object.assign(connector, {
      locate: async (...[resource, ids, context]: Parameters<typeof locate>) =>
        new Map([...(await locate(resource, ids, context))].map(([id, item]) => [id, id === 'b' ? undefined : item])),
    });
    await world.run();
    const b = (await listed(world)).find(({ sourceId }) => sourceId === 'b');
    assert.ok(lost.includes('b'));
    assert.equal(b?.inNewest, true);
    assert.notEqual(b?.goneSince, undefined);
    const { repository } = (await world.start()).services;
    const newest = await repository.points.find(world.resource, 'latest');
    const entries = await Array.fromAsync((await repository.points.open(world.resource, newest.id)).entries());
    assert.ok(
      entries.some(({ sourceId }) => sourceId === 'b'),
      'nothing that is shown goes because it is damaged',
    );
  });

  it('is healed whatever dies or fails at whichever call', async () => {
    const runs = await everyFault(
      async (process) => {
        const world = await build();
        await damageContent(world, 'b');
        await verifyAll(world);
        await world.survive(process);
        if ((await listed(world)).some(({ inNewest }) => inNewest)) {
          world.nextSlot();
          await world.run();
        }
        await assertTrue(world, (await world.start()).services.repository);
        assert.ok((await listed(world)).every(({ inNewest }) => !inNewest));
      },
      ['kill-after', 'fail-after'],
    );
    assert.ok(runs > 50);
  });
});

describe('a full compare that somebody asks for', () => {
  it('says what the feed had missed, and nothing that it had told', async () => {
    const world = await build();
    const { source } = world;
    await world.run();
    world.nextSlot();
    // What the feed never tells: a new item, a new version, one that left.
    const silent = source.items as Map<string, SourceItem>;
    const a = silent.get('a');
    assert.ok(a);
    source.put('d', 'inbox', 'told by the feed');
    const states = source.history as Map<string, ReadonlyMap<string, string>>;
    states.set('x', new Map([['vx', sha256(a.content)]]));
    states.set('a', new Map([['v-later', sha256(a.content)]]));
    silent.set('x', { ...a, id: 'x', name: 'x', tag: 'vx' });
    silent.set('a', { ...a, tag: 'v-later' });
    silent.delete('c');

    const { services } = await world.start();
    const process = await world.start();
    const run = await startResourceRun(process.services, world.resource, 'system', { compare: true });
    await world.drain(process);
    const row = (await services.records.runs.resources.get(run, world.resource))?.value;
    assert.deepEqual(row?.missedByFeed, { found: 1, differing: 1, gone: 1 });
    assert.equal(row?.status, 'complete');
    await assertTrue(world, services.repository);
    world.nextSlot();
    const quiet = await startResourceRun(process.services, world.resource, 'system', { compare: true });
    await world.drain(process);
    const after = (await services.records.runs.resources.get(quiet, world.resource))?.value;
    assert.deepEqual(after?.missedByFeed, { found: 0, differing: 0, gone: 0 });
  });
});
