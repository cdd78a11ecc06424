import assert from 'node:assert/strict';
import { it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import type { StoredRow } from '../ports/tableStore.ts';
import { sweepWorld } from './testing/sweepWorld.ts';

const flipped = (row: StoredRow): StoredRow => {
  const sealed = row.columns['value0'];
  assert.ok(sealed instanceof Uint8Array);
  const bytes = Uint8Array.from(sealed);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  return { ...row, columns: { ...row.columns, value0: bytes } };
};

it('removes nothing of a resource whose record does not open, and goes on once it does', async () => {
  const world = await sweepWorld({ style: 'drive' });
  const { source, tables, resource } = world.backup;
  for (const seed of [1, 2, 3]) {
    source.put('a', undefined, noise(5_000, seed));
    await world.run();
  }
  world.nextDay();
  const gone = await world.expireAllBut(1);
  assert.equal(gone.length, 2);
  const kept = { roots: world.names('points/').length, packs: world.names('packs/').length };
  let record: StoredRow | undefined;
  tables.tamper('records', 'resources', resource, (row) => {
    record = row;
    return flipped(row);
  });
  for (let cycles = 0; cycles < 3; cycles++, world.nextDay()) {
    const result = await world.cycle();
    assert.ok(result.kind === 'done', 'one record is no reason to refuse everything');
    assert.deepEqual([result.report.condemned, result.report.deleted], [0, 0]);
  }
  assert.deepEqual({ roots: world.names('points/').length, packs: world.names('packs/').length }, kept);

  tables.tamper('records', 'resources', resource, () => record);
  let deleted = 0;
  for (let cycles = 0; cycles < 3; cycles++, world.nextDay()) {
    const result = await world.cycle();
    deleted += result.kind === 'done' ? result.report.deleted : 0;
  }
  assert.ok(deleted >= 3, `${deleted} objects`);
});
