import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBalanced } from '../model/ledger.ts';
import type { RunId } from '../model/ids.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import { readRunLedger } from './runLedger.ts';
import { stateOf } from './roundState.ts';
import { startPolicyRun } from './startRun.ts';
import { assertBalanced, assertTrue, backupWorld, endState, wholeLedger } from './testing/backupWorld.ts';
import { graphFault, mailbox, newestIds, nothing, rowOf } from './testing/mailbox.ts';

describe('a round of one resource', () => {
  it('stores everything at first and what changed from then on', async () => {
    const world = await mailbox(7);
    const first = await endState(world, await world.run());
    assert.equal(first.run.status, 'complete');
    assert.equal(first.items.length, 8);
    world.nextSlot();
    world.source.put('m1', 'f1', 'mail number 1, changed');
    world.source.remove('m2');
    const second = await endState(world, await world.run());
    assert.deepEqual(second.run.counts, { ...nothing, listed: 1, stored: 1, removed: 1, bytesRead: 44 });
    assert.deepEqual(second.ledger, ['m1 stored  1']);
    await assertTrue(world, (await world.start()).services.repository);
  });

  it('keeps the ledger balanced after every single commit', async () => {
    const world = await mailbox(8);
    world.source.break('m3', 'malware');
    world.source.break('m4', graphFault('source-corrupt'));
    world.source.onFetch = (id) => {
      if (id === 'm5') world.source.onFetch = () => undefined;
      if (id === 'm5') world.source.remove('m5');
    };
    const run = await world.run();
    const { services } = await world.start();
    let slices = 0;
    let next = (await rowOf(services, run, world)).lastSlice;
    while (next !== undefined) {
      const slice = await services.repository.openSlice(world.resource, next);
      const { counts } = stateOf(slice);
      assert.ok(isBalanced(counts), JSON.stringify(counts));
      assert.ok(slice.ledger.length <= 3 && slice.entries.length <= 3, 'a slice is what a kill may cost');
      slices++;
      next = slice.predecessor;
    }
    assert.ok(slices >= 6, `${slices} slices`);
    const { run: ended } = await endState(world, run);
    assert.deepEqual(ended.status, 'partial');
    assert.deepEqual(ended.counts, {
      ...nothing,
      listed: 9,
      stored: 6,
      containers: 1,
      skipped: 1,
      failed: 1,
      vanished: 1,
      removed: 0,
      bytesRead: 130,
    });
    await assertBalanced(services.records, run);
  });

  it('hands on over many short jobs, the history of a first backup on a queue of its own', async () => {
    const world = await mailbox(4, { settings: { jobMs: 700 } });
    for (let i = 0; i < 4; i++)
      world.source.put(`old${i}`, 'f1', `old ${i}`, { receivedAt: '2019-05-01T00:00:00.000Z' });
    const queues: string[] = [];
    const order: string[] = [];
    world.source.onFetch = (id) => void order.push(id);
    const process = await world.start();
    const queue = {
      ...process.services.queue,
      send: async (...[name, message, delay]: Parameters<BackupServices['queue']['send']>) => {
        queues.push(name);
        await world.queue.send(name, message, delay);
      },
    };
    const services = { ...process.services, queue };
    await startPolicyRun(services, world.policy, 'schedule');
    await world.drain({ ...process, services });
    assert.ok(queues.filter((name) => name === 'backup').length > 3, queues.join());
    assert.ok(queues.includes('history'), queues.join());
    assert.equal(queues.lastIndexOf('backup') < queues.indexOf('history'), true, 'recent mail comes before history');
    assert.deepEqual(order.slice(0, 4).toSorted(), ['m0', 'm1', 'm2', 'm3']);
    await assertTrue(world, services.repository);
  });

  it('writes not one blob when nothing changed but that the run ended, and confirms the newest point', async () => {
    const world = await mailbox(3);
    await world.run();
    const backedUp = () => world.blobs.dump().filter(({ name }) => !name.startsWith('ended/')).length;
    const before = backedUp();
    world.nextSlot();
    world.source.replay('m1', 'f1');
    const run = await world.run();
    assert.equal(backedUp(), before);
    const { repository } = (await world.start()).services;
    const { points } = await repository.points.list(world.resource);
    assert.equal(points.length, 1);
    assert.ok(points[0]?.confirmedAt);
    const { run: ended } = await endState(world, run);
    assert.equal(ended.status, 'complete');
    assert.deepEqual(ended.counts, { ...nothing, listed: 2, reused: 2, containers: 1 });
  });

  it('publishes an empty point for an empty mailbox and an incremental one after it', async () => {
    const world = await backupWorld();
    assert.deepEqual((await endState(world, await world.run())).points, [
      { status: 'complete', counts: { items: 0, containers: 0, missing: 0 } },
    ]);
    world.nextSlot();
    world.source.put('m1', undefined, 'the first');
    await world.run();
    assert.deepEqual(await newestIds(world), ['m1']);
  });

  it('writes into every root whose data it is, as the source names it at that time', async () => {
    const world = await mailbox(9, { settings: { pointItems: 4 } });
    await world.run();
    const { repository, records } = (await world.start()).services;
    const { name, kind, workload, sourceId, ownerId } = (await records.resources.get(world.resource))?.value ?? {};
    const { points } = await repository.points.list(world.resource);
    assert.equal(points.length, 2);
    for (const { id } of points)
      assert.deepEqual((await repository.points.open(world.resource, id)).resource, {
        workload,
        kind,
        sourceId,
        ownerId,
        name,
      });
  });

  it('publishes what is there while a long round lasts, partial and with the reason', async () => {
    const world = await mailbox(9, { settings: { pointItems: 4 } });
    await world.run();
    const { repository } = (await world.start()).services;
    const { points } = await repository.points.list(world.resource);
    assert.deepEqual(
      points.map(({ status }) => status),
      ['complete', 'partial'],
    );
    assert.match(points[1]?.reason ?? '', /still running: \d of 10 items so far/);
    assert.equal((await repository.points.open(world.resource, points[1]?.id as never)).cursor, undefined);
    await assertTrue(world, repository);
  });
});

describe('the ledger of a run', () => {
  it('names every item once, in pages, and filters by outcome', async () => {
    const world = await mailbox(6);
    world.source.break('m2', 'malware');
    const run = await world.run();
    const { services } = await world.start();
    const whole = await wholeLedger(services, run);
    assert.deepEqual(whole.map(({ sourceId }) => sourceId).toSorted(), ['f1', 'm0', 'm1', 'm2', 'm3', 'm4', 'm5']);
    const skipped = await Array.fromAsync(
      allPages((pageToken) => readRunLedger(services, run, { outcome: 'skipped', ...(pageToken && { pageToken }) })),
    );
    assert.deepEqual(
      skipped.map(({ sourceId, reason }) => [sourceId, reason]),
      [['m2', 'malware']],
    );
    await assert.rejects(readRunLedger(services, run, { pageToken: 'nonsense' }), /none of ours/);
    assert.deepEqual((await readRunLedger(services, 'cd'.repeat(16) as RunId)).value, []);
  });
});
