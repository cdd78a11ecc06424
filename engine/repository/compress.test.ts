import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decompress, ownMemory, zstd } from './compress.ts';
import { noise } from './testing/world.ts';

describe('compressed bytes', () => {
  const sizes = [0, 1, 63, 64, 1000, 20_000, 65_535, 65_536, 300_000];

  it('come back exactly, in memory that holds nothing else', () => {
    for (const size of sizes) {
      for (const bytes of [noise(size), new Uint8Array(size)]) {
        const opened = decompress('zstd', zstd(bytes), size);
        assert.deepEqual(Buffer.from(opened), Buffer.from(bytes));
        assert.ok(opened.buffer.byteLength <= size + 1, `${size} bytes hold ${opened.buffer.byteLength}`);
      }
    }
  });

  it('of another length than is said are refused', () => {
    for (const size of sizes) {
      assert.throws(() => decompress('zstd', zstd(noise(size)), size + 1), RangeError);
      if (size > 0) assert.throws(() => decompress('zstd', zstd(noise(size)), size - 1), RangeError);
    }
  });

  it('that are kept for long do not hold the memory they were made in', () => {
    const kept = ownMemory(zstd(noise(1000)));
    assert.equal(kept.buffer.byteLength, kept.byteLength);
  });
});
