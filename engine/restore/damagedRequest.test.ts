import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../fault.ts';
import { admin, anna, restoreBench } from './testing/restoreBench.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const ask = async (bench: Bench) =>
  (
    await bench.flow.create(anna, {
      selection: { resourceId: bench.mailbox.id },
      destination: { kind: 'original' },
      conflict: 'keepBoth',
      includePermissions: false,
    })
  ).id;

/** Somebody or something wrote into the row of this request. */
const damage = (bench: Bench, id: string): Promise<void> => damageRow(bench, 'requests', `request:${id}`);

async function damageRow(bench: Bench, partition: string, key: string): Promise<void> {
  const row = await bench.tables.get('records', partition, key);
  assert.ok(row !== undefined);
  const sealed = row.columns.value0;
  assert.ok(sealed instanceof Uint8Array);
  const columns = { ...row.columns, value0: sealed.with(20, (sealed[20] ?? 0) ^ 1) };
  await bench.tables.change('records', partition, { kind: 'put', row: { ...row, columns } });
}

test('one damaged request keeps nobody from the others, and is told by name', async () => {
  const bench = await restoreBench();
  const [first, damaged, last] = [await ask(bench), await ask(bench), await ask(bench)];
  await damage(bench, damaged);

  const seen = await bench.flow.list(anna, {});
  assert.deepEqual(seen.value.map(({ id }) => id).toSorted(), [first, last].toSorted());
  assert.equal(seen.unreadable, undefined, 'whose it is cannot be known');
  assert.deepEqual((await bench.flow.list(admin, {})).unreadable, [damaged]);
  await assert.rejects(bench.flow.get(admin, damaged), (error) => isFault(error, 'corrupt'));

  // Its message ends, the timer goes on, the others come to their end.
  await bench.work(bench.flow);
  await bench.flow.tick(true);
  await bench.work(bench.flow);
  for (const id of [first, last]) assert.equal((await bench.flow.get(anna, id)).state, 'ready');
  await bench.flow.onPoisoned(damaged);
  assert.ok(bench.log.lines.some(({ event, facts }) => event === 'restore.unreadable' && facts.request === damaged));
});

test('a damaged result says so under the name that the plan knows, and keeps nobody from the other results', async () => {
  const bench = await restoreBench();
  const id = await ask(bench);
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  const whole = (await bench.flow.results(anna, id)).value;
  assert.deepEqual(
    whole.map(({ outcome }) => outcome),
    ['restored', 'restored', 'restored'],
  );
  await damageRow(bench, `journal-${id}`, 'item/000000001');
  const { value } = await bench.flow.results(anna, id);
  const [first, damaged, last] = value;
  assert.deepEqual([first, last], [whole[0], whole[2]]);
  const { itemId, resourceId, name } = whole[1] ?? {};
  assert.deepEqual(
    [damaged?.itemId, damaged?.resourceId, damaged?.name, damaged?.outcome],
    [itemId, resourceId, name, 'unreadable'],
  );

  // A plan that does not open either, and what a search found, change nothing for the others.
  for (const page of ['plan/000000000', 'plan/000000001']) await damageRow(bench, `journal-${id}`, page);
  const [, unnamed, ...others] = (await bench.flow.results(anna, id)).value;
  assert.deepEqual([unnamed?.itemId, unnamed?.name, unnamed?.outcome], [undefined, 'Item 2', 'unreadable']);
  assert.deepEqual(others, [whole[2]]);
});
