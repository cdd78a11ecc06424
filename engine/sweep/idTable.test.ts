import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../testing/seededRandom.ts';
import { IdTable, withRoom } from './idTable.ts';

const random = seededRandom('ids');
const randomId = (): string => Buffer.from(random.bytes(16)).toString('hex');

describe('a table of ids', () => {
  it('numbers each id once, in the order in which they come, whatever they look like', () => {
    const ids = [
      ...Array.from({ length: 20_000 }, randomId),
      ...Array.from({ length: 5_000 }, (_, n) => n.toString(16).padStart(32, '0')),
      ...Array.from({ length: 5_000 }, (_, n) => n.toString(16).padStart(8, '0').padEnd(32, 'f')),
    ];
    const table = new IdTable();
    for (const [number, id] of ids.entries()) {
      assert.equal(table.find(id), -1);
      assert.equal(table.add(id), number);
    }
    assert.equal(table.size, ids.length);
    for (const [number, id] of ids.entries()) {
      assert.equal(table.find(id), number);
      assert.equal(table.add(id), number);
      assert.equal(table.at(number), id);
    }
    assert.equal(table.size, ids.length);
    for (let n = 0; n < 1_000; n++) assert.equal(table.find(randomId()), -1);
  });

  it('keeps ids apart that differ in one digit', () => {
    const table = new IdTable();
    const id = randomId();
    const others = Array.from(id, (digit, at) => id.slice(0, at) + (digit === '0' ? '1' : '0') + id.slice(at + 1));
    table.add(id);
    for (const other of others) assert.equal(table.find(other), -1);
    for (const [n, other] of others.entries()) assert.equal(table.add(other), n + 1);
    assert.equal(table.find(id), 0);
  });

  it('takes any other text as it is', () => {
    const table = new IdTable();
    const id = randomId();
    const texts = [
      id,
      id.toUpperCase(),
      `${id}0`,
      id.slice(1),
      '',
      'packs/ab/ab',
      `${id.slice(1)}g`,
      `${id.slice(1)}/`,
    ];
    for (const [number, text] of texts.entries()) assert.equal(table.add(text), number);
    for (let n = 0; n < 4_000; n++) table.add(randomId());
    for (const [number, text] of texts.entries()) {
      assert.equal(table.find(text), number);
      assert.equal(table.at(number), text);
    }
  });
});

it('a column has room as it grows, and keeps what it held', () => {
  let column = new Float64Array(0);
  for (let rows = 1; rows <= 5_000; rows++) {
    column = withRoom(column, rows);
    column[rows - 1] = rows / 2;
  }
  assert.deepEqual(
    [...column.subarray(0, 5_000)],
    Array.from({ length: 5_000 }, (_, n) => (n + 1) / 2),
  );
  assert.equal(withRoom(column, 10), column);
});
