import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, isFault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import { journalKey } from './requestStore.ts';
import type { NewRestoreRequest } from './restoreFlow.ts';
import { admin, anna, approver, restoreBench } from './testing/restoreBench.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const whole = (bench: Bench, wish: Partial<NewRestoreRequest> = {}): NewRestoreRequest => ({
  selection: { resourceId: bench.mailbox.id },
  destination: { kind: 'original' },
  conflict: 'keepBoth',
  includePermissions: false,
  ...wish,
});
const isKind =
  (kind: Fault['kind'], words = /./) =>
  (error: unknown) =>
    isFault(error, kind) && words.test(error.message);

async function planned(bench: Bench, actor = anna, wish: Partial<NewRestoreRequest> = {}): Promise<RequestId> {
  const { id } = await bench.flow.create(actor, whole(bench, wish));
  await bench.work(bench.flow);
  return id;
}

async function done(bench: Bench, wish: Partial<NewRestoreRequest> = {}): Promise<RequestId> {
  const id = await planned(bench, anna, wish);
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  return id;
}

/** What an administrator asks for of another person, for a third place: it waits for somebody else. */
async function waiting(bench: Bench): Promise<RequestId> {
  const id = await planned(bench, admin, { destination: { kind: 'download' }, reason: 'Ticket 7' });
  await bench.flow.run(admin, id);
  return id;
}

test('only who asked may start, withdraw or take a restore; an administrator may stop it too', async () => {
  const bench = await restoreBench();
  const id = await planned(bench);
  await assert.rejects(bench.flow.run(admin, id), isKind('forbidden', /asked for it may start/));
  await assert.rejects(bench.flow.withdraw(admin, id), isKind('forbidden', /asked for it may withdraw/));
  await assert.rejects(bench.flow.cancel(approver, id), isKind('forbidden', /administrator may cancel/));
  assert.equal((await bench.flow.get(anna, id)).state, 'ready');
  assert.equal((await bench.flow.cancel(admin, id)).state, 'cancelled');
  await assert.rejects(bench.flow.cancel(admin, id), isKind('conflict'));
});

test('a start that is pressed twice starts once', async () => {
  const bench = await restoreBench();
  const id = await planned(bench);
  const first = await bench.flow.run(anna, id);
  assert.equal((await bench.flow.run(anna, id)).version, first.version);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.run(anna, id)).state, 'done');
  assert.equal(bench.place.objects.length, 3);
});

test('an undo that is pressed twice takes back once, and nothing is undone that never ran', async () => {
  const bench = await restoreBench();
  const ready = await planned(bench);
  await assert.rejects(bench.flow.undo(anna, ready), isKind('conflict'));
  const id = await done(bench);
  await bench.flow.undo(anna, id);
  assert.equal((await bench.flow.undo(anna, id)).undo?.state, 'running');
  await bench.work(bench.flow);
  assert.equal((await bench.flow.undo(anna, id)).undone?.removed, 3);
  assert.equal(bench.place.objects.length, 0);
});

test('what the place does not let go of because it changed or is gone stays, and is not told as removed', async () => {
  for (const kind of ['conflict', 'not-found'] as const) {
    const bench = await restoreBench(['one']);
    const id = await done(bench);
    bench.place.connector.restore.undo = () => Promise.reject(new Fault(kind, 'It is not as it was'));
    await bench.flow.undo(anna, id);
    await bench.work(bench.flow);
    const { undone } = await bench.flow.get(anna, id);
    assert.deepEqual([undone?.removed, undone?.kept], [0, 1]);
    const [result] = (await bench.flow.results(anna, id)).value;
    assert.equal(result?.undo, 'changed');
  }
});

test('what went to a mailbox that is not known any more stays where it is', async () => {
  const bench = await restoreBench(['one']);
  const id = await done(bench);
  bench.place.connector.restore.undo = () => Promise.reject(new Error('must not be asked'));
  const stored = await bench.records.resources.get(bench.mailbox.id);
  assert.ok(stored);
  await bench.records.resources.put({ ...stored.value, workload: 'fax' }, stored.etag);
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, id)).undone?.kept, 1);
});

test('a card that was pressed on an older state decides nothing', async () => {
  const bench = await restoreBench();
  const id = await waiting(bench);
  const { version } = await bench.flow.get(approver, id);
  await assert.rejects(bench.flow.approve(approver, id, version - 1), isKind('conflict', /changed meanwhile/));
  await assert.rejects(bench.flow.decline(approver, id, 'no', version - 1), isKind('conflict', /changed meanwhile/));
  assert.equal((await bench.flow.get(approver, id)).state, 'waiting');
  assert.equal((await bench.flow.approve(approver, id, version)).state, 'approved');
  await assert.rejects(bench.flow.approve(approver, id, version), isKind('conflict'));
});

test('the list of what waits for me shows what I may decide, and nothing that I asked for', async () => {
  const bench = await restoreBench();
  const id = await waiting(bench);
  await planned(bench);
  const idsOf = async (actor: typeof anna, waitingForMe: boolean) =>
    (await bench.flow.list(actor, { waitingForMe })).value.map((request) => request.id);
  assert.deepEqual(await idsOf(approver, true), [id]);
  assert.deepEqual(await idsOf(admin, true), []);
  assert.deepEqual(await idsOf(anna, true), []);
  assert.equal((await idsOf(approver, false)).length, 2);
  assert.equal((await idsOf(anna, false)).length, 1);
});

test('a check may be asked for again until the restore began', async () => {
  const bench = await restoreBench();
  const id = await planned(bench);
  assert.equal((await bench.flow.plan(anna, id)).state, 'planning');
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, id)).plan?.add, 3);
  await bench.flow.run(anna, id);
  await assert.rejects(bench.flow.plan(anna, id), isKind('conflict', /running already/));
});

test('an item whose source or connector is gone fails alone and by name', async () => {
  const bench = await restoreBench(['one']);
  const id = await planned(bench);
  const stored = await bench.records.resources.get(bench.mailbox.id);
  assert.ok(stored);
  await bench.records.resources.put({ ...stored.value, workload: 'fax' }, stored.etag);
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  const ended = await bench.flow.get(anna, id);
  assert.deepEqual([ended.state, ended.counts?.failed], ['failed', 1]);
  const [result] = (await bench.flow.results(anna, id)).value;
  assert.equal(result?.reason, 'Nothing here can restore fax.');
});

test('what the service changed on its way in is told with what changed and where it is', async () => {
  const bench = await restoreBench(['one']);
  const { restore } = bench.place.connector;
  const writing = restore.write.bind(restore);
  restore.write = async (...order) => ({
    ...(await writing(...order)),
    result: 'changedByService' as const,
    webUrl: 'https://contoso.example/one',
    changes: ['It was converted.', 'It has another size.'],
  });
  restore.freeName = async () => 'one (2)';
  const inbox = [{ name: 'Posteingang', role: 'inbox', kind: 'mailFolder' }];
  const { sourceId: container } = await restore.container(bench.mailbox, inbox, {
    signal: new AbortController().signal,
  });
  bench.place.objects.push({ id: 'live', container, name: 'one 0', bytes: 'other', tag: 1 });
  const id = await done(bench);
  const { counts } = await bench.flow.get(anna, id);
  assert.deepEqual([counts?.restored, counts?.changedByService], [1, 1]);
  const [result] = (await bench.flow.results(anna, id)).value;
  assert.deepEqual(
    [result?.outcome, result?.webUrl, result?.reason],
    ['changedByService', 'https://contoso.example/one', 'It was converted. It has another size.'],
  );
  assert.ok(
    bench.place.objects.some(({ name }) => name === 'one (2)'),
    'beside what is there',
  );
});

test('of two who press at the same moment, the one who comes second changes nothing', async () => {
  const bench = await restoreBench();
  const id = await planned(bench);
  const { requests } = bench.records;
  let isFirst = true;
  const update: typeof requests.update = async (...change) => {
    if (isFirst) {
      isFirst = false;
      await bench.flow.cancel(admin, id);
    }
    return requests.update(...change);
  };
  const records = { ...bench.records, requests: { ...requests, update } };
  const slow = bench.flowOf(undefined, 'bench', { records });
  await assert.rejects(slow.withdraw(anna, id), isKind('conflict', /cancelled/));
  assert.equal((await bench.flow.get(anna, id)).state, 'cancelled');
});

test('what was withdrawn cannot be undone', async () => {
  const bench = await restoreBench();
  const id = await planned(bench);
  await bench.flow.withdraw(anna, id);
  await assert.rejects(bench.flow.undo(anna, id), isKind('conflict', /nothing can be undone/));
});

test('a request that the timer cannot look after keeps it from no other', async () => {
  const bench = await restoreBench();
  const ids: RequestId[] = [];
  for (let number = 0; number < 3; number++) ids.push((await bench.flow.create(anna, whole(bench))).id);
  const nudged: unknown[] = [];
  const send: typeof bench.queue.send = async (_queue, message) => {
    const { requestId } = message as { requestId: RequestId };
    if (requestId === ids[1]) throw new TypeError('x is not a function');
    nudged.push(requestId);
  };
  await bench.flowOf(undefined, 'bench', { queue: { ...bench.queue, send } }).tick(true);
  assert.deepEqual(nudged.toSorted(), [ids[0], ids[2]].toSorted());
});

test('a plan tells what comes back different, once for all items', async () => {
  const bench = await restoreBench();
  bench.place.connector.restore.grade = async () => ({ fidelity: 'approximate', changes: ['The sender changes.'] });
  const id = await planned(bench);
  const { plan } = await bench.flow.get(anna, id);
  assert.deepEqual(plan?.notes, ['The sender changes.', 'Who may see the folders does not come back.']);
  assert.equal(plan.fidelity.approximate, 3);
});

test('an undo leaves alone what nobody knows the place of', async () => {
  const bench = await restoreBench(['one']);
  const id = await done(bench);
  const { journal } = bench.records.requests;
  const row = await journal.get(id, journalKey('item', 0));
  assert.ok(row);
  const { targetResource: _targetResource, ...older } = row.value as { targetResource: string };
  await journal.put(id, journalKey('item', 0), older, row.etag);
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  assert.deepEqual((await bench.flow.get(anna, id)).undone?.kept, 1);
  assert.equal(bench.place.objects.length, 1);
});

test('a request whose plan is lost ends by name instead of giving back less', async () => {
  const bench = await restoreBench();
  const id = await planned(bench);
  const { journal } = bench.records.requests;
  const page = await journal.get(id, journalKey('plan', 1));
  assert.ok(page);
  await journal.put(id, journalKey('plan', 1), { first: 0, items: [], paths: [] }, page.etag);
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  const ended = await bench.flow.get(anna, id);
  assert.equal(ended.state, 'failed');
  assert.match(ended.trouble ?? '', /lacks item 2/);
});
