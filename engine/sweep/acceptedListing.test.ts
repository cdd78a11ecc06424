import assert from 'node:assert/strict';
import { it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { sweepFlow } from './sweepFlow.ts';
import { assertReadable, sweepWorld } from './testing/sweepWorld.ts';

const eager = { leastShare: 0.6, leastWon: 1_000, manySmall: 3, smallPack: 4 * 1024 * 1024 };

it('an accepted list lets no pack go that a record may have led to, until what was lost is brought back', async () => {
  const world = await sweepWorld();
  const { source, blobs, resource, queue } = world.backup;
  source.folder('f1', 'Inbox');
  for (const [index, id] of ['m1', 'm2', 'm3'].entries()) source.put(id, 'f1', noise(300_000, index + 1));
  await world.run();
  source.put('m1', 'f1', 'short now');
  source.put('m2', 'f1', 'short too');
  await world.run();
  world.nextDay();
  await world.expireAllBut(1);
  // Most of the first pack was let go, so that the rest is written into another one: a record says where.
  for (let cycles = 0; cycles < 5; cycles++, world.nextDay()) await world.cycle(eager);
  const records = world.names('moved/');
  assert.ok(records.length > 0, 'a pack was written anew');
  const before = world.names('packs/');

  const kept = new Map<string, Uint8Array>();
  for (const name of records) blobs.tamper('repository', name, (bytes) => void kept.set(name, bytes));
  assert.equal((await world.cycle()).kind, 'refused');
  await sweepFlow({ ...(await world.start()).services, queue }).acceptListing('system', 'not looked at well');
  const accepted = await world.cycle();
  assert.ok(accepted.kind === 'done', accepted.kind);
  assert.ok(accepted.report.lacking > 0);
  // Nothing says any more that the new packs are needed, for however long.
  for (let cycles = 0; cycles < 3; cycles++) {
    world.nextDay();
    assert.equal((await world.cycle()).kind, 'done');
    assert.deepEqual(world.names('packs/'), before);
  }

  for (const [name, bytes] of kept) await blobs.create('repository', name, bytes);
  for (let cycles = 0; cycles < 3; cycles++) {
    world.nextDay();
    await world.cycle();
  }
  assert.deepEqual(world.names('packs/'), before);
  assert.equal(await assertReadable((await world.start()).repository, resource), 1);
});
