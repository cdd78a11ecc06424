import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, isFault } from '../fault.ts';
import { admin, anna, approver, restoreBench } from './testing/restoreBench.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const gone = new Fault('unavailable', 'Storage is gone', { origin: 'storage' });
const isGone = (error: unknown) => isFault(error, 'unavailable');

const actions = async (bench: Bench) =>
  (await bench.records.audit.list()).value.map(({ action, who }) => `${action} ${who}`).toReversed();

/** The audit takes nothing until the answer is called. */
function closeAudit(bench: Bench): () => void {
  const { audit } = bench.records;
  const append = audit.append.bind(audit);
  Object.assign(audit, { append: () => Promise.reject(gone) });
  return () => Object.assign(audit, { append });
}

test('what cannot be written down does not begin: no restore, no approved one, no undo', async () => {
  const bench = await restoreBench();
  const own = await bench.flow.create(anna, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    conflict: 'keepBoth',
    includePermissions: false,
  });
  const handover = await bench.flow.create(admin, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'resource', resourceId: bench.other.id },
    conflict: 'keepBoth',
    includePermissions: false,
    reason: 'Handover',
  });
  await bench.work(bench.flow);
  assert.equal((await bench.flow.run(admin, handover.id)).state, 'waiting');

  let open = closeAudit(bench);
  await assert.rejects(bench.flow.run(anna, own.id), isGone);
  await assert.rejects(bench.flow.approve(approver, handover.id), isGone);
  await bench.work(bench.flow);
  assert.deepEqual(
    [(await bench.flow.get(anna, own.id)).state, (await bench.flow.get(admin, handover.id)).state],
    ['ready', 'waiting'],
  );
  assert.equal(bench.place.objects.length, 0);

  open();
  await bench.flow.run(anna, own.id);
  await bench.flow.approve(approver, handover.id);
  assert.deepEqual(await actions(bench), ['approval.start admin', 'restore.start anna', 'restore.start jo']);
  await bench.work(bench.flow);

  open = closeAudit(bench);
  await assert.rejects(bench.flow.undo(anna, own.id), isGone);
  await bench.work(bench.flow);
  assert.equal(bench.place.objects.length, 6);
  open();
  await bench.flow.undo(anna, own.id);
  assert.equal((await actions(bench)).at(-1), 'undo.start anna');
});

test('a check, a question for approval, a decline, a withdrawal and a stop are written down before they take effect', async () => {
  const bench = await restoreBench();
  const wish = {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'resource', resourceId: bench.other.id },
    conflict: 'keepBoth',
    includePermissions: false,
    reason: 'Handover',
  } as const;
  const ready = await bench.flow.create(admin, wish);
  const waiting = await bench.flow.create(admin, wish);
  await bench.work(bench.flow);
  await bench.flow.run(admin, waiting.id);
  const written = async () => (await actions(bench)).slice(1);
  const states = async () => [
    (await bench.flow.get(admin, ready.id)).state,
    (await bench.flow.get(admin, waiting.id)).state,
  ];

  const open = closeAudit(bench);
  for (const act of [
    () => bench.flow.plan(admin, ready.id),
    () => bench.flow.run(admin, ready.id),
    () => bench.flow.decline(approver, waiting.id, 'No'),
    () => bench.flow.withdraw(admin, waiting.id),
    () => bench.flow.cancel(admin, waiting.id),
  ]) {
    await assert.rejects(act(), isGone);
    assert.deepEqual(await states(), ['ready', 'waiting']);
  }
  open();
  assert.deepEqual(await written(), []);
  await bench.flow.plan(admin, ready.id);
  await bench.flow.withdraw(admin, ready.id);
  await bench.flow.decline(approver, waiting.id, 'No');
  const stopped = await bench.flow.create(admin, wish);
  await bench.flow.cancel(admin, stopped.id);
  const deeds = ['plan.start admin', 'withdraw.start admin', 'decline.start jo', 'cancel.start admin'];
  assert.deepEqual(await written(), deeds);

  // What comes too late does nothing, and is not written down as if it were about to.
  await assert.rejects(bench.flow.cancel(admin, stopped.id));
  await assert.rejects(bench.flow.withdraw(admin, stopped.id));
  await assert.rejects(bench.flow.plan(admin, stopped.id));
  assert.deepEqual(await written(), deeds);
});
