import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertTrue } from '../../../../engine/backup/testing/backupWorld.ts';
import { mailbox, newestIds } from '../../../../engine/backup/testing/mailbox.ts';
import { noise } from '../../../../engine/backup/testing/noise.ts';
import { startPolicyRun } from '../../../../engine/backup/startRun.ts';
import { boundary } from '../../../../engine/testing/boundary.ts';

const mib = 1024 * 1024;

it('storage that fails once in the middle of an item costs the item nothing: it is stored, and never failed or skipped', async () => {
  const world = await mailbox(1, { settings: { sliceBytes: 64 * mib } });
  await world.run();
  world.nextSlot();
  // Its first pack is full, and sent, while it is still read.
  world.source.put('large', 'f1', noise(34 * mib));
  let isAway = false;
  const process = await world.start(
    boundary(({ name, on }) => {
      if (!isAway || name !== 'blobs.create' || on[1]?.startsWith('packs/') !== true) return undefined;
      isAway = false;
      return 'fail-before';
    }),
  );
  isAway = true;
  const id = await startPolicyRun(process.services, world.policy, 'schedule');
  await world.drain(process);
  assert.equal(process.boundary.hits.length, 1);
  const run = (await process.services.records.runs.get(id))?.value;
  assert.deepEqual([run?.status, run?.counts.failed, run?.counts.skipped], ['complete', 0, 0]);
  assert.ok((await newestIds(world)).includes('large'));
  await assertTrue(world, process.services.repository);
});
