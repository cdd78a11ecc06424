import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startPolicyRun } from './startRun.ts';
import { assertTrue, backupWorld, endState, type BackupWorld } from './testing/backupWorld.ts';
import { graphFault, newestIds } from './testing/mailbox.ts';
import { noise } from './testing/noise.ts';

const size = 3_000_000;
const withLarge = async (): Promise<BackupWorld> => {
  const world = await backupWorld({ style: 'drive', workload: 'drive', settings: { jobMs: 50 } });
  world.source.put('large', undefined, noise(size));
  return world;
};
/** Hands on from job to job until `when` says that enough of it is stored. */
async function workUntil(world: BackupWorld, when: () => boolean): Promise<Parameters<BackupWorld['drain']>[0]> {
  const process = await world.start();
  await startPolicyRun(process.services, world.policy, 'schedule');
  while (!when()) await world.handleDue(process);
  return process;
}

describe('an item larger than a slice', () => {
  it('goes on from job to job where it stopped, and is read about once', async () => {
    const world = await withLarge();
    const end = await endState(world, await world.run());
    assert.equal(end.run.status, 'complete');
    const jobs = world.source.opened.get('large') ?? 0;
    assert.ok(jobs >= 2, `${jobs} times opened`);
    // A cut falls on the border of a chunk; what was read beyond it is read again.
    assert.ok(world.source.bytesGiven < size * 1.5, `${world.source.bytesGiven} bytes given`);
    await assertTrue(world, (await world.start()).services.repository);
  });

  it('starts anew when it became another version between two jobs: never two versions in one', async () => {
    const world = await withLarge();
    const process = await workUntil(world, () => world.source.bytesGiven > 500_000);
    world.source.put('large', undefined, noise(size, 2));
    await world.drain(process);
    await assertTrue(world, process.services.repository);
    assert.deepEqual(await newestIds(world), ['large']);
  });

  it('starts anew when it becomes another version while the last job opens it', async () => {
    const calm = await withLarge();
    const starts: number[] = [];
    calm.source.onFetch = () => void starts.push(calm.source.bytesGiven);
    await calm.run();

    const world = await withLarge();
    world.source.onFetch = () => {
      if (world.source.bytesGiven < (starts.at(-1) ?? Infinity)) return;
      world.source.onFetch = () => undefined;
      world.source.put('large', undefined, noise(size, 3));
    };
    await world.run();
    assert.ok(starts.length > 1 && world.source.history.get('large')?.size === 2);
    await assertTrue(world, (await world.start()).services.repository);
  });

  it('that vanishes half way is vanished, and nothing of it shows', async () => {
    const world = await withLarge();
    const process = await workUntil(world, () => world.source.bytesGiven > 500_000);
    world.source.remove('large');
    await world.drain(process);
    const [run] = (await process.services.records.runs.list()).value;
    assert.ok(run);
    const end = await endState(world, run.id);
    assert.deepEqual(end.ledger, ['large vanished  1']);
    assert.deepEqual(end.items, []);
    assert.equal(end.run.status, 'complete');
  });

  it('whose link breaks off goes on from the last cut', async () => {
    const world = await withLarge();
    const process = await workUntil(world, () => world.source.bytesGiven > 500_000);
    world.source.fault('open', graphFault('unavailable'), graphFault('throttled', { retryAfterMs: 5000 }));
    const before = world.source.bytesGiven;
    await world.drain(process);
    assert.ok(world.source.bytesGiven - before < size, 'not from the start');
    await assertTrue(world, process.services.repository);
  });

  it('that cannot be read fails by name and stops nobody', async () => {
    const world = await withLarge();
    world.source.put('small', undefined, 'small');
    world.source.break('large', graphFault('source-corrupt'));
    const end = await endState(world, await world.run());
    assert.equal(end.run.status, 'partial');
    assert.deepEqual(await newestIds(world), ['small']);
    world.nextSlot();
    world.source.break('large', undefined);
    assert.equal((await endState(world, await world.run())).run.status, 'complete');
    await assertTrue(world, (await world.start()).services.repository);
  });
});
