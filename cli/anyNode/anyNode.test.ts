import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decompress } from 'fzstd';
import { noise } from '../../engine/repository/testing/world.ts';
import { zstd } from '../../engine/repository/compress.ts';
import * as theirs from '../../engine/repository/youngNode.ts';
import * as ours from './youngNode.ts';

/** Runs of noise, of words and of one byte, of all lengths: what packs are made of. */
function content(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const dice = noise(size + 8, seed);
  for (let at = 0, turn = seed; at < size; turn++) {
    const length = Math.min(size - at, 1 + (dice[at] ?? 0) * (1 + (turn % 60)));
    if (turn % 3 === 0) bytes.set(dice.subarray(at, at + length), at);
    else if (turn % 3 === 1) bytes.fill(dice[at] ?? 0, at, at + length);
    else for (let i = 0; i < length; i++) bytes[at + i] = 97 + ((dice[at + (i % 37)] ?? 0) % 26);
    at += length;
  }
  return bytes;
}

it('what zlib compressed opens to the same bytes where Node has no zstd', () => {
  const sizes = [0, 1, 2, 17, 255, 256, 1_000, 4_096, 65_535, 65_536, 131_072, 131_073, 524_288, 4_194_304];
  for (const size of sizes)
    for (const level of [1, 3])
      for (let seed = 1; seed <= (size > 200_000 ? 2 : 12); seed++) {
        const bytes = content(size, seed);
        const opened = decompress(zstd(bytes, level));
        assert.ok(Buffer.from(opened).equals(bytes), `${size} bytes, level ${level}, seed ${seed}`);
      }
});

it('the module that the bundle takes has the exports of the one that it replaces', () => {
  assert.deepEqual(Object.keys(ours).toSorted(), Object.keys(theirs).toSorted());
  const bytes = noise(5_000);
  assert.deepEqual(ours.hash('sha256', bytes, 'buffer'), theirs.hash('sha256', bytes, 'buffer'));
  assert.ok(ours.zstdDecompressSync(zstd(bytes), { maxOutputLength: 5_000 }).equals(bytes));
  assert.throws(() => ours.zstdDecompressSync(zstd(bytes), { maxOutputLength: 4_999 }));
});
