import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import type { PackId, ResourceId } from '../model/ids.ts';
import { openForRecovery } from '../repository/openRepository.ts';
import { everyFault } from '../testing/boundary.ts';
import { memoryKeyWrapper } from '../testing/memoryKeyWrapper.ts';
import { chooseToRewrite } from './rewrite.ts';
import type { Rewritable } from './rewrite.ts';
import { sweepOnce } from './sweepOnce.ts';
import { sweepSettings } from './sweepServices.ts';
import { assertReadable, survive, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

const eager = { leastShare: 0.6, leastWon: 1_000, manySmall: 3, smallPack: 4 * 1024 * 1024 };

/** One pack with three items, of which one is needed in the end; then packs with one small item each. */
async function prepared(small: number, size = 60_000): Promise<SweepWorld> {
  const world = await sweepWorld();
  const { source } = world.backup;
  source.folder('f1', 'Inbox');
  await world.run();
  for (const [index, id] of ['m1', 'm2', 'm3'].entries()) source.put(id, 'f1', noise(size, index + 1));
  await world.run();
  source.put('m1', 'f1', 'short now');
  source.put('m2', 'f1', 'short too');
  await world.run();
  for (let n = 0; n < small; n++) {
    source.put(`s${n}`, 'f1', noise(2_000, 50 + n));
    await world.run();
  }
  world.nextDay();
  await world.expireAllBut(1);
  return world;
}

const bytesOf = (world: SweepWorld): number =>
  world.backup.blobs.dump().reduce((sum, { name, bytes }) => sum + (name.startsWith('packs/') ? bytes.length : 0), 0);

async function assertRecovers(world: SweepWorld, items: number): Promise<void> {
  const recovered = await openForRecovery(world.backup.blobs, { vault: memoryKeyWrapper('vault') });
  let most = 0;
  for await (const found of recovered.pointsFromBlobs()) {
    assert.equal(found.kind, 'whole');
    if (found.kind !== 'whole') continue;
    const entries = (await Array.fromAsync(found.reader.entries())).filter(({ container }) => !container);
    most = Math.max(most, entries.length);
    for (const { streams } of entries)
      for (const stream of streams) assert.ok((await Array.fromAsync(recovered.readStream(stream))).length > 0);
  }
  assert.equal(most, items);
}

describe('packs that are written anew', () => {
  it('give back what nobody needs, and everything stays readable, without tables too', async () => {
    // Of this size each has a segment of its own.
    const world = await prepared(4, 300_000);
    const before = bytesOf(world);
    let repacked = 0;
    for (let cycles = 0; cycles < 5; cycles++, world.nextDay()) {
      const result = await world.cycle(eager);
      assert.ok(result.kind === 'done', result.kind === 'refused' ? String(result.report.refused) : result.kind);
      repacked += result.report.repacked;
      const { repository } = await world.start();
      assert.equal(await assertReadable(repository, world.backup.resource), 1);
      await assertRecovers(world, 7);
    }
    assert.ok(repacked >= 2, `${repacked} packs were written anew`);
    assert.ok(world.names('moved/').length >= 2);
    assert.ok(bytesOf(world) < before - 600_000, 'what m1 and m2 were is gone');
  });

  it('are read by a process that knew them before, and backed up on', async () => {
    const world = await prepared(4);
    const { repository } = await world.start();
    await assertReadable(repository, world.backup.resource);
    for (let cycles = 0; cycles < 4; cycles++, world.nextDay()) await world.cycle(eager);
    await assertReadable(repository, world.backup.resource);
    world.backup.source.put('m9', 'f1', noise(4_000, 99));
    await world.run();
    for (let cycles = 0; cycles < 6; cycles++, world.nextDay()) await world.cycle(eager);
    assert.equal(await assertReadable(repository, world.backup.resource), 2);
    await world.expireAllBut(1);
    for (let cycles = 0; cycles < 6; cycles++, world.nextDay()) await world.cycle(eager);
    assert.equal(await assertReadable((await world.start()).repository, world.backup.resource), 1);
    await assertRecovers(world, 8);
  });

  it('come to an end', async () => {
    const world = await prepared(4);
    const repacked: number[] = [];
    for (let cycles = 0; cycles < 12; cycles++, world.nextDay()) {
      const result = await world.cycle(eager);
      repacked.push(result.kind === 'done' ? result.report.repacked : -1);
    }
    assert.deepEqual(repacked.slice(-4), [0, 0, 0, 0], repacked.join());
  });

  it('lose nothing when the sweep is killed at any call', async () => {
    const start = await prepared(3);
    await start.cycle(eager);
    start.nextDay();
    const runs = await everyFault(
      async (process) => {
        const world = start.fork();
        await survive(process, async () => {
          const { services } = await world.start(process, eager);
          await sweepOnce(services);
          world.nextDay();
          await sweepOnce(services);
        });
        assert.equal(await assertReadable((await world.start()).repository, world.backup.resource), 1);
        for (let cycles = 0; cycles < 3; cycles++, world.nextDay()) await world.cycle(eager);
        assert.equal(await assertReadable((await world.start()).repository, world.backup.resource), 1);
        await assertRecovers(world, 6);
      },
      ['kill-after', 'fail-after'],
    );
    assert.ok(runs > 100, `${runs} runs`);
  });
});

describe('which packs are written anew', () => {
  const pack = (
    id: string,
    bytes: number,
    length: number,
    resource = 'r',
    kind: 'content' | 'meta' = 'content',
  ): Rewritable => ({
    pack: id as PackId,
    length,
    usage: { kind, bytes, resource: resource as ResourceId, isInJob: false },
  });
  const mib = 1024 * 1024;

  it('is those of which little is needed, least first', () => {
    const packs = [pack('a', 8 * mib, 32 * mib), pack('b', 7 * mib, 32 * mib), pack('c', mib, 32 * mib)];
    assert.deepEqual(chooseToRewrite(packs, sweepSettings), ['c', 'b']);
    assert.deepEqual(chooseToRewrite(packs, { ...sweepSettings, mostRepacked: 1 }), ['c']);
  });

  it('is the small ones of one resource and kind, when there are many', () => {
    const small = (count: number, resource: string, kind?: 'meta') =>
      Array.from({ length: count }, (_, n) => pack(`${resource}${n}`, 90_000, 100_000, resource, kind));
    assert.deepEqual(
      chooseToRewrite([...small(15, 'r'), ...small(15, 's'), ...small(15, 'r', 'meta')], sweepSettings),
      [],
    );
    assert.equal(chooseToRewrite([...small(16, 'r'), ...small(15, 's')], sweepSettings).length, 16);
  });
});
