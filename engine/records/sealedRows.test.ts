import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredRow } from '../ports/tableStore.ts';
import { recordsWorld } from '../testing/recordsWorld.ts';
import { sealedRows } from './sealedRows.ts';

async function opened() {
  const world = recordsWorld();
  let opens = 0;
  const sealer = {
    ...world.sealer,
    openColumn: (...args: Parameters<typeof world.sealer.openColumn>) => (opens++, world.sealer.openColumn(...args)),
  };
  const rows = sealedRows(world.tables, world.blobs, sealer, world.random);
  const put = async (key: string, value: unknown): Promise<void> => {
    await world.tables.change('records', 'p', { kind: 'put', row: await rows.seal('p', key, value) });
  };
  await put('one', { of: ['them'] });
  await rows.get('p', 'one');
  return { world, rows, put, opens: () => opens };
}

describe('a row that was opened before', () => {
  it('is not opened again while its bytes are the same, and its value belongs to the reader', async () => {
    const { rows, opens } = await opened();
    const first = (await rows.get('p', 'one'))?.value as { of: string[] };
    first.of.push('changed by its reader');
    assert.deepEqual((await rows.get('p', 'one'))?.value, { of: ['them'] });
    assert.equal(opens(), 1);
  });

  it('is opened again when it was written anew', async () => {
    const { rows, put, opens } = await opened();
    await put('one', 'other');
    assert.equal((await rows.get('p', 'one'))?.value, 'other');
    assert.equal(opens(), 2);
  });

  it('is found out when one bit of it differs since, and in another place', async () => {
    const { world, rows, put } = await opened();
    await put('two', 'two');
    const before = (await world.tables.get('records', 'p', 'one')) as StoredRow;
    world.tables.tamper('records', 'p', 'two', (row) => ({ ...row, columns: before.columns }));
    await assert.rejects(rows.get('p', 'two'));
    const sealed = Uint8Array.from(before.columns['value0'] as Uint8Array);
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    world.tables.tamper('records', 'p', 'one', (row) => ({ ...row, columns: { ...row.columns, value0: sealed } }));
    await assert.rejects(rows.get('p', 'one'));
  });
});
