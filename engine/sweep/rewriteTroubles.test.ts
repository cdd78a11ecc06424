import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
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
