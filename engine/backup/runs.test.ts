import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Discovery } from '../connector.ts';
import { isFault } from '../fault.ts';
import type { ResourceId, RunId, UserId } from '../model/ids.ts';
import { everyFault } from '../testing/boundary.ts';
import { cancelRun } from './cancelRun.ts';
import { digestTick } from './digest.ts';
import type { RunReport } from './report.ts';
import { discoverResources } from './discover.ts';
import { onBackupNudge } from './nudges.ts';
import { describeRun } from './runProgress.ts';
import { scheduleTick, startPolicyRun, startResourceRun } from './startRun.ts';
import { backupWorld, endState, type BackupWorld } from './testing/backupWorld.ts';
import { graphFault, mailbox, rowOf } from './testing/mailbox.ts';
import { resumeOpenRuns, watchdogTick } from './watchdog.ts';

const person = (name: string, absent?: { readonly reason: string; readonly refused: boolean }): Discovery => {
  const resource = { workload: 'mail', kind: 'user', sourceId: name, name, ownerId: name as UserId };
  return absent ? { kind: 'absent', resource, ...absent } : { kind: 'found', resource };
};
const states = async (world: BackupWorld): Promise<Record<string, string>> => {
  const { records } = (await world.start()).services;
  const { value } = await records.resources.list();
  return Object.fromEntries(
    value.map(({ sourceId, state, reason }) => [sourceId, reason ? `${state}: ${reason}` : state]),
  );
};

describe('discovery', () => {
  it('takes a drive that is locked for refused, not for gone, though it goes by its owner then', async () => {
    const world = await backupWorld();
    const { services } = await world.start();
    const drive = {
      workload: 'mail',
      kind: 'onedrive',
      sourceId: 'drive-1',
      name: 'Adele',
      ownerId: 'adele' as UserId,
    };
    world.source.resources = [{ kind: 'found', resource: drive }];
    await discoverResources(services, ['mail']);
    const resource = { ...drive, sourceId: 'adele' };
    world.source.resources = [{ kind: 'absent', resource, reason: 'It is locked.', refused: true }];
    await discoverResources(services, ['mail']);
    const states = (await services.records.resources.list({})).value.filter(({ ownerId }) => ownerId === 'adele');
    assert.deepEqual(
      states.map(({ sourceId, state, reason }) => [sourceId, state, reason]),
      [['drive-1', 'failing', 'It is locked.']],
    );
  });

  it('forgets who stood in for a drive that did not exist yet, and nobody whose copies are kept', async () => {
    const world = await backupWorld();
    const { services } = await world.start();
    const resource = {
      workload: 'mail',
      kind: 'onedrive',
      sourceId: 'adele',
      name: 'Adele',
      ownerId: 'adele' as UserId,
    };
    world.source.resources = [
      { kind: 'absent', resource, reason: 'This person has no OneDrive yet.', refused: false },
      person('anna'),
    ];
    await discoverResources(services, ['mail']);
    world.source.resources = [{ kind: 'found', resource: { ...resource, sourceId: 'drive-1' } }, person('anna')];
    await discoverResources(services, ['mail']);
    assert.deepEqual(await states(world), { 'drive-1': 'firstBackup', anna: 'firstBackup' });

    const kept = await mailbox(2);
    await kept.run();
    const [found] = kept.source.resources;
    assert.ok(found);
    const { services: later } = await kept.start();
    kept.source.resources = [{ kind: 'absent', resource: found.resource, reason: 'No licence', refused: false }];
    await discoverResources(later, ['mail']);
    kept.source.resources = [person('somebody else')];
    await discoverResources(later, ['mail']);
    assert.match((await states(kept))[found.resource.sourceId] ?? '', /^gone/);
  });

  it('protects new people by itself, keeps who left, and says why somebody has nothing to protect', async () => {
    const world = await backupWorld();
    const { services } = await world.start();
    world.source.resources = [
      person('anna'),
      person('bert'),
      person('room', { reason: 'No Exchange licence', refused: false }),
    ];
    await discoverResources(services, ['mail']);
    assert.deepEqual(await states(world), {
      anna: 'firstBackup',
      bert: 'firstBackup',
      room: 'notProtected: No Exchange licence',
    });
    world.source.resources = [
      person('anna'),
      person('cleo'),
      person('room', { reason: 'Access denied', refused: true }),
    ];
    await discoverResources(services, ['mail']);
    assert.deepEqual(await states(world), {
      anna: 'firstBackup',
      bert: 'gone',
      cleo: 'firstBackup',
      room: 'failing: Access denied',
    });
    const gone = (await services.records.resources.list({ state: 'gone' })).value[0];
    assert.ok(gone?.goneSince);
    world.source.resources = [person('anna'), person('bert'), person('cleo')];
    await discoverResources(services, ['mail']);
    const back = (await services.records.resources.get(gone.id))?.value;
    assert.deepEqual([back?.state, back?.goneSince], ['protected', undefined]);
  });

  it('writes nothing when nothing changed, and takes an empty answer for a trouble of the directory', async () => {
    const world = await backupWorld();
    const { services } = await world.start();
    world.source.resources = [person('anna')];
    await discoverResources(services, ['mail']);
    const before = world.tables.writes;
    await discoverResources(services, ['mail']);
    assert.equal(world.tables.writes, before);
    world.source.resources = [];
    await discoverResources(services, ['mail']);
    assert.deepEqual(await states(world), { anna: 'firstBackup' });
  });

  it('that is refused leaves what is known and makes the run partial, with the reason', async () => {
    const world = await mailbox(2);
    await world.run();
    world.nextSlot();
    world.source.fault('discover', graphFault('forbidden'));
    const { run, rows } = await endState(world, await world.run());
    assert.equal(run.status, 'partial');
    assert.equal(rows.length, 1);
    const fresh = await mailbox(2);
    fresh.source.fault('discover', graphFault('forbidden'));
    assert.equal((await endState(fresh, await fresh.run())).run.status, 'failed');
  });

  it('that is throttled before anything is known is waited for', async () => {
    const world = await mailbox(2);
    world.source.fault('discover', graphFault('throttled', { retryAfterMs: 90_000 }));
    assert.equal((await endState(world, await world.run())).run.status, 'complete');
  });

  it('of an excluded person keeps the reason of the admin', async () => {
    const world = await backupWorld();
    const { services } = await world.start();
    const [policy] = await services.records.policies.list();
    assert.ok(policy);
    const exclude = [{ kind: 'user', sourceId: 'bert', reason: 'left the works council out' } as const];
    await services.records.policies.update({ ...policy.value, scope: { ...policy.value.scope, exclude } }, policy.etag);
    world.source.resources = [person('anna'), person('bert')];
    await discoverResources(services, ['mail']);
    assert.deepEqual(await states(world), { anna: 'firstBackup', bert: 'excluded: left the works council out' });
  });
});

describe('starting a run', () => {
  it('by a timer that fires twice makes one run per slot', async () => {
    const world = await mailbox(1);
    const process = await world.start();
    const [first] = await Promise.all([scheduleTick(process.services), scheduleTick(process.services)]);
    const again = await scheduleTick(process.services);
    await world.drain(process);
    const runs = (await process.services.records.runs.list()).value;
    assert.deepEqual([runs.length, again], [1, []]);
    assert.ok(first.length <= 1);
    world.nextSlot();
    assert.equal((await scheduleTick(process.services)).length, 1);
  });

  it('survives every fault at every call: each resource gets one row, each run its end', async () => {
    const runs = await everyFault(async (process) => {
      const world = await backupWorld();
      world.source.resources = [person('anna'), person('bert')];
      await world.survive(process);
      const { services } = await world.start();
      await watchdogTick(services);
      await world.drain({ services, boundary: (await world.start()).boundary });
      const all = (await services.records.runs.list()).value;
      assert.equal(all.length, 1);
      const run = all[0] as (typeof all)[number];
      assert.deepEqual([run.state, run.status], ['completed', 'complete']);
      const rows = (await services.records.runs.resources.list(run.id)).value;
      assert.equal(rows.length, 2);
      assert.deepEqual(await states(world), { anna: 'protected', bert: 'protected' });
    });
    assert.ok(runs > 200, `${runs} runs`);
  });

  it('of one resource backs up this one alone, also when its planning was killed', async () => {
    const world = await backupWorld();
    world.source.resources = [person('anna'), person('bert')];
    const process = await world.start();
    await discoverResources(process.services, ['mail']);
    const [one] = (await process.services.records.resources.list()).value;
    assert.ok(one);
    const run = await startResourceRun(process.services, one.id, 'adele' as UserId);
    await world.drain(process);
    const rows = (await process.services.records.runs.resources.list(run)).value;
    assert.deepEqual(
      rows.map(({ resourceId, state }) => [resourceId, state]),
      [[one.id, 'done']],
    );
    await assert.rejects(startResourceRun(process.services, 'ef'.repeat(16) as ResourceId, 'system'), (error) =>
      isFault(error, 'not-found'),
    );
  });

  it('that nobody may plan any more ends when it is cancelled', async () => {
    const world = await mailbox(1);
    const process = await world.start();
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    assert.equal(await cancelRun(process.services, run), true);
    await world.drain(process);
    assert.equal((await endState(world, run)).run.state, 'cancelled');
    assert.equal(await cancelRun(process.services, run), false);
    assert.equal(await cancelRun(process.services, 'cd'.repeat(16) as RunId), false);
  });
});

describe('the watchdog', () => {
  it('takes up what lost its message, plans what was never planned, and gives up after a day', async () => {
    const world = await mailbox(2);
    const process = await world.start();
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    for (const taken of world.queue.take('backup')) taken.done();
    await watchdogTick(process.services);
    assert.equal(world.queue.dump('backup').length, 0, 'not yet');
    world.clock.set(world.clock.now() + 11 * 60_000);
    await watchdogTick(process.services);
    assert.equal(await world.handleDue(process), 1, 'planned');
    for (const taken of world.queue.take('backup')) taken.done();
    world.clock.set(world.clock.now() + 11 * 60_000);
    await watchdogTick(process.services);
    await watchdogTick(process.services);
    assert.equal(world.queue.dump('backup').length, 1, 'nudged once');
    await world.drain(process);
    assert.equal((await endState(world, run)).run.status, 'complete');

    world.nextSlot();
    world.source.put('m0', 'f1', 'changed');
    const stuck = await startPolicyRun(process.services, world.policy, 'schedule');
    world.source.fault('fetch', graphFault('throttled', { retryAfterMs: 3_600_000 }));
    await world.handleDue(process);
    await world.handleDue(process);
    for (const taken of world.queue.take('backup')) taken.done();
    assert.equal((await describeRun(process.services, stuck))?.state, 'waiting');
    world.clock.set(world.clock.now() + 26 * 3_600_000);
    assert.equal((await describeRun(process.services, stuck))?.state, 'waiting');
    await watchdogTick(process.services);
    const end = await endState(world, stuck);
    assert.deepEqual([end.run.state, end.run.status], ['completed', 'failed']);
  });

  it('at process start nudges every open resource at once; holders of an earlier start are dead', async () => {
    const world = await mailbox(4);
    const killed = await world.start();
    const run = await startPolicyRun(killed.services, world.policy, 'schedule');
    await world.handleDue(killed);
    for (const taken of world.queue.take('backup')) taken.done();
    await killed.services.repository.points.takeFence(world.resource, {
      holder: `${killed.services.holder}/job`,
      run,
      now: new Date(world.clock.now()).toISOString() as never,
      aliveMs: 120_000,
      isDead: () => false,
    });
    const process = await world.start();
    await onBackupNudge({ ...process.services, isDead: () => false }, { run, resource: world.resource }, 'backup');
    assert.equal((await rowOf(process.services, run, world)).counts.listed, 0, 'a living holder keeps it');
    assert.equal(await resumeOpenRuns(process.services), 1);
    await world.handleDue(process);
    assert.ok(
      (await rowOf(process.services, run, world)).counts.listed > 0,
      'the first slice is there without waiting',
    );
    await world.drain(process);
    assert.equal((await endState(world, run)).run.status, 'complete');
  });
});

describe('what people are told', () => {
  it('is a report of every run where administrators want that', async () => {
    const world = await mailbox(2, { tellsEveryRun: true });
    const { services } = await world.start();
    const green = await world.run();
    const told = await services.records.outbox.list();
    assert.deepEqual(
      told.map(({ id, message }) => [id, (message as RunReport).because]),
      [[`run-${green}`, 'always']],
    );
  });

  it('is one digest for each week, however late or often the timer fires, and none for what nobody wanted', async () => {
    const world = await mailbox(1);
    const { services } = await world.start();
    const { outbox } = services.records;
    const sunday = { day: 0, at: '21:15', timeZone: 'Europe/Berlin' };
    const told = async () => {
      const ids = (await outbox.list()).map(({ id }) => id);
      for (const id of ids) await outbox.done(id);
      return ids;
    };
    const tickAt = async (time: string, plan: typeof sunday | undefined = sunday) => {
      world.clock.set(Date.parse(time));
      await Promise.all([digestTick(services, plan), digestTick(services, plan)]);
      await digestTick(services, plan);
      return told();
    };
    assert.deepEqual(await tickAt('2026-03-20T00:00:00Z'), [], 'the first tick notes where the weeks begin');
    assert.deepEqual(await tickAt('2026-03-22T20:14:59Z'), []);
    assert.deepEqual(await tickAt('2026-03-22T20:15:00Z'), ['digest-2026-03-22']);
    // Summer time began meanwhile, and nothing ran until Tuesday.
    assert.deepEqual(await tickAt('2026-03-31T09:00:00Z'), ['digest-2026-03-29']);
    assert.deepEqual(await tickAt('2026-04-01T09:00:00Z', { ...sunday, day: 3, at: '08:00' }), [], 'a new plan');
    assert.deepEqual(await tickAt('2026-04-08T06:00:00Z', { ...sunday, day: 3, at: '08:00' }), ['digest-2026-04-08']);
    world.clock.set(Date.parse('2026-04-09T00:00:00Z'));
    await digestTick(services, undefined);
    assert.deepEqual(await tickAt('2026-05-01T09:00:00Z', sunday), [], 'switched off meanwhile');
  });

  it('in a week of green runs is one digest; a run that is worse is told once, and asked for always', async () => {
    const world = await mailbox(2);
    const { services } = await world.start();
    const monday = { day: 1, at: '08:00', timeZone: 'UTC' };
    await digestTick(services, monday);
    for (let i = 0; i < 14; i++) {
      world.source.put(`n${i}`, 'f1', `new ${i}`);
      await world.run();
      world.nextSlot();
      await digestTick(services, monday);
    }
    const quiet = await services.records.outbox.list();
    assert.deepEqual(
      quiet.map(({ id }) => id.replace(/\d.*/, '')),
      ['digest-'],
    );
    world.source.break('m0', graphFault('source-corrupt'));
    world.source.put('m0', 'f1', 'changed');
    const worse = await world.run();
    await world.run();
    const told = (await services.records.outbox.list()).filter(({ id }) => id.startsWith('run-'));
    assert.deepEqual(
      told.map(({ id }) => id),
      [`run-${worse}`],
    );
    const asked = await startPolicyRun(services, world.policy, 'adele' as UserId);
    await world.drain(await world.start());
    assert.ok((await services.records.outbox.list()).some(({ id }) => id === `run-${asked}`));
  });
});
