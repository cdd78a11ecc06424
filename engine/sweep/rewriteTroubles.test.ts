import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import type { PackId } from '../model/ids.ts';
import { chunkIndex } from '../repository/chunkIndex.ts';
import { condemnedList } from '../repository/condemned.ts';
import { assertReadable, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

const eager = { leastShare: 0.6, leastWon: 1_000, manySmall: 3, smallPack: 4 * 1024 * 1024 };

/** Packs of which little is needed, and small ones; they are to be written anew in the next cycle. */
async function retiring(): Promise<{ readonly world: SweepWorld; readonly packs: readonly string[] }> {
  const world = await sweepWorld();
  const { source } = world.backup;
  source.folder('f1', 'Inbox');
  await world.run();
  for (const [index, id] of ['m1', 'm2', 'm3'].entries()) source.put(id, 'f1', noise(300_000, index + 1));
  await world.run();
  source.put('m1', 'f1', 'short now');
  source.put('m2', 'f1', 'short too');
  await world.run();
  for (let number = 0; number < 4; number++) {
    source.put(`s${number}`, 'f1', noise(2_000, 50 + number));
    await world.run();
  }
  world.nextDay();
  await world.expireAllBut(1);
  await world.cycle(eager);
  world.nextDay();
  const packs = objects(world, 'retiring');
  assert.ok(packs.length > 0);
  return { world, packs };
}

const objects = (world: SweepWorld, state: string): readonly string[] =>
  world.backup.tables
    .dump()
    .filter(({ key, columns }) => key.startsWith('object/packs/') && columns['state'] === state)
    .map(({ key }) => key.slice('object/'.length));

describe('a pack that was to be written anew', () => {
  it('goes where nothing is wrong', async () => {
    const { world, packs } = await retiring();
    const result = await world.cycle(eager);
    assert.ok(result.kind === 'done');
    assert.ok(result.report.repacked > 0 && result.report.repacked <= packs.length);
    assert.equal(world.names('moved/').length, result.report.repacked);
  });

  it('stays for a day after the last point that needs it expired', async () => {
    const { world, packs } = await retiring();
    const { source, resource } = world.backup;
    for (const id of ['m1', 'm2', 'm3', 's0', 's1', 's2', 's3']) source.put(id, 'f1', `other content of ${id}`);
    source.folder('f1', 'Renamed');
    await world.run();
    const [gone] = await world.expireAllBut(1);
    assert.equal((await world.cycle(eager)).kind, 'done');
    const { repository } = await world.start();
    assert.ok(gone !== undefined);
    for await (const { streams } of (await repository.points.open(resource, gone)).entries())
      for (const stream of streams) await Array.fromAsync(repository.readStream(stream));
    assert.ok(objects(world, 'condemned').some((name) => packs.includes(name)));
    world.nextDay();
    assert.equal((await world.cycle(eager)).kind, 'done');
    assert.ok(packs.some((name) => !world.names('packs/').includes(name)));
  });

  it('goes off the list when something names it, however near its end is', async () => {
    const { world, packs } = await retiring();
    const ids = packs.map((name) => name.slice(-32) as PackId);
    const going = await condemnedList(world.backup.tables, chunkIndex()).reclaim(ids);
    assert.deepEqual([...going], []);
    assert.deepEqual(objects(world, 'retiring'), []);
  });

  it('stays as it is when it turns out to be damaged, and the cycle goes on', async () => {
    const { world, packs } = await retiring();
    for (const name of packs) world.backup.blobs.tamper('repository', name, (bytes) => bytes.fill(7, -60));
    const result = await world.cycle(eager);
    assert.ok(result.kind === 'done' && result.report.repacked === 0);
    assert.deepEqual(objects(world, 'kept'), packs);
    assert.deepEqual(world.names('moved/'), []);
    for (const name of packs) assert.ok(world.names('packs/').includes(name));
  });

  it('is not replaced by packs that storage does not give back as they were written', async () => {
    const { world, packs } = await retiring();
    const { blobs } = world.backup;
    const stop = blobs.onMutation(({ name, before, after, isTampering }) => {
      if (isTampering || before !== undefined || after === undefined || !name.startsWith('packs/')) return;
      blobs.tamper('repository', name, (bytes) => bytes.fill(7, 40, 60));
    });
    const result = await world.cycle(eager);
    stop();
    assert.ok(result.kind === 'done' && result.report.repacked === 0);
    assert.deepEqual(world.names('moved/'), []);
    for (const name of packs) assert.ok(world.names('packs/').includes(name));
    const { repository } = await world.start();
    assert.equal(await assertReadable(repository, world.backup.resource), 1);
  });
});
