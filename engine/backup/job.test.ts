import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { SliceId } from '../model/ids.ts';
import { boundary, faultAt } from '../testing/boundary.ts';
import { openJob } from './openJob.ts';
import { startPolicyRun } from './startRun.ts';
import { assertTrue, endState, type BackupWorld } from './testing/backupWorld.ts';
import { mailbox } from './testing/mailbox.ts';

/** A run that is about to back the mailbox up, and the process that does. */
async function begun() {
  const world = await mailbox(2);
  const process = await world.start();
  const run = await startPolicyRun(process.services, world.policy, 'schedule');
  // Its planning alone: the jobs lie in the queue.
  await world.handleDue(process);
  return { world, services: process.services, run };
}

/** Tells of every slice that a head names before it is there. */
function dangling(world: BackupWorld): { readonly found: readonly string[]; readonly heads: () => number } {
  const found: string[] = [];
  let heads = 0;
  const stored = new Set(world.blobs.dump().map(({ name }) => name));
  world.blobs.onMutation(({ name, after }) => {
    if (after === undefined) stored.delete(name);
    else stored.add(name);
  });
  world.tables.onMutation(({ partition, rows }) => {
    for (const { key, after } of rows) {
      const slice = key === 'head' ? after?.columns['headSlice'] : undefined;
      if (slice === undefined) continue;
      heads++;
      if (!stored.has(`slices/${partition}/${String(slice)}`)) found.push(`the head names slice ${String(slice)}`);
    }
  });
  return { found, heads: () => heads };
}

describe('a commit', () => {
  it('moves the head only to a slice that is stored', async () => {
    const world = await mailbox(8);
    const watched = dangling(world);
    await world.run();
    assert.ok(watched.heads() > 4);
    assert.deepEqual(watched.found, []);
  });

  it('stores no slice whose packs storage refused, and the run goes on from the one before', async () => {
    const probe = boundary();
    const calm = await mailbox(8);
    await calm.survive(probe);
    const packs = probe.calls.filter(({ name, on }) => name === 'blobs.create' && on[1]?.startsWith('packs/'));
    assert.ok(packs.length > 0);
    for (const { number } of packs) {
      const world = await mailbox(8);
      const watched = dangling(world);
      const named = new Set<string>();
      world.blobs.onMutation(({ name }) => void named.add(name));
      const end = await endState(world, await world.survive(boundary(faultAt(number, 'fail-before'))));
      assert.equal(end.run.status, 'complete');
      assert.deepEqual(watched.found, []);
      await assertTrue(world, (await world.start()).services.repository);
      await assertSlicesWhole(world);
    }
  });

  it('refuses a ledger that does not add up, and nothing of it counts', async () => {
    const { world, services, run } = await begun();
    const job = await openJob(services, run, world.resource, 'backup');
    assert.ok(job);
    const { headSlice, step } = job.head;
    await assert.rejects(job.commit({ counts: { listed: 1 }, state: (state) => state }), /out of balance/);
    const head = await services.repository.points.head(world.resource);
    assert.deepEqual([head.headSlice, head.step], [headSlice, step]);
    assert.ok(!job.progressed);
  });
});

describe('a job', () => {
  it('ends at its next sign of life when its host stops', async () => {
    const { world, services, run } = await begun();
    const stopping = new AbortController();
    const job = await openJob({ ...services, signal: stopping.signal }, run, world.resource, 'backup');
    assert.ok(job);
    await job.beat();
    stopping.abort();
    await assert.rejects(job.beat(), (error) => isFault(error, 'cancelled'));
  });

  it('shows life while something long goes on, and finds out that it was taken over', async () => {
    const { world, services, run } = await begun();
    const job = await openJob(services, run, world.resource, 'backup');
    assert.ok(job);
    const before = (await services.repository.points.head(world.resource)).heartbeatAt;
    world.clock.set(world.clock.now() + services.settings.heartbeatMs);
    await job.beat();
    const after = await services.repository.points.head(world.resource);
    assert.ok((after.heartbeatAt ?? '') > (before ?? ''));
    const { services: others } = await world.start();
    world.clock.set(world.clock.now() + services.settings.aliveMs);
    assert.ok(await openJob(others, run, world.resource, 'backup'));
    await assert.rejects(job.beat(), (error) => isFault(error, 'stale-fence'));
  });
});

/** Every slice of the chain opens, and every pack that its entries name is there. */
async function assertSlicesWhole(world: BackupWorld): Promise<void> {
  const { services } = await world.start();
  const stored = new Set(world.blobs.dump().map(({ name }) => name));
  let next: SliceId | undefined = (await services.repository.points.head(world.resource)).headSlice;
  while (next !== undefined) {
    const slice = await services.repository.openSlice(world.resource, next);
    for (const { streams } of slice.entries)
      for (const { parts } of streams)
        for (const { place } of parts) assert.ok(stored.has(`packs/${place.pack.slice(0, 2)}/${place.pack}`));
    next = slice.predecessor;
  }
}
