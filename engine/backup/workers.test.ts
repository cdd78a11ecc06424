import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { boundary, Killed } from '../testing/boundary.ts';
import type { BackupServices } from './backupServices.ts';
import { cancelRun } from './cancelRun.ts';
import { onBackupNudge, onPoisonedNudge } from './nudges.ts';
import { startPolicyRun } from './startRun.ts';
import { assertTrue, endState } from './testing/backupWorld.ts';
import { graphFault, mailbox, rowOf } from './testing/mailbox.ts';

describe('more workers than one', () => {
  it('a nudge delivered many times has the effect of one', async () => {
    const world = await mailbox(5);
    const process = await world.start();
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    const doubled: BackupServices['queue'] = {
      async send(name, message, delay) {
        await world.queue.send(name, message, delay);
        await world.queue.send(name, message, delay);
        await world.queue.send(name, message, 3600);
      },
    };
    await world.drain({ ...process, services: { ...process.services, queue: doubled } });
    const calm = await mailbox(5);
    assert.deepEqual(await endState(world, run), await endState(calm, await calm.run()));
  });

  it('two at once: one takes the resource, the other drops its message', async () => {
    const world = await mailbox(5);
    const [a, b] = [await world.start(), await world.start()];
    const alive = { isDead: () => false };
    const run = await startPolicyRun(a.services, world.policy, 'schedule');
    await world.handleDue(a);
    const nudge = { run, resource: world.resource };
    await Promise.all([
      onBackupNudge({ ...a.services, ...alive }, nudge, 'backup'),
      onBackupNudge({ ...b.services, ...alive }, nudge, 'backup'),
      onBackupNudge({ ...a.services, ...alive }, nudge, 'backup'),
    ]);
    await world.drain(a);
    assert.equal((await endState(world, run)).run.status, 'complete');
    assert.equal(
      [...world.source.opened.values()].every((times) => times === 2),
      true,
      'original and exact, once each',
    );
    assert.equal(world.source.calls.changes, 1, 'asked once for all three');
    await assertTrue(world, a.services.repository);
  });

  it('of the same process do not take the resource from each other either', async () => {
    const world = await mailbox(5);
    const { services, boundary } = await world.start();
    const living = { ...services, isDead: () => false };
    const run = await startPolicyRun(services, world.policy, 'schedule');
    let second: Promise<void> | undefined;
    world.source.onFetch = () => {
      second ??= onBackupNudge(living, { run, resource: world.resource }, 'backup');
    };
    await world.drain({ services: living, boundary });
    await second;
    assert.equal((await endState(world, run)).run.status, 'complete');
    assert.equal((await services.repository.points.head(world.resource)).fence, 1, 'one job did it all');
  });

  it('a zombie that wakes after an hour changes nothing', async () => {
    const world = await mailbox(5);
    const zombie = await world.start();
    const run = await startPolicyRun(zombie.services, world.policy, 'schedule');
    const wake = Promise.withResolvers<void>();
    const asleep = Promise.withResolvers<void>();
    const { repository } = zombie.services;
    const sleepy: BackupServices = {
      ...zombie.services,
      repository: {
        ...repository,
        async putSlice(slice) {
          if (slice.entries.length > 0) {
            asleep.resolve();
            await wake.promise;
          }
          await repository.putSlice(slice);
        },
      },
    };
    await world.handleDue(zombie);
    const sleeping = onBackupNudge(sleepy, { run, resource: world.resource }, 'backup');
    await asleep.promise;
    world.clock.set(world.clock.now() + 3_600_000);
    await world.drain(await world.start());
    const before = await endState(world, run);
    assert.equal(before.run.status, 'complete');
    wake.resolve();
    await sleeping;
    assert.deepEqual(await endState(world, run), before);
    await assertTrue(world, repository);
  });

  it('a second run lists the resource as already running and does not wait', async () => {
    const world = await mailbox(3);
    const process = await world.start();
    const first = await startPolicyRun(process.services, world.policy, 'schedule');
    await world.handleDue(process);
    const second = await startPolicyRun(process.services, world.policy, 'adele' as never);
    await onBackupNudge(process.services, { run: second }, 'backup');
    const run = (await process.services.records.runs.get(second))?.value;
    assert.deepEqual(run?.alreadyRunning, [world.resource]);
    assert.equal(run?.state, 'completed');
    assert.equal(run?.status, 'partial', 'nothing was backed up by it: that is no green');
    assert.match(run?.reason ?? '', /^1 resource was still being backed up by another run/);
    await world.drain(process);
    assert.equal((await endState(world, first)).run.status, 'complete');
  });
});

describe('a run that is stopped', () => {
  it('by cancel keeps and shows what it has; the next run goes on without fetching it again', async () => {
    const world = await mailbox(8);
    const process = await world.start();
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    world.source.onFetch = (id) => {
      if (id === 'm4') void cancelRun(process.services, run);
    };
    await world.drain(process);
    const end = await endState(world, run);
    assert.deepEqual(
      [end.run.state, end.points[0]],
      ['cancelled', { status: 'partial', counts: { items: end.items.length - 1, containers: 1, missing: 0 } }],
    );
    assert.ok(end.items.length >= 4 && end.items.length < 9);
    world.nextSlot();
    const opened = new Map(world.source.opened);
    world.source.onFetch = () => undefined;
    assert.equal((await endState(world, await world.run())).run.status, 'complete');
    const again = [...opened].filter(
      ([id, times]) =>
        world.source.opened.get(id) !== times &&
        end.items.some((item) => (item as { sourceId: string }).sourceId === id),
    );
    assert.deepEqual(again, []);
    await assertTrue(world, process.services.repository);
  });

  for (const what of ['resource', 'run that is being planned'] as const)
    it(`by the end of its host, five times over, is a healthy ${what} that goes on`, async () => {
      const world = await mailbox(9, { settings: { sliceItems: 3 } });
      const first = await world.start();
      const run = await startPolicyRun(first.services, world.policy, 'schedule');
      const nudge = what === 'resource' ? { run, resource: world.resource } : { run };
      if (what === 'resource') await onBackupNudge(first.services, { run }, 'backup');
      // One message, given to one host after the other, each ended before anything was committed.
      for (let host = 0; host < 5; host++) {
        const dying = await world.start(
          boundary(({ name }) => (/changes|discover/.test(name) ? 'kill-before' : undefined)),
        );
        await assert.rejects(
          dying.boundary.run(() => onBackupNudge(dying.services, nudge, 'backup')),
          Killed,
        );
      }
      // Nothing but what is done with the parked message brings it on.
      for (const taken of world.queue.take('backup')) taken.done();
      const after = await world.start();
      await onPoisonedNudge(after.services, nudge, 'backup');
      assert.equal((await after.services.records.runs.get(run))?.value.state === 'completed', false);
      await world.drain(after);
      const end = await endState(world, run);
      assert.deepEqual([end.run.status, end.items.length], ['complete', 10]);
      // A copy of the message that comes late does nothing any more.
      await onPoisonedNudge(after.services, nudge, 'backup');
      assert.deepEqual((await endState(world, run)).run, end.run);
      assert.deepEqual(world.queue.dump('backup'), []);
    });

  it('by the end of every host that takes it, without any progress, fails by name in the end', async () => {
    const world = await mailbox(2);
    const { services } = await world.start();
    const run = await startPolicyRun(services, world.policy, 'schedule');
    await onBackupNudge(services, { run }, 'backup');
    const nudge = { run, resource: world.resource };
    for (let parked = 0; parked < 3; parked++) await onPoisonedNudge(services, nudge, 'history');
    const ended = (await services.records.runs.get(run))?.value;
    assert.deepEqual([ended?.state, ended?.status], ['completed', 'failed']);
    assert.match(ended?.reason ?? '', /^The host ended again and again/);
    assert.equal(world.queue.dump('history').length, 2);
  });

  for (const [what, jobMs, fault] of [
    ['stored something', 2000, undefined],
    ['had to wait for Microsoft 365', 2000, graphFault('throttled', { retryAfterMs: 60_000 })],
  ] as const)
    it(`by the end of its host, after a defect and a later job that ${what}, is not put down to the defect`, async () => {
      const world = await mailbox(9, { settings: { sliceItems: 3, jobMs } });
      const process = await world.start();
      const run = await startPolicyRun(process.services, world.policy, 'schedule');
      const nudge = { run, resource: world.resource };
      await onBackupNudge(process.services, { run }, 'backup');
      for (const taken of world.queue.take('backup')) taken.done();
      world.source.fault('changes', new TypeError('odd') as never, ...(fault ? [fault] : []));
      await assert.rejects(onBackupNudge(process.services, nudge, 'backup'), TypeError);
      assert.equal((await rowOf(process.services, run, world)).mishaps?.broke, 'TypeError');
      await onBackupNudge(process.services, nudge, 'backup');
      assert.equal((await rowOf(process.services, run, world)).state, fault ? 'waiting' : 'open');
      for (const taken of world.queue.take('backup')) taken.done();
      // Later the host is ended under the next message, five times over.
      await onPoisonedNudge(process.services, nudge, 'backup');
      assert.equal((await rowOf(process.services, run, world)).mishaps?.broke, undefined);
      await world.drain(await world.start());
      assert.equal((await endState(world, run)).run.status, 'complete');
    });

  it('by the end of its host, after a defect while it was planned that did not come again, is planned', async () => {
    const world = await mailbox(2);
    const { services } = await world.start();
    const run = await startPolicyRun(services, world.policy, 'schedule');
    for (const taken of world.queue.take('backup')) taken.done();
    world.source.fault('discover', new TypeError('odd') as never, graphFault('unavailable'));
    await assert.rejects(onBackupNudge(services, { run }, 'backup'), TypeError);
    await onBackupNudge(services, { run }, 'backup');
    for (const taken of world.queue.take('backup')) taken.done();
    await onPoisonedNudge(services, { run }, 'backup');
    await world.drain(await world.start());
    assert.equal((await endState(world, run)).run.status, 'complete');
  });

  it('by a defect, five times over, fails by name', async () => {
    const world = await mailbox(2);
    const process = await world.start();
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    await onBackupNudge(process.services, { run }, 'backup');
    world.source.fault('changes', ...Array.from({ length: 5 }, () => new TypeError('odd') as never));
    for (let i = 0; i < 5; i++) {
      await assert.rejects(onBackupNudge(process.services, { run, resource: world.resource }, 'backup'), TypeError);
    }
    await onPoisonedNudge(process.services, { run, resource: world.resource }, 'backup');
    const end = await endState(world, run);
    assert.equal(end.run.state, 'completed');
    assert.equal(end.run.status, 'failed');
  });
});
