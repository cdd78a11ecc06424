import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import type { PackId } from '../model/ids.ts';
import { packNameOf } from './packTables.ts';
import { assertReadable, sweepWorld } from './testing/sweepWorld.ts';

/** Of this size each has a segment of its own. */
const size = 300_000;

describe('a pack of which a repair found a part only', () => {
  it('stays when it is brought back from a copy: nothing else holds the rest', async () => {
    const world = await sweepWorld({ style: 'drive', workload: 'drive', settings: { sliceBytes: 4_000_000 } });
    const { source, blobs, resource } = world.backup;
    source.folder('f1', 'Inbox');
    await world.run();
    source.put('found', 'f1', noise(size, 1));
    source.put('lost', 'f1', noise(size, 2));
    await world.run();
    source.put('same', 'f1', noise(size, 1));
    source.remove('found');
    source.put('lost', 'f1', 'other now');
    await world.run();
    const { repository } = await world.start();
    const [, first] = (await repository.points.list(resource)).points;
    assert.ok(first);
    const packs = new Map<string, PackId>();
    for await (const { sourceId, streams } of (await repository.points.open(resource, first.id)).entries())
      for (const { parts } of streams) for (const { place } of parts) packs.set(sourceId, place.pack);
    const old = packs.get('lost');
    assert.ok(old !== undefined && packs.get('found') === old);

    let copy: Uint8Array = new Uint8Array();
    blobs.tamper('repository', packNameOf(old), (bytes) => void (copy = bytes));
    const [repair] = await Array.fromAsync((await world.start()).repository.repairPacks([old]));
    assert.deepEqual(repair, { pack: old, outcome: 'repaired', found: 1, missing: 2 });

    await blobs.create('repository', packNameOf(old), copy);
    for (let cycles = 0; cycles < 3; cycles++) {
      world.nextDay();
      const result = await world.cycle({ leastShare: 1, leastWon: 1 });
      assert.ok(result.kind === 'done' && result.report.lacking === 0);
    }
    assert.equal(await assertReadable((await world.start()).repository, resource), 3);
  });
});
