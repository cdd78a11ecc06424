import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Waiting } from '../model/run.ts';
import { boundary } from '../testing/boundary.ts';
import { backupSettings } from './defaults.ts';
import { onBackupNudge } from './nudges.ts';
import { describeRun } from './runProgress.ts';
import { startPolicyRun } from './startRun.ts';
import { endState } from './testing/backupWorld.ts';
import { graphFault, mailbox, rowOf } from './testing/mailbox.ts';
import { waitAfter } from './waiting.ts';
import { rowVerdict, watchdogTick } from './watchdog.ts';

const hourMs = 3_600_000;
const lost = new Fault('unavailable', 'Nobody answers', { origin: 'graph' });

describe('a wait', () => {
  it('grows from try to try, starts where the trouble began, and is over after a day', () => {
    const began = Date.parse('2026-03-02T00:00:00Z');
    const pauses: number[] = [];
    let waiting: Waiting | undefined;
    let now = began;
    for (;;) {
      const next = waitAfter(lost, waiting ?? {}, now, backupSettings);
      if (!next) break;
      assert.equal(next.waitsSince, instant(began));
      pauses.push((Date.parse(next.resumesAt) - now) / 1000);
      waiting = next;
      now = Date.parse(next.resumesAt);
    }
    assert.deepEqual(pauses.slice(0, 8), [5, 10, 20, 40, 80, 160, 300, 300]);
    assert.ok(now - began >= 24 * hourMs && now - began < 25 * hourMs);
  });

  it('is as long as Microsoft 365 asked, however long the others are', () => {
    const asked = new Fault('throttled', 'Wait', { origin: 'graph', retryAfterMs: 7000 });
    assert.equal(waitAfter(asked, { tries: 9 }, 0, backupSettings, 150_000)?.resumesAt, instant(7000));
  });

  it('whose message got lost fails by the watchdog, though the resource never got as far as to begin', () => {
    const row = {
      runId: 'r1',
      resourceId: 'x',
      state: 'waiting',
      counts: {},
      heartbeatAt: instant(hourMs),
      waitsSince: instant(0),
      resumesAt: instant(23 * hourMs),
    } as unknown as Parameters<typeof rowVerdict>[0];
    const verdict = (hours: number) => rowVerdict(row, undefined, instant(0), instant(hours * hourMs), backupSettings);
    assert.deepEqual([verdict(22), verdict(24), verdict(25)], ['wait', 'nudge', 'fail']);
  });
});

describe('trouble before a resource could be opened', () => {
  for (const [what, hours, status] of [
    ['that lasts for hours is waited out', 10, 'complete'],
    ['that lasts for a day makes it fail by name', 30, 'failed'],
  ] as const)
    it(what, async () => {
      const world = await mailbox(2);
      await world.run();
      world.nextSlot();
      const began = world.clock.now();
      let planned = false;
      const process = await world.start(
        boundary(({ name }) =>
          planned && name.startsWith('blobs.read') && world.clock.now() - began < hours * hourMs
            ? 'fail-before'
            : undefined,
        ),
      );
      const run = await startPolicyRun(process.services, world.policy, 'schedule');
      await onBackupNudge(process.services, { run }, 'backup');
      for (const taken of world.queue.take('backup')) taken.done();
      // Opening its newest point is the first thing that asks for a blob.
      planned = true;
      await onBackupNudge(process.services, { run, resource: world.resource }, 'backup');
      const row = await rowOf(process.services, run, world);
      assert.equal(row.state, 'waiting');
      assert.match(row.reason ?? '', /^Storage/);
      const shown = await describeRun(process.services, run);
      assert.deepEqual([shown?.state, shown?.waitsSince, shown?.resumesAt], ['waiting', row.waitsSince, row.resumesAt]);
      await world.drain(process);
      assert.equal((await endState(world, run)).run.status, status);
    });
});

describe('trouble while a run is planned', () => {
  it('is shown as a wait with its reason, and is over when Microsoft 365 answers', async () => {
    const world = await mailbox(2);
    const { services } = await world.start();
    const run = await startPolicyRun(services, world.policy, 'schedule');
    world.source.fault('discover', ...Array.from({ length: 20 }, () => graphFault('unavailable')));
    for (const taken of world.queue.take('backup')) taken.done();
    await onBackupNudge(services, { run }, 'backup');
    const shown = await describeRun(services, run);
    assert.deepEqual(
      [shown?.state, shown?.reason, shown?.waitsSince],
      ['waiting', 'Microsoft 365 said no', instant(world.clock.now())],
    );
    await world.drain(await world.start());
    assert.equal((await endState(world, run)).run.status, 'complete');
    const ended = (await services.records.runs.get(run))?.value;
    assert.deepEqual([ended?.waiting, ended?.reason], [undefined, undefined]);
  });

  it('for a whole day ends the run with that reason', async () => {
    const world = await mailbox(2);
    const { services } = await world.start();
    const run = await startPolicyRun(services, world.policy, 'schedule');
    world.source.fault('discover', ...Array.from({ length: 2000 }, () => graphFault('unavailable')));
    await world.drain(await world.start());
    await watchdogTick(services);
    const ended = (await services.records.runs.get(run))?.value;
    assert.deepEqual(
      [ended?.state, ended?.status, ended?.reason, ended?.waiting],
      ['completed', 'failed', 'Microsoft 365 said no', undefined],
    );
  });
});
