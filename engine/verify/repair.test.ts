import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backupWorld, type BackupWorld } from '../backup/testing/backupWorld.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import { everyFault, Killed } from '../testing/boundary.ts';
import { repairFindings } from './repair.ts';
import { damageContent } from './testing/damageContent.ts';
import { verifyAll } from './testing/verifyWorld.ts';

async function build(): Promise<BackupWorld> {
  const world = await backupWorld();
  world.source.folder('inbox', 'Inbox');
  for (const id of ['a', 'b', 'c']) world.source.put(id, 'inbox', `content of ${id} `.repeat(300));
  await world.run();
  world.nextSlot();
  world.source.put('a', 'inbox', 'new '.repeat(300));
  await world.run();
  await applyCatalog(world);
  return world;
}

async function open(world: BackupWorld): Promise<OpenRepository> {
  return (await world.start()).services.repository as OpenRepository;
}

async function applyCatalog(world: BackupWorld): Promise<void> {
  const repository = await open(world);
  const { newestPoint } = await repository.points.head(world.resource);
  assert.ok(newestPoint);
  await repository.catalog.apply(world.resource, newestPoint);
}

/** Every item state that can be read to its end, in every point that is shown. */
async function restorable(world: BackupWorld): Promise<ReadonlySet<string>> {
  const repository = await open(world);
  const can = new Set<string>();
  for (const { id } of (await repository.points.list(world.resource)).points) {
    for await (const entry of (await repository.points.open(world.resource, id)).entries()) {
      try {
        for (const stream of entry.streams) await Array.fromAsync(repository.readStream(stream));
        can.add(`${id}/${entry.id}/${entry.versionTag}`);
      } catch {
        continue;
      }
    }
  }
  return can;
}

async function lose(world: BackupWorld): Promise<void> {
  for (const { table, partition, key } of world.tables.dump()) {
    const isLost =
      partition === world.resource &&
      (table === 'catalog' || key === 'catalog' || key === 'head' || key.startsWith('point/'));
    if (isLost) await world.tables.change(table, partition, { kind: 'remove', key });
  }
}

describe('repair', () => {
  it('brings lost rows and the catalog back, and keeps every blob as it is', async () => {
    const world = await build();
    const before = await restorable(world);
    const blobs = JSON.stringify(world.blobs.dump().map(({ name, bytes }) => [name, bytes.length]));
    await lose(world);
    const { findings } = await verifyAll(world);
    assert.ok(findings.some(({ area, kind }) => area === 'head' && kind === 'missing'));
    const { done } = await repairFindings({ repository: await open(world), findings });
    assert.equal(done.length, 2, done.join('\n'));
    assert.deepEqual(await restorable(world), before);
    assert.equal(JSON.stringify(world.blobs.dump().map(({ name, bytes }) => [name, bytes.length])), blobs);
    world.clock.set(world.clock.now() + 60_000);
    assert.deepEqual((await verifyAll(world)).findings, []);
  });

  it('never lowers what can be restored, and says what it cannot put right', async () => {
    const world = await build();
    await damageContent(world, 'b');
    const before = await restorable(world);
    const { findings } = await verifyAll(world);
    const { done, left } = await repairFindings({ repository: await open(world), findings });
    assert.deepEqual(done, []);
    assert.match(left.join('\n'), /fetched again by their next backup/);
    assert.ok(before.isSubsetOf(await restorable(world)));
  });

  it('may be killed at any call and repeated', async () => {
    await everyFault(
      async (process) => {
        const world = await build();
        await lose(world);
        const { findings } = await verifyAll(world);
        try {
          await process.run(async () => {
            const { services } = await world.start(process);
            await repairFindings({ repository: services.repository as OpenRepository, findings });
          });
        } catch (error) {
          if (!(error instanceof Killed) && process.hits.length === 0) throw error;
        }
        // What a killed repair left is found by the next look, and put right then.
        const again = await verifyAll(world);
        await repairFindings({ repository: await open(world), findings: [...findings, ...again.findings] });
        assert.deepEqual((await verifyAll(world)).findings, []);
      },
      ['kill-after', 'fail-after'],
    );
  });
});
