import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backupWorld, type BackupWorld } from '../backup/testing/backupWorld.ts';
import { everyFault } from '../testing/boundary.ts';
import { damageContent } from './testing/damageContent.ts';
import { verifyAll } from './testing/verifyWorld.ts';

/** Six items in two folders, two points. */
async function build(): Promise<BackupWorld> {
  const world = await backupWorld();
  world.source.folder('inbox', 'Inbox');
  for (const id of ['a', 'b', 'c', 'd']) world.source.put(id, 'inbox', `content of ${id} `.repeat(300));
  await world.run();
  world.source.put('b', 'inbox', 'new content '.repeat(200));
  world.source.put('e', 'inbox', 'late '.repeat(500));
  await world.run();
  return world;
}

describe('a verification', () => {
  it('ends well where all is well, and says how much it looked at', async () => {
    const world = await build();
    const { verification, findings } = await verifyAll(world);
    assert.equal(verification.state, 'done');
    assert.deepEqual(findings, []);
    assert.deepEqual(verification.found, { missing: 0, corrupt: 0, differs: 0, items: 0, others: 0 });
    assert.equal(verification.looked.points, 2);
    assert.equal(verification.looked.resources, 1);
    assert.ok(verification.looked.bytes > 10_000);
  });

  it('goes on over many jobs, each at most as long as a job may be', async () => {
    const world = await build();
    await damageContent(world, 'e');
    const whole = await verifyAll(world);
    const inPieces = await verifyAll(world, { level: 'full' }, undefined, { jobMs: 0 });
    assert.equal(inPieces.verification.state, 'done');
    assert.deepEqual(
      inPieces.findings.map(({ key }) => key),
      whole.findings.map(({ key }) => key),
    );
    assert.deepEqual(inPieces.verification.looked.streams, whole.verification.looked.streams);
  });

  it('puts damaged items on the list of their resource and tells once', async () => {
    const world = await build();
    const pack = await damageContent(world, 'e');
    const { verification, findings } = await verifyAll(world);
    const named = findings.filter(({ area }) => area === 'content').map(({ item }) => item?.sourceId);
    assert.ok(named.includes('e'));
    const { repository, records } = (await world.start()).services;
    const list = await Array.fromAsync(repository.damage.items(world.resource));
    assert.deepEqual(list.map(({ sourceId }) => sourceId).toSorted(), [...new Set(named)].toSorted());
    assert.ok(
      list.every(({ inNewest, packs, kind }) => inNewest && kind === 'missing' && pack.endsWith(packs[0] ?? '-')),
    );
    const told = (await records.outbox.list()).filter(({ id }) => id === `verify-${verification.id}`);
    assert.equal(told.length, 1);
    assert.deepEqual(told[0]?.message, {
      kind: 'damageFound',
      verification: verification.id,
      items: list.length,
      others: verification.found.others,
    });
  });

  it('takes off the list what was brought back', async () => {
    const world = await build();
    const before = world.blobs.dump();
    const pack = await damageContent(world, 'e');
    await verifyAll(world);
    const { repository } = (await world.start()).services;
    assert.notEqual((await Array.fromAsync(repository.damage.items(world.resource))).length, 0);
    const bytes = before.find(({ name }) => name === pack)?.bytes;
    assert.ok(bytes);
    await world.blobs.create('repository', pack, bytes);
    world.clock.set(world.clock.now() + 60_000);
    await verifyAll(world, { level: 'sampling', share: 0 });
    assert.deepEqual(await Array.fromAsync(repository.damage.items(world.resource)), []);
  });

  it('finds the same whatever dies or fails at whichever call', async () => {
    const small = async (): Promise<BackupWorld> => {
      const world = await backupWorld({ style: 'drive' });
      world.source.put('a', undefined, 'content of a '.repeat(50));
      world.source.put('b', undefined, 'content of b '.repeat(50));
      await world.run();
      await damageContent(world, 'b');
      return world;
    };
    const expected = await verifyAll(await small());
    const runs = await everyFault(async (process) => {
      const { verification, findings } = await verifyAll(await small(), { level: 'full' }, process);
      assert.equal(verification.state, 'done');
      assert.deepEqual(
        findings.map(({ area, kind, item }) => [area, kind, item?.sourceId]).toSorted(),
        expected.findings.map(({ area, kind, item }) => [area, kind, item?.sourceId]).toSorted(),
      );
      assert.deepEqual(verification.found, expected.verification.found);
    });
    assert.ok(runs > 100, `${runs} runs`);
  });
});
