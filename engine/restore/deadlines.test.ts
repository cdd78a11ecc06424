import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import { admin, anna, approver, restoreBench } from './testing/restoreBench.ts';

const minute = 60_000;
const hour = 60 * minute;

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const isConflict = (error: unknown) => isFault(error, 'conflict');

/** Until when each point is kept for a request. */
async function pinsOf({ tables }: Bench, id: RequestId): Promise<number[]> {
  const { rows } = await tables.query('leases', 'pins');
  return rows
    .filter(({ key }) => key.endsWith(`|${id}`))
    .map(({ columns }) => Date.parse(String(columns['expiresAt'])));
}

/** Anna's mail on its way to somebody else: a second person has to agree. */
async function waiting(bench: Bench): Promise<RequestId> {
  const { id } = await bench.flow.create(admin, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'resource', resourceId: bench.other.id },
    conflict: 'keepBoth',
    includePermissions: false,
    reason: 'Handover',
  });
  await bench.work(bench.flow);
  assert.equal((await bench.flow.run(admin, id)).state, 'waiting');
  return id;
}

test('a request that nobody decides waits for 72 hours with its points kept, then it expires and lets them go', async () => {
  const bench = await restoreBench();
  const id = await waiting(bench);
  await bench.clock.advance(72 * hour - minute);
  await bench.flow.tick(false);
  assert.equal((await bench.flow.get(admin, id)).state, 'waiting');
  const kept = await pinsOf(bench, id);
  assert.equal(kept.length, 1);
  assert.ok(kept.every((until) => until > bench.clock.now() + hour));

  await bench.clock.advance(2 * minute);
  await bench.flow.tick(false);
  const { state, trouble, finishedAt } = await bench.flow.get(admin, id);
  assert.deepEqual([state, finishedAt !== undefined], ['expired', true]);
  assert.match(trouble ?? '', /72 hours/);
  assert.deepEqual(await pinsOf(bench, id), []);
  await assert.rejects(bench.flow.approve(approver, id), isConflict);
  await bench.work(bench.flow);
  assert.deepEqual(bench.place.objects, []);
});

test('an approval in the last minute counts, and the points are there for it', async () => {
  const bench = await restoreBench();
  const id = await waiting(bench);
  await bench.clock.advance(72 * hour - minute);
  await bench.flow.approve(approver, id);
  await bench.clock.advance(10 * minute);
  await bench.flow.tick(false);
  assert.equal((await pinsOf(bench, id)).length, 1);
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(admin, id);
  assert.deepEqual([state, counts?.restored], ['done', 3]);
});

test('a restore is taken back for 7 days after it ended, and not a minute longer', async () => {
  const bench = await restoreBench();
  const [early, late] = [await done(bench), await done(bench)];
  const end = Date.parse((await bench.flow.get(anna, early)).finishedAt ?? '');
  await bench.clock.advance(end + 7 * 24 * hour - bench.clock.now() - minute);
  await bench.flow.undo(anna, early);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, early)).undone?.removed, 3);
  const later = Date.parse((await bench.flow.get(anna, late)).finishedAt ?? '');
  await bench.clock.advance(later + 7 * 24 * hour - bench.clock.now() + 1);
  await assert.rejects(
    bench.flow.undo(anna, late),
    (error) => isConflict(error) && /7 days/.test(error instanceof Error ? error.message : ''),
  );
  await bench.work(bench.flow);
  assert.equal(bench.place.objects.length, 3, 'what it brought back stays');
});

async function done(bench: Bench): Promise<RequestId> {
  const { id } = await bench.flow.create(anna, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'newFolder' },
    conflict: 'keepBoth',
    includePermissions: false,
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  return id;
}

test('what was stopped lets its points go for good, also when a job was under way or a message comes late', async () => {
  const bench = await restoreBench();
  const { id } = await bench.flow.create(anna, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    conflict: 'keepBoth',
    includePermissions: false,
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  assert.equal((await pinsOf(bench, id)).length, 1);
  await bench.flow.cancel(anna, id);
  assert.deepEqual(await pinsOf(bench, id), []);
  await bench.work(bench.flow);
  assert.deepEqual(await pinsOf(bench, id), [], 'a late message pins nothing');

  const other = await bench.flow.create(anna, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    conflict: 'keepBoth',
    includePermissions: false,
  });
  const change = bench.tables.change.bind(bench.tables);
  let stopping = false;
  Object.assign(bench.tables, {
    change: async (...[table, partition, row]: Parameters<typeof change>) => {
      // Between the job's taking the request and its pinning the points.
      if (partition === 'pins' && row.kind === 'put' && !stopping) {
        stopping = true;
        await bench.flow.withdraw(anna, other.id);
      }
      return change(table, partition, row);
    },
  });
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, other.id)).state, 'withdrawn');
  assert.deepEqual(await pinsOf(bench, other.id), []);
});
