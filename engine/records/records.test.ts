import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { PolicyId, RequestId, ResourceId, RunId, UserId } from '../model/ids.ts';
import { aPolicy, aResource, aRun, aRunResource, recordsWorld } from '../testing/recordsWorld.ts';
import { makeRecords } from './makeRecords.ts';
import type { Page } from './records.ts';

const conflict = (error: unknown): boolean => isFault(error, 'conflict');

async function all<T>(list: (pageToken?: string) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let pageToken: string | undefined;
  do {
    const page = await list(pageToken);
    found.push(...page.value);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

for (const options of [{}, { pageSize: 3, emptyPages: true }]) {
  const open = () => makeRecords(recordsWorld(options));
  const name = options.pageSize === undefined ? 'records' : 'records in short and empty pages';

  describe(name, () => {
    it('keep policies in the admin order', async () => {
      const { policies } = open();
      const ids = ['c', 'a', 'd', 'b'];
      for (const [order, id] of ids.entries()) await policies.create(aPolicy(id, { order }));
      assert.deepEqual(
        (await policies.list()).map(({ value }) => value.id),
        ids,
      );
    });

    it('change a policy only as it was read', async () => {
      const { policies } = open();
      const first = await policies.create(aPolicy('p'));
      await assert.rejects(policies.create(aPolicy('p')), conflict);
      const second = await policies.update(aPolicy('p', { name: 'two' }), first.etag);
      await assert.rejects(policies.update(aPolicy('p', { name: 'three' }), first.etag), conflict);
      await assert.rejects(policies.remove('p' as PolicyId, first.etag), conflict);
      assert.deepEqual(await policies.get('p' as PolicyId), second);
      await policies.remove('p' as PolicyId, second.etag);
      assert.equal(await policies.get('p' as PolicyId), undefined);
    });

    it('keep settings, with and without a condition', async () => {
      const { settings } = open();
      assert.equal(await settings.get('contentAccess'), undefined);
      const etag = await settings.put('contentAccess', { who: 'admins' });
      await settings.put('contentAccess', { who: 'nobody' }, etag);
      await assert.rejects(settings.put('contentAccess', { who: 'admins' }, etag), conflict);
      assert.deepEqual((await settings.get('contentAccess'))?.value, { who: 'nobody' });
      await settings.put('other', 1);
      const some = await settings.some(['contentAccess', 'never put']);
      assert.deepEqual([...some], [['contentAccess', await settings.get('contentAccess')]]);
    });

    it('find resources by workload, state, owner and part of a name, in id order', async () => {
      const { resources } = open();
      const ids = Array.from({ length: 9 }, (_, i) => `r${i}`);
      for (const [i, id] of ids.entries()) {
        await resources.put(
          aResource(id, {
            workload: i % 2 === 0 ? 'mail' : 'drive',
            state: i < 4 ? 'protected' : 'waiting',
            ...(i === 5 && { ownerId: 'owner' as UserId, address: 'Jose\u0301@contoso.example' }),
          }),
        );
      }
      const find = async (filter: Parameters<typeof resources.list>[0]): Promise<string[]> =>
        (await all((token) => resources.list(filter, token))).map(({ id }) => id);
      assert.deepEqual(await find({}), ids);
      assert.deepEqual(await find({ workload: 'mail', state: 'waiting' }), ['r4', 'r6', 'r8']);
      assert.deepEqual(await find({ ownerId: 'owner' }), ['r5']);
      assert.deepEqual(await find({ q: 'JOSÉ@' }), ['r5']);
      assert.deepEqual(await find({ q: 'name of r7' }), ['r7']);
      await resources.put(aResource('r7', { state: 'gone' }));
      assert.equal((await resources.get('r7' as ResourceId))?.value.state, 'gone');
    });

    it('make one run of two equal ones, and list the newest first', async () => {
      const { runs } = open();
      assert.equal(await runs.create(aRun('slot', 5_000)), true);
      assert.equal(await runs.create(aRun('slot', 5_000)), false);
      for (const at of [2_000, 9_000, 7_000]) await runs.create(aRun(`at${at}`, at));
      assert.deepEqual(
        (await all((token) => runs.list(token))).map(({ id }) => id),
        ['at9000', 'at7000', 'slot', 'at2000'],
      );
    });

    it('know the open runs alone, without a row for the ended ones', async () => {
      const world = recordsWorld(options);
      const { runs } = makeRecords(world);
      for (const id of ['a', 'b', 'c']) await runs.create(aRun(id, 1_000));
      const b = await runs.get('b' as RunId);
      assert.ok(b);
      const running = await runs.update({ ...b.value, state: 'running' }, b.etag);
      await assert.rejects(runs.update({ ...b.value, state: 'cancelled' }, b.etag), conflict);
      await runs.update({ ...running.value, state: 'completed', status: 'complete' }, running.etag);
      const stillOpen = await runs.open();
      assert.deepEqual(
        stillOpen.map(({ value }) => value.id),
        ['a', 'c'],
      );
      // What is handed out can be updated: its version is the run's own.
      const [first] = stillOpen;
      assert.ok(first);
      await runs.update({ ...first.value, state: 'cancelled' }, first.etag);
      assert.deepEqual(
        (await runs.open()).map(({ value }) => value.id),
        ['c'],
      );
      assert.equal(world.tables.dump().filter(({ key }) => key.startsWith('open:')).length, 1);
      assert.equal((await all((token) => runs.list(token))).length, 3);
    });

    it('plan the resources of a run once, however often and in whatever parts', async () => {
      const { runs } = open();
      const rows = Array.from({ length: 130 }, (_, i) => aRunResource('run', `r${String(i).padStart(3, '0')}`));
      await runs.resources.plan('run' as RunId, rows.slice(50, 60));
      const done = await runs.resources.get('run' as RunId, 'r055' as ResourceId);
      assert.ok(done);
      await runs.resources.update({ ...done.value, state: 'done' }, done.etag);
      await Promise.all([runs.resources.plan('run' as RunId, rows), runs.resources.plan('run' as RunId, rows)]);
      const listed = await all((token) => runs.resources.list('run' as RunId, token));
      assert.deepEqual(
        listed.map(({ resourceId }) => resourceId),
        rows.map(({ resourceId }) => resourceId),
      );
      assert.deepEqual(
        listed.filter(({ state }) => state === 'done').map(({ resourceId }) => resourceId),
        ['r055'],
      );
      await assert.rejects(runs.resources.update(done.value, done.etag), conflict);
    });

    it('make one request of two with one idempotency key', async () => {
      const { requests } = open();
      const first = await requests.create('q1' as RequestId, { n: 1 }, 'person/key');
      assert.equal(first.existing, undefined);
      const again = await requests.create('q2' as RequestId, { n: 2 }, 'person/key');
      assert.deepEqual(again, { etag: first.etag, existing: 'q1' });
      assert.equal(await requests.get('q2' as RequestId), undefined);
      await requests.create('q3' as RequestId, { n: 3 }, 'person/other');
      await assert.rejects(requests.create('q3' as RequestId, { n: 4 }), conflict);
    });

    it('list requests newest first and change them only as they were read', async () => {
      const world = recordsWorld(options);
      const { requests } = makeRecords(world);
      for (const id of ['a', 'b', 'c', 'd', 'e']) {
        await requests.create(id as RequestId, { id });
        await world.clock.sleep(1000);
      }
      assert.deepEqual(
        (await all((token) => requests.list(token))).map(({ id }) => id),
        ['e', 'd', 'c', 'b', 'a'],
      );
      const read = await requests.get('c' as RequestId);
      assert.ok(read);
      await requests.update('c' as RequestId, { id: 'c', state: 'done' }, read.etag);
      await assert.rejects(requests.update('c' as RequestId, {}, read.etag), conflict);
      assert.deepEqual((await requests.get('c' as RequestId))?.value, { id: 'c', state: 'done' });
    });

    it('keep a journal per request', async () => {
      const { requests } = open();
      const id = 'q' as RequestId;
      const etag = await requests.journal.put(id, 'item/000000002', { state: 'writing' });
      await assert.rejects(requests.journal.put(id, 'item/000000002', {}), conflict);
      await requests.journal.put(id, 'item/000000002', { state: 'done' }, etag);
      await assert.rejects(requests.journal.put(id, 'item/000000002', {}, etag), conflict);
      for (const n of [5, 1, 3, 4]) await requests.journal.put(id, `item/00000000${n}`, { n });
      await requests.journal.put('other' as RequestId, 'item/000000001', {});
      const listed = await all((token) => requests.journal.list(id, token));
      assert.deepEqual(
        listed.map(({ key }) => key.at(-1)),
        ['1', '2', '3', '4', '5'],
      );
      assert.deepEqual(listed[1]?.value, { state: 'done' });
      for (const key of ['item', 'items', 'plan/000000001', 'found/000000001']) await requests.journal.put(id, key, {});
      const items = await all((token) => requests.journal.listUnder(id, 'item/', token));
      assert.deepEqual(items, listed);
    });

    it('keep values of any size', async () => {
      const { requests } = open();
      for (const size of [10, 60 * 1024, 200_000, 660 * 1024, 3_000_000]) {
        const id = `q${size}` as RequestId;
        const value = { text: 'ä'.repeat(size / 2) };
        const { etag } = await requests.create(id, { small: true });
        const grown = await requests.update(id, value, etag);
        assert.deepEqual(await requests.get(id), { value, etag: grown });
      }
    });

    it('keep messages to people until they are sent', async () => {
      const { outbox } = open();
      await outbox.add('report-1', { kind: 'report' });
      await outbox.add('report-1', { kind: 'another' });
      await outbox.add('approval-1', { kind: 'approval' });
      assert.deepEqual(await outbox.list(), [
        { id: 'approval-1', message: { kind: 'approval' } },
        { id: 'report-1', message: { kind: 'report' } },
      ]);
      await outbox.done('report-1');
      await outbox.done('report-1');
      assert.deepEqual(
        (await outbox.list()).map(({ id }) => id),
        ['approval-1'],
      );
    });
  });
}
