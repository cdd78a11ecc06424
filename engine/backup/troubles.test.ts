import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import { boundary } from '../testing/boundary.ts';
import { cancelRun } from './cancelRun.ts';
import { onBackupNudge } from './nudges.ts';
import { describeRun } from './runProgress.ts';
import { startPolicyRun } from './startRun.ts';
import { assertTrue, type BackupWorld, endState } from './testing/backupWorld.ts';
import { graphFault, mailbox, newestIds, nothing, rowOf } from './testing/mailbox.ts';
import { watchdogTick } from './watchdog.ts';

const hourMs = 3_600_000;
const statusOf = (point: object | undefined): unknown => (point as { status?: string } | undefined)?.status;

describe('items that make trouble', () => {
  it('stop nobody else, are tried first by id in the next run, and are told after five', async () => {
    const world = await mailbox(4);
    world.source.break('m2', graphFault('source-corrupt', { code: 'ErrorOdd' }));
    const attempts: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      const order: string[] = [];
      world.source.onFetch = (id) => void order.push(id);
      if (i === 2) world.source.put('m9', 'f1', 'something new');
      const end = await endState(world, await world.run());
      attempts.push(...end.missing.map((entry) => (entry as { attempts: number }).attempts));
      assert.equal(end.run.status, 'partial');
      if (i > 0) assert.equal(order[0], 'm2', 'what failed comes first');
      world.nextSlot();
    }
    assert.deepEqual(attempts, [1, 2, 3, 4, 5]);
    const { services } = await world.start();
    const told = (await services.records.outbox.list()).filter(({ id }) => id.startsWith('failing-'));
    assert.equal(told.length, 1);
    world.source.break('m2', undefined);
    const healed = await endState(world, await world.run());
    assert.equal(healed.run.status, 'complete');
    assert.deepEqual(healed.missing, []);
    await assertTrue(world, services.repository);
  });

  it('keep a run from being complete while the source does not even say where they are', async () => {
    const world = await mailbox(3, { settings: { sliceItems: 1 } });
    const { connector } = world.source;
    const mute = { ...connector, locate: async () => new Map<string, undefined>() };
    world.source.break('m0', graphFault('source-corrupt', { code: 'ErrorOdd' }));
    world.source.break('m1', graphFault('source-corrupt', { code: 'ErrorOdd' }));
    await world.run();
    const attempts: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      world.nextSlot();
      const process = await world.start();
      const services = { ...process.services, connectors: new Map([['mail', mute]]) };
      const run = await startPolicyRun(services, world.policy, 'schedule');
      await world.drain({ ...process, services });
      const end = await endState(world, run);
      assert.equal(end.run.status, 'partial');
      assert.equal(statusOf(end.points[0]), 'partial');
      attempts.push(...end.missing.map((entry) => (entry as { attempts: number }).attempts));
      const row = await rowOf(services, run, world);
      assert.deepEqual([row.status, row.counts.listed, row.counts.failed], ['partial', 2, 2]);
      const resource = (await services.records.resources.list({})).value[0];
      assert.equal(resource?.state, 'partial');
    }
    assert.deepEqual(attempts, [2, 2, 3, 3]);
  });

  it('keep the good state they had in the set', async () => {
    const world = await mailbox(2);
    await world.run();
    world.nextSlot();
    world.source.put('m0', 'f1', 'now with a virus');
    world.source.break('m0', 'malware');
    const end = await endState(world, await world.run());
    assert.equal(end.run.status, 'completeWithSkips');
    assert.deepEqual(await newestIds(world), ['f1', 'm0', 'm1']);
    assert.deepEqual(end.missing, [{ sourceId: 'm0', outcome: 'skipped', attempts: 1, reason: 'malware' }]);
  });

  it('stay on the list of what is missing while later runs have other things to do', async () => {
    const world = await mailbox(2);
    world.source.break('m0', 'malware');
    await world.run();
    world.nextSlot();
    world.source.put('m1', 'f1', 'changed');
    const end = await endState(world, await world.run());
    assert.equal(end.run.status, 'complete', 'this run met no trouble');
    assert.deepEqual(end.missing, [{ sourceId: 'm0', outcome: 'skipped', attempts: 1, reason: 'malware' }]);
    assert.deepEqual(end.points[0], { status: 'completeWithSkips', counts: { items: 1, containers: 1, missing: 1 } });
    world.nextSlot();
    world.source.remove('m0');
    assert.deepEqual((await endState(world, await world.run())).missing, []);
  });

  it('and meet a defect of the connector fail alone', async () => {
    const world = await mailbox(4);
    world.source.onFetch = (id) => {
      if (id === 'm1') throw new TypeError('Cannot read properties of undefined');
    };
    const end = await endState(world, await world.run());
    assert.deepEqual(
      end.missing.map((entry) => (entry as { sourceId: string }).sourceId),
      ['m1'],
    );
    assert.equal(end.items.length, 4);
  });

  it('whose body ends too early are not taken for whole', async () => {
    const world = await mailbox(2);
    const { connector } = world.source;
    const process = await world.start();
    const short = {
      ...connector,
      async *fetch(...args: Parameters<typeof connector.fetch>) {
        for await (const fetched of connector.fetch(...args)) {
          yield fetched.kind === 'part' && fetched.sourceId === 'm0' ? { ...fetched, size: 1000 } : fetched;
        }
      },
    };
    const services = { ...process.services, connectors: new Map([['mail', short]]) };
    const run = await startPolicyRun(services, world.policy, 'schedule');
    await world.drain({ ...process, services });
    const end = await endState(world, run);
    assert.deepEqual(end.missing, [
      {
        sourceId: 'm0',
        outcome: 'failed',
        attempts: 1,
        reason: 'Microsoft 365 announced 1000 bytes and gave 13',
      },
    ]);
  });

  it('whose part came damaged at first are stored when it comes again and is good', async () => {
    for (const sliceBytes of [1_000_000, 8]) {
      const world = await mailbox(2, { settings: { sliceBytes } });
      const { connector } = world.source;
      const process = await world.start();
      const repeating = {
        ...connector,
        async *fetch(...args: Parameters<typeof connector.fetch>) {
          for await (const fetched of connector.fetch(...args)) {
            if (fetched.kind === 'part' && fetched.sourceId === 'm0')
              yield { ...fetched, size: 1000, resumable: false };
            yield fetched;
          }
        },
      };
      const services = { ...process.services, connectors: new Map([['mail', repeating]]) };
      const run = await startPolicyRun(services, world.policy, 'schedule');
      await world.drain({ ...process, services });
      const end = await endState(world, run);
      assert.deepEqual([end.run.status, end.missing], ['complete', []], `slices of ${sliceBytes} bytes`);
    }
  });

  it('that were stored before a run was cancelled make no point that stays partial for ever', async () => {
    const world = await mailbox(2);
    await world.run();
    world.nextSlot();
    world.source.put('m0', 'f1', 'changed');
    const { connector } = world.source;
    const process = await world.start();
    const cancelling = {
      ...connector,
      async *fetch(...args: Parameters<typeof connector.fetch>) {
        yield* connector.fetch(...args);
        await cancelRun(process.services, run);
      },
    };
    const services = { ...process.services, connectors: new Map([['mail', cancelling]]) };
    const run = await startPolicyRun(services, world.policy, 'schedule');
    await world.drain({ ...process, services });
    const cut = await endState(world, run);
    assert.deepEqual([cut.run.state, statusOf(cut.points[0])], ['cancelled', 'partial']);
    world.nextSlot();
    const next = await endState(world, await world.run());
    assert.deepEqual([next.run.status, statusOf(next.points[0])], ['complete', 'complete']);
    world.nextSlot();
    assert.deepEqual((await endState(world, await world.run())).points.length, next.points.length);
  });

  it('that were skipped and are not there any more leave the list when everything is listed anew', async () => {
    const world = await mailbox(2);
    world.source.break('m0', 'malware');
    await world.run();
    world.nextSlot();
    world.source.remove('m0');
    world.source.expire('throw');
    const end = await endState(world, await world.run());
    assert.deepEqual([end.missing, statusOf(end.points[0])], [[], 'complete']);
  });

  it('listed twice in one round count once, and the last word counts', async () => {
    const world = await mailbox(4, { settings: { jobMs: 300 } });
    await world.run();
    world.nextSlot();
    for (const id of ['m0', 'm1', 'm2', 'm3']) world.source.put(id, 'f1', `${id} changed`);
    const process = await world.start();
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    await world.handleDue(process);
    await world.handleDue(process);
    assert.equal((await rowOf(process.services, run, world)).counts.listed, 2, 'half of the listing is in');
    world.source.put('m0', 'f1', 'm0 changed again');
    await world.drain(process);
    const end = await endState(world, run);
    assert.deepEqual(end.run.counts, { ...nothing, listed: 4, stored: 4, bytesRead: 92 });
    assert.deepEqual(end.ledger.length, 4);
    await assertTrue(world, process.services.repository);
  });

  it('change while they are read and are stored as one of the versions they had', async () => {
    const world = await mailbox(3);
    world.source.onFetch = (id) => {
      world.source.onFetch = () => undefined;
      queueMicrotask(() => world.source.put(id, 'f1', 'written while it was read'));
    };
    await world.run();
    world.nextSlot();
    await world.run();
    await assertTrue(world, (await world.start()).services.repository);
  });
});

describe('trouble with Microsoft 365', () => {
  it('throttled: waits as long as asked, keeps what it has, and asks nothing before', async () => {
    const world = await mailbox(6);
    const process = await world.start();
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    world.source.onFetch = (id) => {
      if (id !== 'm3') return;
      world.source.onFetch = () => undefined;
      throw graphFault('throttled', { retryAfterMs: 300_000, scope: 'mailbox/1' });
    };
    for (let i = 0; i < 2; i++) {
      await world.handleDue(process);
    }
    const row = await rowOf(process.services, run, world);
    assert.equal(row.state, 'waiting');
    assert.equal(Date.parse(row.resumesAt ?? ''), world.clock.now() + 300_000);
    assert.ok(row.counts.stored >= 3);
    const { fetch, changes } = { ...world.source.calls };
    // A nudge that comes too early is dropped without a question to Microsoft 365.
    await onBackupNudge(process.services, { run, resource: world.resource }, 'backup');
    assert.deepEqual([world.source.calls.fetch, world.source.calls.changes], [fetch, changes]);
    await world.drain(process);
    assert.equal((await endState(world, run)).run.status, 'complete');
    await assertTrue(world, process.services.repository);
  });

  it('unavailable for most of a day: is waited out, and nothing failed', async () => {
    const world = await mailbox(3);
    const process = await world.start();
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    const began = world.clock.now();
    world.source.fault('changes', ...Array.from({ length: 200 }, () => graphFault('unavailable')));
    for (let i = 0; i < 2; i++) await world.handleDue(process);
    const row = await rowOf(process.services, run, world);
    assert.deepEqual([row.state, row.waitsSince], ['waiting', instant(began)]);
    assert.equal((await describeRun(process.services, run))?.reason, 'Microsoft 365 said no');
    await world.drain(process);
    assert.ok(world.clock.now() - began > 12 * hourMs);
    assert.equal((await endState(world, run)).run.status, 'complete');
    const end = await rowOf(process.services, run, world);
    assert.deepEqual([end.waitsSince, end.resumesAt], [undefined, undefined]);
  });

  for (const [what, kind, detail] of [
    ['unavailable', 'unavailable', {}],
    ['asked to wait', 'throttled', { retryAfterMs: 3_600_000 }],
  ] as const)
    it(`${what} for a whole day without progress: fails by name and keeps what is stored`, async () => {
      const world = await mailbox(3);
      await world.run();
      world.nextSlot();
      world.source.put('m0', 'f1', 'changed');
      const began = world.clock.now();
      world.source.fault('changes', ...Array.from({ length: 2000 }, () => graphFault(kind, detail)));
      const end = await endState(world, await world.run());
      assert.deepEqual([end.run.state, end.run.status], ['completed', 'failed']);
      const took = world.clock.now() - began;
      assert.ok(took >= 24 * hourMs && took < 26 * hourMs, `after ${took} ms`);
      assert.equal((await newestIds(world)).length, 4);
    });

  it('refused: the row says why, the resource is failing, the next run starts from the same place', async () => {
    const world = await mailbox(3);
    world.source.fault('changes', graphFault('forbidden', { code: 'ErrorAccessDenied' }));
    const run = await world.run();
    const { services } = await world.start();
    assert.equal((await rowOf(services, run, world)).reason, 'Microsoft 365 said no');
    assert.equal((await services.records.resources.get(world.resource))?.value.state, 'failing');
    world.nextSlot();
    assert.equal((await endState(world, await world.run())).run.status, 'complete');
    assert.equal((await services.records.resources.get(world.resource))?.value.state, 'protected');
  });

  it('one item whose download always breaks off is given up for this run, all others are stored', async () => {
    const world = await mailbox(4, { style: 'drive', workload: 'drive' });
    const { connector } = world.source;
    const process = await world.start();
    const broken = {
      ...connector,
      async *fetch(...args: Parameters<typeof connector.fetch>) {
        for await (const fetched of connector.fetch(...args)) {
          if (fetched.kind !== 'part' || fetched.sourceId !== 'm1') yield fetched;
          else yield { ...fetched, open: () => breaksOff() };
        }
      },
    };
    const services = { ...process.services, connectors: new Map([['drive', broken]]) };
    const run = await startPolicyRun(services, world.policy, 'schedule');
    await world.drain({ ...process, services });
    const end = await endState(world, run);
    assert.equal(end.run.status, 'partial');
    assert.deepEqual(
      end.missing.map((entry) => (entry as { sourceId: string }).sourceId),
      ['m1'],
    );
    assert.equal(end.items.length, 4);
  });
});

describe('trouble with storage', () => {
  it('full: the run says storage first, the cursor has not moved, and later everything is there', async () => {
    const world = await mailbox(4);
    await world.run();
    world.nextSlot();
    for (let i = 0; i < 5; i++) world.source.put(`n${i}`, 'f1', `new ${i} ${'x'.repeat(2000 + i)}`);
    world.blobs.limitTo(world.blobs.dump().reduce((sum, { bytes }) => sum + bytes.byteLength, 0) + 1500);
    const run = await world.run();
    const { services } = await world.start();
    const ended = (await services.records.runs.get(run))?.value;
    assert.match(ended?.reason ?? '', /^storage/i);
    assert.notEqual(ended?.status, 'complete');
    assert.equal((await newestIds(world)).length, 5);
    world.blobs.limitTo(Number.MAX_SAFE_INTEGER);
    world.nextSlot();
    assert.equal((await endState(world, await world.run())).run.status, 'complete');
    assert.equal((await newestIds(world)).length, 10);
    await assertTrue(world, services.repository);
  });

  for (const [what, lost] of [
    ['blobs', 'blobs.'],
    ['packs', 'blobs.create'],
  ] as const)
    it(`that takes no ${what} for a whole day: the run ends with storage in its first words, and the next is whole`, async () => {
      const world = await mailbox(4);
      await world.run();
      const cursor = await newestCursor(world);
      world.nextSlot();
      world.source.put('n1', 'f1', 'while storage is away');
      let isAway = false;
      const away = await world.start(
        boundary(({ name }) => (isAway && name.startsWith(lost) ? 'fail-before' : undefined)),
      );
      isAway = true;
      const asked = world.clock.now();
      const run = await startPolicyRun(away.services, world.policy, 'schedule');
      await world.drain(away);
      const took = world.clock.now() - asked;
      assert.ok(took >= 24 * hourMs && took < 25 * hourMs, `after ${took} ms`);
      assert.ok(away.boundary.hits.length < 2000, `${away.boundary.hits.length} calls, with growing pauses`);

      const { services } = await world.start();
      const ended = (await services.records.runs.get(run))?.value;
      assert.deepEqual([ended?.state, ended?.status], ['completed', 'failed']);
      assert.match(ended?.reason ?? '', /^Storage/);
      assert.ok(cursor !== undefined);
      assert.equal(await newestCursor(world), cursor);
      world.nextSlot();
      assert.equal((await endState(world, await world.run())).run.status, 'complete');
      assert.ok((await newestIds(world)).includes('n1'));
      await assertTrue(world, services.repository);
    });

  it('that answers nothing at all, tables neither: the watchdog takes the run up when it is back', async () => {
    const world = await mailbox(4);
    await world.run();
    world.nextSlot();
    world.source.put('n1', 'f1', 'while storage is away');
    let isAway = false;
    const process = await world.start(
      boundary(({ name }) => (isAway && /^(blobs|tables)\./.test(name) ? 'fail-before' : undefined)),
    );
    world.source.onFetch = () => void (isAway = true);
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    await world.drain(process).catch((error: unknown) => assert.ok(isFault(error, 'unavailable'), String(error)));
    assert.ok(isAway);
    world.source.onFetch = () => undefined;
    isAway = false;
    world.clock.set(world.clock.now() + process.services.settings.takeOverMs + 1);
    await watchdogTick(process.services);
    await world.drain(process);
    assert.equal((await endState(world, run)).run.status, 'complete');
    assert.ok((await newestIds(world)).includes('n1'));
    await assertTrue(world, process.services.repository);
  });
});

async function newestCursor(world: BackupWorld) {
  const { points } = (await world.start()).services.repository;
  return (await points.open(world.resource, (await points.find(world.resource, 'latest')).id)).cursor;
}

async function* breaksOff(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('the first bytes');
  throw graphFault('unavailable');
}
