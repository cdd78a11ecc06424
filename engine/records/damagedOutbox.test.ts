import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordsWorld } from '../testing/recordsWorld.ts';
import { makeRecords } from './makeRecords.ts';

test('one damaged message of the outbox keeps nobody from the others', async () => {
  const world = recordsWorld();
  const { outbox } = makeRecords(world);
  for (const id of ['a', 'b', 'c']) await outbox.add(id, { about: id });
  const row = await world.tables.get('records', 'outbox', 'b');
  const sealed = row?.columns.value0;
  assert.ok(row !== undefined && sealed instanceof Uint8Array);
  const columns = { ...row.columns, value0: sealed.with(20, (sealed[20] ?? 0) ^ 1) };
  await world.tables.change('records', 'outbox', { kind: 'put', row: { ...row, columns } });
  assert.deepEqual(await outbox.list(), [
    { id: 'a', message: { about: 'a' } },
    { id: 'b', message: undefined },
    { id: 'c', message: { about: 'c' } },
  ]);
});
