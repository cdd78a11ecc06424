import assert from 'node:assert/strict';
import { it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { instant, type PackId, type UserId } from '../model/ids.ts';
import { packNameOf } from './packTables.ts';
import { sweepFlow } from './sweepFlow.ts';
import { sweepWorld } from './testing/sweepWorld.ts';

it('counts a missing pack as accepted only when each restore point that needs it was accepted with it', async () => {
  const world = await sweepWorld({ style: 'drive', workload: 'drive' });
  const { source, blobs, resource, queue } = world.backup;
  source.put('a', undefined, noise(300_000, 1));
  await world.run();
  source.put('b', undefined, noise(300_000, 2));
  await world.run();
  source.put('a', undefined, 'another state');
  await world.run();
  await world.cycle();
  const { repository } = await world.start();
  const { points } = await repository.points.list(resource);
  const [, second, first] = points.map(({ id }) => id);
  assert.ok(first !== undefined && second !== undefined);
  let pack: PackId | undefined;
  for await (const { sourceId, streams } of (await repository.points.open(resource, first)).entries())
    if (sourceId === 'a') pack = streams[0]?.parts[0]?.place.pack;
  assert.ok(pack !== undefined);
  blobs.tamper('repository', packNameOf(pack), () => undefined);
  await sweepFlow({ ...(await world.start()).services, queue }).onNudge();
  world.nextDay();
  await world.cycle();
  await sweepFlow({ ...(await world.start()).services, queue }).acceptListing('system', 'The disk was lost');

  const counted = async (accepted?: readonly (typeof first)[]) => {
    const loss = { by: 'carl' as UserId, at: instant(world.backup.clock.now()), reason: 'The disk was lost' };
    if (accepted !== undefined && pack !== undefined)
      await repository.acceptedObjects.accept(
        [{ resource, object: packNameOf(pack), points: accepted, packs: [pack], unnamed: 0 }],
        loss,
      );
    world.nextDay();
    const result = await world.cycle();
    assert.ok(result.kind === 'done');
    return [result.report.lacking, result.report.lackingAccepted];
  };
  assert.deepEqual(await counted(), [1, undefined]);
  assert.deepEqual(await counted([first]), [1, undefined], 'the second point needs it too');
  assert.deepEqual(await counted([first, second]), [1, 1]);
});
