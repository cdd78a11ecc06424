import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { backupWorld, type BackupWorld } from '../backup/testing/backupWorld.ts';
import { isFault } from '../fault.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import { otherRow } from '../repository/testing/otherRow.ts';
import { everyFault, Killed } from '../testing/boundary.ts';
import { repairFindings } from './repair.ts';
import { damageContent } from './testing/damageContent.ts';
import { verifyAll } from './testing/verifyWorld.ts';

const open = async (world: BackupWorld): Promise<OpenRepository> =>
  (await world.start()).services.repository as OpenRepository;

/** Small items of one segment, and a large one that is cut into chunks. */
async function build(hasLarge = true): Promise<BackupWorld> {
  const world = await backupWorld({ style: 'drive', workload: 'drive', settings: { sliceBytes: 4_000_000 } });
  world.source.folder('inbox', 'Inbox');
  for (const id of ['a', 'b', 'c']) world.source.put(id, 'inbox', `content of ${id} `.repeat(300));
  if (hasLarge) world.source.put('large', 'inbox', noise(900_000));
  await world.run();
  world.nextSlot();
  world.source.put('a', 'inbox', 'new '.repeat(300));
  await world.run();
  world.nextSlot();
  return world;
}

/** Every item state that can be read to its end, in every point that is shown. */
async function restorable(world: BackupWorld): Promise<ReadonlySet<string>> {
  const repository = await open(world);
  const can = new Set<string>();
  for (const { id } of (await repository.points.list(world.resource)).points) {
    for await (const entry of (await repository.points.open(world.resource, id)).entries()) {
      try {
        for (const stream of entry.streams) await Array.fromAsync(repository.readStream(stream));
        can.add(`${id}/${entry.sourceId}/${entry.versionTag}`);
      } catch (error) {
        assert.ok(isFault(error, 'missing', 'corrupt'));
      }
    }
  }
  return can;
}

const blobsOf = (world: BackupWorld): ReadonlyMap<string, string> =>
  new Map(
    [...world.blobs.stored('repository')].map(({ name, bytes }) => [name, Buffer.from(bytes).toString('base64')]),
  );

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 70 ? byte ^ 1 : byte));
const take = (): undefined => undefined;

describe('repair of a lost pack', () => {
  for (const [how, change] of [
    ['taken away', take],
    ['changed', flip],
  ] as const) {
    it(`gives older points back what the next backup stored anew: ${how}`, async () => {
      const world = await build();
      const whole = await restorable(world);
      const name = await damageContent(world, 'large', change);
      const { findings } = await verifyAll(world);
      const waiting = await repairFindings({ repository: await open(world), findings });
      assert.ok(
        waiting.left.some((line) => line.includes('waits for the next backup')),
        waiting.left.join('\n'),
      );
      assert.equal(world.blobs.peek('repository', `moved/${name.slice(-32)}`), undefined);
      await world.run();

      const before = await restorable(world);
      const blobs = blobsOf(world);
      world.clock.set(world.clock.now() + 60_000);
      const { findings: found } = await verifyAll(world);
      assert.ok(found.length > 0);
      const { done } = await repairFindings({ repository: await open(world), findings: found });
      assert.ok(
        done.some((line) => line.includes('lies in a new one')),
        done.join('\n'),
      );
      // Only new objects.
      for (const [blob, bytes] of blobs) assert.equal(blobsOf(world).get(blob), bytes, blob);
      const after = await restorable(world);
      assert.ok(before.isSubsetOf(after));
      const lost = [...whole].filter((state) => !after.has(state));
      assert.ok(
        lost.every((state) => state.includes('/a/')),
        `only what was changed at the source since is lost: ${lost.join(' ')}`,
      );
      assert.ok(
        [...whole].some((state) => state.includes('/large/') && !before.has(state)),
        'something was lost',
      );
      world.clock.set(world.clock.now() + 60_000);
      const again = await verifyAll(world);
      assert.ok(again.findings.every(({ item, area }) => item?.sourceId === 'a' && area === 'content'));
    });
  }

  it('never lowers what can be restored, whatever dies or fails', async () => {
    await everyFault(
      async (process) => {
        const world = await build(false);
        await damageContent(world, 'b', take);
        await world.run();
        const { findings } = await verifyAll(world);
        await world.run();
        const before = await restorable(world);
        const blobs = blobsOf(world);
        try {
          const { services } = await process.run(() => world.start(process));
          await process.run(() => repairFindings({ repository: services.repository as OpenRepository, findings }));
        } catch (error) {
          assert.ok(error instanceof Killed || process.hits.length > 0, String(error));
        }
        assert.ok(before.isSubsetOf(await restorable(world)));
        for (const [blob, bytes] of blobs) assert.equal(blobsOf(world).get(blob), bytes, blob);
        await repairFindings({ repository: await open(world), findings });
        assert.ok(before.isSubsetOf(await restorable(world)));
      },
      ['kill-after'],
    );
  });
});

describe('a row that says something else than its root', () => {
  it('is written anew from the root', async () => {
    const world = await build();
    const row = world.tables.dump().find(({ table, key }) => table === 'resources' && key.startsWith('point/'));
    assert.ok(row);
    const said = { status: 'partial' } as const;
    await world.tables.change('resources', row.partition, {
      kind: 'put',
      row: await otherRow(await open(world), row, said),
    });
    const { findings } = await verifyAll(world);
    assert.ok(findings.some(({ kind, area }) => kind === 'differs' && area === 'point'));
    const { done } = await repairFindings({ repository: await open(world), findings });
    assert.ok(done.some((line) => line.includes('The row of restore point')));
    world.clock.set(world.clock.now() + 60_000);
    assert.deepEqual((await verifyAll(world)).findings, []);
  });
});
