import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../fault.ts';
import type { Fault } from '../fault.ts';
import type { ItemId, RequestId, ResourceId, UserId } from '../model/ids.ts';
import type { RestoreRequest } from '../model/restoreRequest.ts';
import { approvalEnds, isUndoable } from './deadlines.ts';
import { oneFolder } from './destinationFolder.ts';
import { journalKey } from './requestStore.ts';
import type { NewRestoreRequest } from './restoreFlow.ts';
import { restoreLimits } from './restoreServices.ts';
import { uniquePaths } from './safeNames.ts';
import { admin, anna, restoreBench } from './testing/restoreBench.ts';

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

test('a deployment without the right to write takes requests for downloads alone', async () => {
  const bench = await restoreBench(['one']);
  const readOnly = bench.flowOf(undefined, 'bench', { noWriteAccess: 'This deployment has no app for restores.' });
  await assert.rejects(readOnly.create(anna, whole(bench)), isKind('unsupported', /no app for restores/));
  const made = await readOnly.create(anna, whole(bench, { destination: { kind: 'download' } }));
  await bench.work(readOnly);
  assert.equal((await readOnly.get(anna, made.id)).plan?.add, 1);
});

test('what was asked for before the right to write was taken away cannot come back, and says why', async () => {
  const bench = await restoreBench(['one']);
  const made = await bench.flow.create(anna, whole(bench));
  const readOnly = bench.flowOf(undefined, 'bench', { noWriteAccess: 'This deployment has no app for restores.' });
  await bench.work(readOnly);
  const { plan } = await readOnly.get(anna, made.id);
  assert.deepEqual([plan?.cannot, plan?.notes], [1, ['This deployment has no app for restores.']]);
});

test('a place that is not known is answered like one that may not be known', async () => {
  const bench = await restoreBench(['one']);
  const unknown = 'f'.repeat(32) as ResourceId;
  for (const actor of [anna, admin])
    for (const wish of [
      { selection: { resourceId: unknown } },
      { selection: { items: [{ resourceId: unknown, itemId: 'a'.repeat(32) as ItemId }] } },
      { destination: { kind: 'resource' as const, resourceId: unknown } },
    ])
      await assert.rejects(
        bench.flow.create(actor, whole(bench, { reason: 'Ticket 7', ...wish })),
        isKind('not-found'),
      );
});

test('a place without an owner is named by itself, with its address', async () => {
  const bench = await restoreBench(['one']);
  const stored = await bench.records.resources.get(bench.mailbox.id);
  assert.ok(stored);
  const { ownerId: _ownerId, ...site } = stored.value;
  await bench.records.resources.put({ ...site, name: 'Projects', address: 'https://contoso.example/p' }, stored.etag);
  const made = await bench.flow.create(admin, whole(bench, { reason: 'Ticket 7' }));
  assert.deepEqual(made.sources, [{ id: site.sourceId, name: 'Projects', address: 'https://contoso.example/p' }]);
  assert.deepEqual(made.owners, []);
});

test('who was alone when the restore began, and is not any more, needs a second person', async () => {
  const bench = await restoreBench(['one']);
  bench.people.admins = ['admin'];
  bench.people.approvers = [];
  const made = await bench.flow.create(admin, whole(bench, { destination: { kind: 'download' }, reason: 'Ticket 7' }));
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(admin, made.id)).plan?.noSecondPerson, true);
  assert.equal((await bench.flow.run(admin, made.id)).state, 'running');
  bench.people.admins = ['admin', 'second'];
  await bench.work(bench.flow);
  const ended = await bench.flow.get(admin, made.id);
  assert.equal(ended.state, 'failed');
  assert.match(ended.trouble ?? '', /needs the approval of a second person by now/);
});

test('an undo goes on over many short jobs', async () => {
  const bench = await restoreBench(['a', 'b', 'c', 'd', 'e'], { jobMs: 0 });
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  assert.equal(bench.place.objects.length, 5);
  const short = bench.flowOf(undefined, 'bench', { limits: { ...restoreLimits, pageItems: 2, jobMs: 1 } });
  const { restore } = bench.place.connector;
  const undoing = restore.undo.bind(restore);
  restore.undo = async (...order) => {
    await bench.clock.advance(10);
    return undoing(...order);
  };
  await short.undo(anna, made.id);
  await bench.work(short);
  assert.equal((await bench.flow.get(anna, made.id)).undone?.removed, 5);
  assert.equal(bench.place.objects.length, 0);
});

test('what an earlier version wrote of an undo is told in the words of this one', async () => {
  const bench = await restoreBench(['one', 'two']);
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  for (const [number, outcome] of ['restored', 'replaced'].entries()) {
    const { journal } = bench.records.requests;
    const row = await journal.get(made.id, journalKey('item', number));
    assert.ok(row);
    const value = row.value as { result: object };
    await journal.put(
      made.id,
      journalKey('item', number),
      { ...value, undo: 'kept', result: { ...value.result, outcome } },
      row.etag,
    );
  }
  const { value } = await bench.flow.results(anna, made.id);
  assert.deepEqual(
    value.map(({ undo }) => undo),
    ['changed', 'inPlace'],
  );
});

test('messages about what is not there, or has ended, do nothing', async () => {
  const bench = await restoreBench(['one']);
  await bench.flow.onPoisoned('e'.repeat(32) as RequestId);
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.withdraw(anna, made.id);
  const before = await bench.flow.get(anna, made.id);
  await bench.flow.onPoisoned(made.id);
  await bench.flow.onNudge(made.id);
  assert.deepEqual(await bench.flow.get(anna, made.id), before);
});

test('requests of earlier versions, which lack some facts, have deadlines and folders all the same', () => {
  const createdAt = '2026-03-01T00:00:00.000Z' as RestoreRequest['createdAt'];
  assert.equal(approvalEnds({ createdAt }), Date.parse(createdAt) + restoreLimits.approvalMs);
  const destination = { kind: 'resource' as const, resourceId: 'r' as ResourceId };
  assert.equal(oneFolder({ destination, createdAt }), undefined);
  const sources = [{ id: 'anna' as UserId, name: 'Anna' }];
  assert.equal(oneFolder({ destination, createdAt, sources }), 'Restored 2026-03-01 from Anna');
  const failed = { state: 'failed', destination: { kind: 'original' }, finishedAt: createdAt } as RestoreRequest;
  assert.equal(isUndoable(failed, Date.parse(createdAt)), false, 'nothing is known to stand there');
});

test('a path without a name gets one', () => {
  const pathOf = uniquePaths();
  assert.deepEqual(
    [pathOf([]), pathOf(['', '']), pathOf(['noext']), pathOf(['NoExt'])],
    ['item', 'folder/item', 'noext', 'NoExt (2)'],
  );
});
