import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { PolicyId, RequestId, RunId } from '../model/ids.ts';
import { boundary, everyFault, Killed } from '../testing/boundary.ts';
import type { Boundary } from '../testing/boundary.ts';
import { anAuditEntry, aPolicy, aRun, aRunResource, recordsWorld } from '../testing/recordsWorld.ts';
import type { RecordsWorld } from '../testing/recordsWorld.ts';
import { makeRecords } from './makeRecords.ts';
import { primary } from './recordLog.ts';
import type { Records } from './records.ts';
import { rebuildRecords } from './rebuildRecords.ts';
import { recoverRecords } from './recoverRecords.ts';
import { safeMode } from './safeMode.ts';

const insideProcess = (world: RecordsWorld, process: Boundary): Records =>
  makeRecords({ ...world, tables: process.wrap('tables', world.tables), blobs: process.wrap('blobs', world.blobs) });

/** Everything that can be rebuilt, as people see it. */
async function seen(records: Records): Promise<unknown> {
  const entries: unknown[] = [];
  let pageToken: string | undefined;
  do {
    const page = await records.audit.list(pageToken);
    entries.push(...page.value);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  const policies = (await records.policies.list()).map(({ value }) => value);
  return { policies, entries, setting: (await records.settings.get('setting'))?.value };
}

async function somethingHappens(records: Records): Promise<void> {
  const first = await records.policies.create(aPolicy('first', { order: 2 }));
  const second = await records.policies.create(aPolicy('second', { order: 1 }));
  await records.settings.put('setting', { on: false });
  await records.audit.append(anAuditEntry('policy.change', { policy: 'first' }));
  await records.policies.update(aPolicy('first', { order: 2, name: 'renamed' }), first.etag);
  await records.policies.remove('second' as PolicyId, second.etag);
  await records.audit.append(anAuditEntry('policy.remove', { policy: 'second' }));
  await records.settings.put('setting', { on: true });
}

describe('records after a loss', () => {
  it('are in safe mode while the table is gone, and equal once rebuilt from the blobs', async () => {
    for (const options of [{}, { pageSize: 2, emptyPages: true }]) {
      const world = recordsWorld(options);
      assert.deepEqual(await recoverRecords(world), { safeMode: false });
      await somethingHappens(makeRecords(world));
      const before = await seen(makeRecords(world));
      assert.deepEqual(await recoverRecords(world), { safeMode: false });
      world.tables.drop('records');
      const condition = await recoverRecords(world);
      assert.ok(condition.safeMode && condition.reason.includes('last 8 changes'));
      assert.deepEqual(await rebuildRecords(world), { rows: 4, runs: 0, requests: 0, lost: 0 });
      assert.deepEqual(await seen(makeRecords(world)), before);
      assert.equal(await makeRecords(world).audit.verify(), undefined);
      assert.deepEqual(await recoverRecords(world), { safeMode: false });
      await makeRecords(world).audit.append(anAuditEntry('goes on'));
    }
  });

  it('stay in safe mode whatever tries to write, from before the loss or after it, until they are rebuilt', async () => {
    const world = recordsWorld();
    const older = makeRecords(world);
    await somethingHappens(older);
    const before = await seen(older);
    const blobs = world.blobs.dump().length;
    world.tables.drop('records');
    const younger = makeRecords(world, safeMode(world, await recoverRecords(world)));
    const refused = (error: unknown) =>
      isFault(error, 'unavailable') && error.message.includes('npm run records:rebuild');
    for (const records of [older, younger]) {
      await assert.rejects(records.policies.create(aPolicy('everything')), refused);
      // As many changes as were lost, and some more.
      for (let n = 0; n < 10; n++) await assert.rejects(records.audit.append(anAuditEntry(`${n}`)), refused);
      await assert.rejects(records.settings.put('setting', 0), refused);
      assert.deepEqual(await records.policies.list(), []);
      await world.clock.sleep(60_000);
    }
    assert.equal((await recoverRecords(world)).safeMode, true);
    assert.equal(world.blobs.dump().length, blobs);

    assert.deepEqual(await rebuildRecords(world), { rows: 4, runs: 0, requests: 0, lost: 0 });
    await world.clock.sleep(60_000);
    for (const records of [older, younger]) {
      assert.deepEqual(await seen(records), before);
      await assert.doesNotReject(records.settings.put('another', 1));
    }
    await older.audit.append(anAuditEntry('goes on'));
    assert.equal(await younger.audit.verify(), undefined);
  });

  it('are in safe mode when the table was put back to an earlier state', async () => {
    const world = recordsWorld();
    const records = makeRecords(world);
    await records.settings.put('setting', 1);
    const before = world.tables.dump().filter(({ table }) => table === 'records');
    await records.settings.put('setting', 2);
    await records.settings.put('setting', 3);
    for (const row of before) world.tables.tamper('records', row.partition, row.key, () => row);
    assert.equal((await recoverRecords(world)).safeMode, true);
    await rebuildRecords(world);
    assert.equal((await records.settings.get('setting'))?.value, 3);
  });

  it('are in safe mode when blobs are gone that the table knows of', async () => {
    const world = recordsWorld();
    await somethingHappens(makeRecords(world));
    const [newest] = world.blobs
      .dump()
      .filter(({ name }) => name.startsWith('records/'))
      .slice(-1);
    assert.ok(newest);
    world.blobs.tamper('repository', newest.name, () => undefined);
    const condition = await recoverRecords(world);
    assert.ok(condition.safeMode && condition.lacking === 'blobs');
  });

  it('are rebuilt as far as blobs can be read, and the rest is counted', async () => {
    const world = recordsWorld();
    await somethingHappens(makeRecords(world));
    const names = world.blobs.dump().map(({ name }) => name);
    const [renaming = '', last = ''] = [names[4], names[7]];
    world.blobs.tamper('repository', renaming, () => undefined);
    world.blobs.tamper('repository', last, (bytes) => bytes.with(20, (bytes[20] ?? 0) ^ 1));

    world.tables.drop('records');
    assert.equal((await recoverRecords(world)).safeMode, true);
    assert.deepEqual(await rebuildRecords(world), { rows: 4, runs: 0, requests: 0, lost: 2 });
    assert.deepEqual(await recoverRecords(world), { safeMode: false });
    const records = makeRecords(world);
    assert.equal((await records.policies.get('first' as PolicyId))?.value.name, 'Policy first');
    assert.deepEqual((await records.settings.get('setting'))?.value, { on: false });
    await records.settings.put('setting', { on: true });
    world.tables.drop('records');
    await rebuildRecords(world);
    assert.deepEqual((await records.settings.get('setting'))?.value, { on: true });
  });

  it('finish, at the next start, the change whose process was killed before its rows', async () => {
    const world = recordsWorld();
    const records = makeRecords(world);
    await records.audit.append(anAuditEntry('before'));
    const dying = boundary(({ name }) => (name === 'tables.transact' ? 'kill-before' : undefined));
    await assert.rejects(
      dying.run(() => insideProcess(world, dying).policies.create(aPolicy('p'))),
      Killed,
    );
    assert.equal(await records.policies.get('p' as PolicyId), undefined);
    assert.deepEqual(await recoverRecords(world), { safeMode: false });
    assert.equal((await records.policies.get('p' as PolicyId))?.value.name, 'Policy p');
    assert.equal(await records.audit.verify(), undefined);
  });

  it('hold through a month change and a clock that goes back', async () => {
    const world = recordsWorld();
    const records = makeRecords(world);
    for (const day of [
      '2026-01-31T23:59:59Z',
      '2026-02-01T00:00:01Z',
      '2026-01-31T23:59:30Z',
      '2027-01-01T00:00:00Z',
    ]) {
      world.clock.set(Date.parse(day));
      await records.audit.append(anAuditEntry(day));
      assert.deepEqual(await recoverRecords(world), { safeMode: false });
      assert.equal(await records.audit.verify(), undefined);
    }
  });
});

describe('records under faults', () => {
  it('lose nothing that was answered, and double nothing, whatever call fails or dies', async () => {
    const runs = await everyFault(async (process) => {
      const world = recordsWorld();
      const records = insideProcess(world, process);
      let answered = 0;
      const steps = [
        () => records.policies.create(aPolicy('p')),
        () => records.audit.append(anAuditEntry('one')),
        () => records.settings.put('setting', 1),
        () => records.audit.append(anAuditEntry('two')),
      ];
      const work = async (): Promise<void> => {
        for (const step of steps) {
          await step();
          answered += 1;
        }
      };
      const [outcome] = await Promise.allSettled([process.run(work)]);
      if (outcome.status === 'rejected') {
        assert.ok(outcome.reason instanceof Killed || isFault(outcome.reason, 'unavailable'));
        // A write whose answer was lost is looked up; only a read that fails is the caller's trouble.
        const [hit] = process.hits;
        assert.ok(
          hit?.fault.startsWith('kill') || ['tables.get', 'blobs.list'].includes(hit?.call.name ?? ''),
          `${hit?.call.name} reached the caller`,
        );
      }

      const after = makeRecords(world);
      assert.deepEqual(await recoverRecords(world), { safeMode: false });
      assert.equal(await after.audit.verify(), undefined);
      const actions = (await after.audit.list()).value.map(({ action }) => action).toReversed();
      // What was answered is there; beyond that at most the one step that was under way.
      const expected = ['one', 'two'].slice(0, actions.length);
      assert.deepEqual(actions, expected);
      const done = [
        (await after.policies.list()).length > 0,
        actions.length > 0,
        (await after.settings.get('setting')) !== undefined,
        actions.length > 1,
      ];
      const there = done.filter(Boolean).length;
      assert.ok(there === answered || there === answered + 1, `${answered} answered, ${there} there`);
      // Rows and blobs tell the same.
      const rows = await seen(after);
      world.tables.drop('records');
      await rebuildRecords(world);
      assert.deepEqual(await seen(makeRecords(world)), rows);
    });
    assert.ok(runs > 40);
  });

  it('make one run, one plan and one request, whatever call fails or dies before the repeat', async () => {
    await everyFault(async (process) => {
      const world = recordsWorld();
      const attempt = async (records: Records): Promise<void> => {
        await records.runs.create(aRun('slot', 1000));
        await records.runs.resources.plan('slot' as RunId, [aRunResource('slot', 'a'), aRunResource('slot', 'b')]);
        const run = await records.runs.get('slot' as RunId);
        assert.ok(run);
        if (run.value.state !== 'completed') {
          await records.runs.update({ ...run.value, state: 'completed', finishedAt: instant(2000) }, run.etag);
        }
        await records.requests.create('q' as RequestId, { n: 1 }, 'key');
        await records.outbox.add('report', { run: 'slot' });
      };
      await process.run(() => attempt(insideProcess(world, process))).catch(() => attempt(makeRecords(world)));
      const records = makeRecords(world);
      assert.equal((await records.runs.list()).value.length, 1);
      assert.deepEqual(await records.runs.open(), []);
      assert.equal((await records.runs.resources.list('slot' as RunId)).value.length, 2);
      assert.deepEqual((await records.requests.list()).value, [{ id: 'q', value: { n: 1 } }]);
      assert.equal((await records.outbox.list()).length, 1);
    });
  });

  it('say storage is full, and stay as they were', async () => {
    const world = recordsWorld();
    const records = makeRecords(world);
    const { etag } = await records.policies.create(aPolicy('p'));
    world.blobs.limitTo(0);
    await assert.rejects(records.policies.update(aPolicy('p', { name: 'x' }), etag), (e) => isFault(e, 'storage-full'));
    assert.equal((await records.policies.get('p' as PolicyId))?.value.name, 'Policy p');
    world.blobs.limitTo(undefined);
    await records.policies.update(aPolicy('p', { name: 'x' }), etag);
    assert.equal((await world.tables.query('records', primary)).rows.length, 2);
  });
});
