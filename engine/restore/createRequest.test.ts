import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, isFault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import type { Selection } from '../model/restoreRequest.ts';
import { boundary, boundaryFaults, faultAt } from '../testing/boundary.ts';
import { admin, anna, restoreBench } from './testing/restoreBench.ts';
import type { NewRestoreRequest } from './restoreFlow.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const reports = { query: { q: 'report', deleted: true } };
const wish = (selection: Selection, more: Partial<NewRestoreRequest> = {}): NewRestoreRequest => ({
  selection,
  destination: { kind: 'original' },
  conflict: 'keepBoth',
  includePermissions: false,
  ...more,
});
const tooLarge = (what: RegExp) => (error: unknown) => isFault(error, 'too-large') && what.test(error.message);

/** A mailbox that held three reports, two of which are gone from the newest backup. */
async function withDeleted(limits: Parameters<typeof restoreBench>[1] = {}): Promise<Bench> {
  const bench = await restoreBench(['report one', 'report two', 'report three'], limits);
  await bench.loses(bench.mailbox, 0);
  await bench.loses(bench.mailbox, 1);
  return bench;
}

/** How many rows lie below requests, whichever. */
const journalRows = (bench: Bench): number =>
  bench.tables.dump().filter(({ table, partition }) => table === 'records' && partition.startsWith('journal-')).length;

test('a selection beyond the limits is refused by name and leaves nothing behind', async () => {
  for (const [limits, selection, what] of [
    [{ mostDeleted: 1 }, reports, /more than 1 deleted items/],
    [{ mostPoints: 1 }, reports, /more than 1 restore points/],
  ] as const) {
    const bench = await withDeleted(limits);
    const before = await bench.records.requests.list();
    await assert.rejects(bench.flow.create(anna, wish(selection), 'key'), tooLarge(what));
    assert.deepEqual(await bench.records.requests.list(), before);
    assert.equal(journalRows(bench), 0);
  }
  const bench = await restoreBench(['one'], { mostPoints: 1 });
  const both = { items: [bench.mailbox, bench.other].map(({ id }) => ({ resourceId: id, itemId: id as never })) };
  await assert.rejects(bench.flow.create(admin, wish(both, { reason: 'Both' })), tooLarge(/restore points/));
});

test('a kill at any call while a request is made leaves a whole request, one that ends by name, or nothing', async () => {
  const probe = await withDeleted();
  const counting = boundary();
  const { id } = await counting.run(() => probe.flowOf(counting).create(anna, wish(reports), 'key'));
  assert.ok(journalRows(probe) > 0);
  const ends = new Set<string>();
  for (let number = 1; number <= counting.calls.length; number++) {
    for (const kind of boundaryFaults) {
      const bench = await withDeleted();
      const dying = boundary(faultAt(number, kind));
      await dying.run(() => bench.flowOf(dying, 'dying').create(anna, wish(reports), 'key')).catch(() => undefined);
      const where = `${kind} at call ${number} (${dying.hits[0]?.call.name ?? 'not hit'})`;
      const restarted = bench.flowOf(undefined, 'restarted');
      await restarted.tick(true);
      await bench.clock.advance(700_000);
      await bench.work(restarted);
      const stored = await bench.records.requests.get(id);
      if (stored === undefined) {
        assert.equal(journalRows(bench), 0, where);
        ends.add('nothing');
        continue;
      }
      const { state, plan, trouble } = await restarted.get(anna, id);
      if (state === 'failed') assert.match(trouble ?? '', /cut off/, where);
      else assert.deepEqual([state, plan?.add], ['ready', 3], where);
      ends.add(state);
    }
  }
  assert.deepEqual(ends, new Set(['nothing', 'failed', 'ready']));
});

test('a request is not planned, and not asked to be, before all that it means is written down', async () => {
  const bench = await withDeleted();
  const { journal } = bench.records.requests;
  const put = journal.put.bind(journal);
  let id: RequestId | undefined;
  Object.assign(journal, {
    put: async (...row: Parameters<typeof put>) => {
      id ??= row[0];
      if (row[1].startsWith('found/')) {
        await bench.flow.onNudge(row[0]);
        await bench.flow.plan(anna, row[0]);
        await bench.flow.tick(false);
        assert.equal((await bench.flow.get(anna, row[0])).state, 'planning');
      }
      return put(...row);
    },
  });
  const made = await bench.flow.create(anna, wish(reports));
  assert.equal(made.id, id);
  await bench.work(bench.flow);
  const { state, plan } = await bench.flow.get(anna, made.id);
  assert.deepEqual([state, plan?.add], ['ready', 3]);
});

test('deleted items of a restore point that has expired meanwhile are left out, not the whole selection', async () => {
  const bench = await withDeleted();
  const { points } = bench.repository;
  const find = points.find.bind(points);
  const oldest = (await points.list(bench.mailbox.id)).points.at(-1);
  assert.ok(oldest);
  // What was deleted lies in the oldest point; the third report is in the newest too.
  Object.assign(points, {
    find: async (...asked: Parameters<typeof find>) => {
      if (asked[1] === oldest.id) throw new Fault('not-found', 'There is no such restore point.', { origin: 'input' });
      return find(...asked);
    },
  });
  const { id } = await bench.flow.create(anna, wish(reports));
  await bench.work(bench.flow);
  const { state, plan } = await bench.flow.get(anna, id);
  assert.deepEqual([state, plan?.add], ['ready', 1]);
});
