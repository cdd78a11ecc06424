import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../fault.ts';
import { admin, anna, approver, restoreBench } from './testing/restoreBench.ts';
import type { NewRestoreRequest } from './restoreFlow.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const whole = (bench: Bench, wish: Partial<NewRestoreRequest> = {}): NewRestoreRequest => ({
  selection: { resourceId: bench.mailbox.id },
  destination: { kind: 'original' },
  conflict: 'keepBoth',
  includePermissions: false,
  ...wish,
});
const refused = (text: RegExp) => (error: unknown) => isFault(error, 'forbidden') && text.test(error.message);

test('a workload that the administrators keep to themselves is given back by nobody without a role, whichever way it is asked', async () => {
  const bench = await restoreBench();
  bench.selfService.workloads = ['drive'];
  await assert.rejects(bench.flow.create(anna, whole(bench)), refused(/self-service for Mail/));
  await assert.rejects(bench.flow.create(anna, whole(bench, { selection: { query: { q: 'one' } } })), (error) =>
    isFault(error, 'not-found'),
  );
  assert.equal((await bench.flow.create(admin, whole(bench, { reason: 'Asked by Anna' }))).state, 'planning');
  bench.selfService.workloads = ['mail'];
  assert.equal((await bench.flow.create(anna, whole(bench))).state, 'planning');
});

test('self-service that is switched off stops every door, a started restore too', async () => {
  const bench = await restoreBench();
  const asked = await bench.flow.create(anna, whole(bench));
  const started = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, started.id);
  bench.selfService.enabled = false;
  await bench.work(bench.flow);
  const { state, trouble } = await bench.flow.get(anna, started.id);
  assert.deepEqual([state, bench.place.objects.length], ['failed', 0]);
  assert.match(trouble ?? '', /self-service/);
  await assert.rejects(bench.flow.run(anna, asked.id), refused(/self-service/));
  await assert.rejects(bench.flow.create(anna, whole(bench)), refused(/self-service/));
});

test('downloads of own data follow their own switch up to the moment they are taken', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench, { destination: { kind: 'download' } }));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  bench.selfService.download = false;
  await assert.rejects(bench.flow.download(anna, made.id), refused(/downloads/));
  await assert.rejects(
    bench.flow.create(anna, whole(bench, { destination: { kind: 'download' } })),
    refused(/downloads/),
  );
  assert.equal((await bench.flow.create(anna, whole(bench))).state, 'planning');
});

/** A restore of Anna's mail that an administrator has started, before any job took it up. */
async function startedByAdmin(bench: Bench, wish: Partial<NewRestoreRequest> = {}) {
  const made = await bench.flow.create(admin, whole(bench, { reason: 'Asked by phone', ...wish }));
  await bench.work(bench.flow);
  await bench.flow.run(admin, made.id);
  return made.id;
}

test('who lost the role between asking and carrying out gets nothing restored', async () => {
  const bench = await restoreBench();
  const id = await startedByAdmin(bench);
  bench.rolesNow.set(admin.id, ['Backup.Auditor']);
  await bench.work(bench.flow);
  const { state, trouble } = await bench.flow.get(admin, id);
  assert.deepEqual([state, bench.place.objects.length], ['failed', 0]);
  assert.match(trouble ?? '', /Ada Admin may not have this carried out any more.*administrator/);
});

test('a role that no sign-in of the last days showed counts no more', async () => {
  const bench = await restoreBench();
  const id = await startedByAdmin(bench);
  bench.rolesNow.delete(admin.id);
  await bench.work(bench.flow);
  const { state, trouble } = await bench.flow.get(admin, id);
  assert.deepEqual([state, bench.place.objects.length], ['failed', 0]);
  assert.match(trouble ?? '', /not confirmed/);
});

test('an approval does not help an asker who lost the role meanwhile', async () => {
  const bench = await restoreBench();
  const id = await startedByAdmin(bench, { destination: { kind: 'resource', resourceId: bench.other.id } });
  await bench.flow.approve(approver, id);
  bench.rolesNow.set(admin.id, []);
  await bench.work(bench.flow);
  assert.deepEqual([(await bench.flow.get(admin, id)).state, bench.place.objects.length], ['failed', 0]);
});

/** A handover to Ben that an administrator asked for and Jo approved, before any job took it up. */
async function approvedByJo(bench: Bench, wish: Partial<NewRestoreRequest> = {}) {
  const id = await startedByAdmin(bench, { destination: { kind: 'resource', resourceId: bench.other.id }, ...wish });
  await bench.flow.approve(approver, id);
  return id;
}

test('the approval of somebody who lost the role, the account or its confirmation does not count', async () => {
  for (const [lose, says] of [
    [
      (bench: Bench) => bench.rolesNow.set(approver.id, ['Backup.Auditor']),
      /Jo Approver approved it and holds no role/,
    ],
    [
      (bench: Bench) => bench.rolesNow.delete(approver.id),
      /Jo Approver approved it, and their roles are not confirmed/,
    ],
    [(bench: Bench) => bench.left.add(approver.id), /Jo Approver approved it and has no active account/],
  ] as const) {
    const bench = await restoreBench();
    const id = await approvedByJo(bench);
    lose(bench);
    await bench.work(bench.flow);
    const { state, trouble } = await bench.flow.get(admin, id);
    assert.deepEqual([state, bench.place.objects.length], ['failed', 0]);
    assert.match(trouble ?? '', says);
  }
});

test('an approval that is lost in the middle stops the restore at the next job; what came back before stays', async () => {
  const bench = await restoreBench(['one', 'two', 'three'], { jobMs: 0 });
  const id = await approvedByJo(bench);
  const [nudge] = bench.queue.take('restore', 1);
  await bench.flow.onNudge(id);
  nudge?.done();
  bench.rolesNow.set(approver.id, []);
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(admin, id);
  assert.deepEqual([state, counts?.restored, bench.place.objects.length], ['failed', 1, 1]);
});

test('a download that was approved asks the directory for nobody, and for the role of who approved it', async () => {
  for (const [lose, ends] of [
    [(bench: Bench) => bench.left.add(approver.id), 'done'],
    [(bench: Bench) => bench.rolesNow.set(approver.id, []), 'failed'],
  ] as const) {
    const bench = await restoreBench();
    const id = await approvedByJo(bench, { destination: { kind: 'download' } });
    lose(bench);
    await bench.work(bench.flow);
    assert.equal((await bench.flow.get(admin, id)).state, ends);
  }
});

test('a role lost in the middle of a restore stops it at the next job; what came back before stays', async () => {
  const bench = await restoreBench(['one', 'two', 'three'], { jobMs: 0 });
  const id = await startedByAdmin(bench);
  const [nudge] = bench.queue.take('restore', 1);
  await bench.flow.onNudge(id);
  nudge?.done();
  bench.rolesNow.set(admin.id, []);
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(admin, id);
  assert.deepEqual([state, counts?.restored, bench.place.objects.length], ['failed', 1, 1]);
});

test('who has no account any more gets nothing restored, own data neither', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  bench.left.add(anna.id);
  await bench.work(bench.flow);
  const { state, trouble } = await bench.flow.get(anna, made.id);
  assert.deepEqual([state, bench.place.objects.length], ['failed', 0]);
  assert.match(trouble ?? '', /no active account/);
});

test('what nobody else could approve then can be taken back when somebody else could now', async () => {
  const bench = await restoreBench();
  const { admins, approvers } = bench.people;
  bench.people.admins = ['admin'];
  bench.people.approvers = [];
  const id = await startedByAdmin(bench, { destination: { kind: 'resource', resourceId: bench.other.id } });
  await bench.work(bench.flow);
  assert.deepEqual([(await bench.flow.get(admin, id)).state, bench.place.objects.length], ['done', 3]);
  Object.assign(bench.people, { admins, approvers });
  await bench.flow.undo(admin, id);
  await bench.work(bench.flow);
  const { undo, undone } = await bench.flow.get(admin, id);
  assert.deepEqual([undo?.state, undo?.trouble, undone?.removed], ['done', undefined, 3]);
});
