import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../../../../engine/backup/testing/noise.ts';
import { startPolicyRun } from '../../../../engine/backup/startRun.ts';
import { instant, type RequestId } from '../../../../engine/model/ids.ts';
import { pin, unpin } from '../../../../engine/restore/pins.ts';
import { sweepOnce } from '../../../../engine/sweep/sweepOnce.ts';
import { assertReadable, day, sweepWorld, type SweepWorld } from '../../../../engine/sweep/testing/sweepWorld.ts';

/** Three points: nothing but a folder, an item in it, and that item with other content. */
async function threePoints(): Promise<SweepWorld> {
  const world = await sweepWorld();
  world.backup.source.folder('f1', 'Inbox');
  await world.run();
  for (const version of [1, 2]) {
    world.backup.source.put('m1', 'f1', noise(5_000, version));
    await world.run();
  }
  world.nextDay();
  return world;
}

async function threeCycles(world: SweepWorld): Promise<number> {
  let deleted = 0;
  for (let n = 0; n < 3; n++, world.nextDay()) {
    const result = await world.cycle();
    if (result.kind === 'done') deleted += result.report.deleted;
  }
  return deleted;
}

describe('a sweep', () => {
  it('reads every list to its end, also where the first page is empty', async () => {
    const world = await threePoints();
    const { blobs, tables, resource } = world.backup;
    const first = ({ page }: { readonly page: number }) => (page === 1 ? 'empty' : undefined);
    blobs.disturbLists(first);
    tables.disturbLists(first);
    assert.equal(await threeCycles(world), 0);
    blobs.disturbLists(undefined);
    tables.disturbLists(undefined);
    const { repository } = await world.start();
    assert.equal(await assertReadable(repository, resource), 3);
  });

  it('keeps what a request has pinned for as long as it is pinned', async () => {
    const world = await threePoints();
    const { tables, clock, resource } = world.backup;
    const gone = (await world.expireAllBut(1)).map((pointId) => ({ resourceId: resource, pointId }));
    const [request, stored] = ['request' as RequestId, [...world.names('points/'), ...world.names('packs/')]];
    await pin(tables, request, gone as never, instant(clock.now() + 30 * day));
    assert.equal(await threeCycles(world), 0);
    assert.deepEqual([...world.names('points/'), ...world.names('packs/')], stored);
    await unpin(tables, request, gone as never);
    assert.ok((await threeCycles(world)) >= gone.length);
    assert.equal(world.names('points/').length, 1);
  });

  it('and a backup that finds content in a pack which is just being removed: the content is stored anew', async () => {
    const world = await sweepWorld({ style: 'drive', workload: 'drive' });
    const { backup } = world;
    // One process all the time: it remembers where content lies.
    const worker = await backup.start();
    const run = async (): Promise<void> => {
      await startPolicyRun(worker.services, backup.policy, 'schedule');
      await backup.drain(worker);
    };
    const content = noise(280_000);
    // A run each, so that they lie in packs of their own.
    for (const change of [
      () => backup.source.put('kept', undefined, 'kept'),
      () => backup.source.put('first', undefined, content),
      () => backup.source.remove('first'),
    ]) {
      change();
      backup.nextSlot();
      await run();
    }
    world.nextDay();
    await world.expireAllBut(1);
    await world.cycle();
    world.nextDay();

    const { services } = await world.start();
    const { blobs } = services;
    let comesBack: Promise<void> | undefined;
    const slow = {
      ...blobs,
      // The sweep has decided and is about to remove; at this moment the same content comes back.
      remove: async (...[container, name]: Parameters<typeof blobs.remove>): Promise<void> => {
        if (name.startsWith('packs/')) {
          if (comesBack === undefined) backup.source.put('again', undefined, content);
          await (comesBack ??= run());
        }
        await blobs.remove(container, name);
      },
    };
    for (let calls = 0; calls < 20 && (await sweepOnce({ ...services, blobs: slow })).kind === 'again'; calls++);
    assert.ok(comesBack !== undefined, 'a pack was removed');
    backup.nextSlot();
    await run();
    const { repository } = await world.start();
    assert.ok((await assertReadable(repository, backup.resource)) >= 2);
    const newest = await repository.points.find(backup.resource, 'latest');
    const reader = await repository.points.open(backup.resource, newest.id);
    const names = (await Array.fromAsync(reader.entries())).map(({ sourceId }) => sourceId);
    assert.deepEqual(names.toSorted(), ['again', 'kept']);
  });
});
