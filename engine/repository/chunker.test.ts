import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chunker, chunkSizes, gearTable } from './chunker.ts';
import { noise } from './testing/world.ts';

const gear = gearTable(new Uint8Array(32));
const small = { least: 1024, average: 4096, most: 16_384 };

function cut(bytes: Uint8Array, pieceSize: number, sizes = small, table = gear): number[] {
  const cutter = chunker(table, sizes);
  const lengths: number[] = [];
  for (let at = 0; at < bytes.byteLength; at += pieceSize) {
    for (const chunk of cutter.push(bytes.subarray(at, at + pieceSize))) lengths.push(chunk.byteLength);
  }
  const rest = cutter.end();
  if (rest !== undefined) lengths.push(rest.byteLength);
  return lengths;
}

describe('chunker', () => {
  it('cuts the same however the bytes come in, and loses none', () => {
    const bytes = noise(300_000, 5);
    const expected = cut(bytes, 300_000);
    for (const pieceSize of [1, 7, 1024, 50_000]) assert.deepEqual(cut(bytes, pieceSize), expected);
    assert.equal(
      expected.reduce((sum, length) => sum + length, 0),
      300_000,
    );
    assert.deepEqual(cut(new Uint8Array(), 10), []);
    assert.deepEqual(cut(noise(10), 10), [10]);
  });

  it('stays between least and most and comes near the average', () => {
    const lengths = cut(noise(40 * 1024 * 1024, 3), 1024 * 1024, chunkSizes);
    const inner = lengths.slice(0, -1);
    assert.ok(inner.every((length) => length >= chunkSizes.least && length <= chunkSizes.most));
    const average = inner.reduce((sum, length) => sum + length, 0) / inner.length;
    assert.ok(average > 0.6 * chunkSizes.average && average < 1.6 * chunkSizes.average, `${Math.round(average)}`);
    assert.deepEqual(
      cut(new Uint8Array(100_000), 9_999).slice(0, 6),
      Array.from({ length: 6 }, () => 16_384),
    );
  });

  it('goes on after a cut as if it had never stopped', () => {
    const bytes = noise(200_000, 8);
    const whole = cut(bytes, 5_000);
    const first = whole.slice(0, 10).reduce((sum, length) => sum + length, 0);
    assert.deepEqual(cut(bytes.subarray(first), 3_333), whole.slice(10));
  });

  it('finds its cuts again behind an insertion, and hides them from whoever has another key', () => {
    const bytes = noise(400_000, 11);
    const ends = (lengths: number[]): number[] =>
      lengths.map((_, n) => lengths.slice(0, n + 1).reduce((sum, length) => sum + length, 0));
    const before = new Set(ends(cut(bytes, 5_000)));
    const after = ends(cut(Buffer.concat([noise(100, 2), bytes]), 5_000)).map((end) => end - 100);
    assert.ok(after.filter((end) => before.has(end)).length > 0.9 * before.size);
    const foreign = ends(cut(bytes, 5_000, small, gearTable(new Uint8Array(32).fill(1))));
    assert.ok(foreign.filter((end) => before.has(end)).length < 0.1 * before.size);
  });
});
