import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../fault.ts';
import { boundary, boundaryFaults, faultAt } from '../testing/boundary.ts';
import type { ConflictRule } from '../model/restoreRequest.ts';
import { rebuildRecords } from '../records/rebuildRecords.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { admin, anna, restoreBench } from './testing/restoreBench.ts';
import type { Actor } from './restoreFlow.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;

/** Anna's mailbox given back whole, and its request. */
async function givenBack(bench: Bench, actor: Actor = anna, conflict: ConflictRule = 'keepBoth') {
  const made = await bench.flow.create(actor, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    conflict,
    includePermissions: false,
    reason: 'Lost',
  });
  await bench.work(bench.flow);
  await bench.flow.run(actor, made.id);
  await bench.work(bench.flow);
  return made.id;
}
const lost = new Fault('unavailable', 'The answer got lost', { origin: 'graph', outcomeUnknown: true });

test('what was removed with an answer that got lost counts as removed', async () => {
  const bench = await restoreBench();
  const id = await givenBack(bench);
  bench.place.troubles.push({ fault: lost, after: true }, { fault: lost, after: false });
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  const { undo, undone } = await bench.flow.get(anna, id);
  assert.deepEqual([undo?.state, undone?.removed, undone?.kept], ['done', 3, 0]);
  assert.equal(bench.place.objects.length, 0);
});

test('what somebody else removed before is not counted as removed by us', async () => {
  const bench = await restoreBench();
  const id = await givenBack(bench);
  bench.place.objects.splice(1, 1);
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  const { undone } = await bench.flow.get(anna, id);
  assert.deepEqual([undone?.removed, undone?.kept], [2, 1]);
});

test('each item says what an undo did with it: removed, or why it stays, or that it was gone', async () => {
  const bench = await restoreBench(['one', 'two', 'three', 'four']);
  bench.place.objects.push({
    id: 'live',
    container: `${bench.mailbox.id}/inbox`,
    name: 'four 3',
    bytes: 'live',
    tag: 1,
  });
  const home = [{ name: 'Posteingang', role: 'inbox', kind: 'mailFolder' }];
  await bench.place.connector.restore.container(bench.mailbox, home, { signal: new AbortController().signal });
  const id = await givenBack(bench, anna, 'replace');
  const undoOf = async () =>
    Object.fromEntries((await bench.flow.results(anna, id)).value.map(({ name, undo }) => [name, undo]));
  assert.deepEqual(new Set(Object.values(await undoOf())), new Set([undefined]));
  const { objects } = bench.place;
  objects.splice(
    objects.findIndex(({ name }) => name === 'two 1'),
    1,
  );
  const edited = objects.find(({ name }) => name === 'three 2');
  assert.ok(edited);
  edited.tag = 2;
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  assert.deepEqual(await undoOf(), { 'one 0': 'removed', 'two 1': 'gone', 'three 2': 'changed', 'four 3': 'inPlace' });
  const { undone } = await bench.flow.get(anna, id);
  assert.deepEqual([undone?.removed, undone?.kept], [1, 3]);
});

test('a fault while taking back leaves the result of the restore as it was, is named, and can be asked again', async () => {
  const bench = await restoreBench();
  const id = await givenBack(bench);
  const before = await bench.flow.get(anna, id);
  const { restore } = bench.place.connector;
  const undo = restore.undo.bind(restore);
  let calls = 0;
  Object.assign(restore, {
    undo: async (...asked: Parameters<typeof undo>) => {
      if (++calls === 2) throw new Fault('unauthorized', 'The credential of the restore app is not accepted');
      return undo(...asked);
    },
  });
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  const stopped = await bench.flow.get(anna, id);
  assert.deepEqual(
    [stopped.state, stopped.trouble, stopped.finishedAt, stopped.counts, stopped.undone],
    ['done', undefined, before.finishedAt, before.counts, undefined],
  );
  assert.equal(stopped.undo?.state, 'failed');
  assert.match(stopped.undo?.trouble ?? '', /credential of the restore app/);
  assert.equal(bench.place.objects.length, 2);

  // What was removed the first time counts; nothing is counted as kept because it is gone.
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  const { undone, state } = await bench.flow.get(anna, id);
  assert.deepEqual([state, undone?.removed, undone?.kept], ['done', 3, 0]);
});

test('what Microsoft 365 refuses to remove holds up nothing else, is not told as kept, and can be asked again', async () => {
  const bench = await restoreBench();
  const id = await givenBack(bench);
  const { restore } = bench.place.connector;
  const undo = restore.undo.bind(restore);
  let calls = 0;
  Object.assign(restore, {
    undo: async (...asked: Parameters<typeof undo>) => {
      if (++calls === 1) throw new Fault('forbidden', 'Access is denied', { origin: 'graph' });
      return undo(...asked);
    },
  });
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  const refused = await bench.flow.get(anna, id);
  assert.deepEqual(
    [refused.state, refused.undo?.state, refused.undo?.removed, refused.undo?.kept, refused.undone],
    ['done', 'failed', 2, 0, undefined],
  );
  assert.match(refused.undo?.trouble ?? '', /Access is denied/);

  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  const { undone } = await bench.flow.get(anna, id);
  assert.deepEqual([undone?.removed, undone?.kept, bench.place.objects.length], [3, 0, 0]);
});

test('a defect while taking back ends the undo alone', async () => {
  const bench = await restoreBench();
  const id = await givenBack(bench);
  Object.assign(bench.place.connector.restore, { undo: () => Promise.reject(new TypeError('a defect')) });
  await bench.flow.undo(anna, id);
  for (let tries = 0; tries < 5; tries++) await assert.rejects(bench.flow.onNudge(id), TypeError);
  await bench.flow.onPoisoned(id);
  const { state, undo, trouble } = await bench.flow.get(anna, id);
  assert.deepEqual([state, undo?.state, trouble], ['done', 'failed', undefined]);
});

test('who lost the role takes nothing back, and the restore stays done', async () => {
  const bench = await restoreBench();
  const id = await givenBack(bench, admin);
  await bench.flow.undo(admin, id);
  bench.rolesNow.set(admin.id, []);
  await bench.work(bench.flow);
  const { state, undo } = await bench.flow.get(admin, id);
  assert.deepEqual([state, undo?.state, bench.place.objects.length], ['done', 'failed', 3]);
});

test('a kill or a lost answer at any call of an undo removes each item once and counts it once', async () => {
  const probe = await restoreBench();
  const probed = await givenBack(probe);
  const counting = boundary();
  const counted = probe.flowOf(counting);
  await probe.flow.undo(anna, probed);
  await counting.run(() => probe.work(counted));
  const calls = counting.calls.length;
  assert.ok(calls > 15, `${calls} calls`);

  for (let number = 1; number <= calls; number++) {
    for (const kind of boundaryFaults) {
      const bench = await restoreBench();
      const id = await givenBack(bench);
      await bench.flow.undo(anna, id);
      const dying = boundary(faultAt(number, kind));
      await dying.run(() => bench.work(bench.flowOf(dying, 'dying'))).catch(() => undefined);
      const restarted = bench.flowOf(undefined, 'restarted');
      await restarted.tick(true);
      await bench.clock.advance(700_000);
      await bench.work(restarted);
      const { undone, state } = await restarted.get(anna, id);
      const where = `${kind} at call ${number} (${dying.hits[0]?.call.name ?? 'not hit'})`;
      assert.deepEqual([state, undone?.removed, undone?.kept, bench.place.objects.length], ['done', 3, 0, 0], where);
    }
  }
});

test('a restore whose journal was lost with the tables is not taken back, and says so', async () => {
  const bench = await restoreBench();
  const id = await givenBack(bench);
  const resource = (await bench.records.resources.get(bench.mailbox.id))?.value;
  assert.ok(resource !== undefined);
  bench.tables.drop('records');
  const { blobs, tables, clock, repository: sealer } = bench;
  assert.equal((await rebuildRecords({ blobs, tables, clock, sealer, random: seededRandom(8) })).requests, 1);
  await bench.records.resources.put(resource);
  await assert.rejects(bench.flow.undo(anna, id), /lost with the tables.*what this one gave back stays/);
  const { state, undo, undone } = await bench.flow.get(anna, id);
  assert.deepEqual([state, undo, undone, bench.place.objects.length], ['done', undefined, undefined, 3]);
});

test('an undo that misses the record of an item takes the others back and ends with a trouble', async () => {
  const bench = await restoreBench();
  const id = await givenBack(bench);
  await bench.tables.change('records', `journal-${id}`, { kind: 'remove', key: 'item/000000001' });
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  const { undo, undone } = await bench.flow.get(anna, id);
  assert.deepEqual([undo?.state, undo?.removed, undone, bench.place.objects.length], ['failed', 2, undefined, 1]);
  assert.match(undo?.trouble ?? '', /record of what became of some items is gone/);
});
