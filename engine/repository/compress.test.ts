import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decompress as fzstd } from 'fzstd';
import { decompress, ownMemory, unzstdWhole, zstd } from './compress.ts';
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

  it('are frames that every reader of zstd opens, the tiny ones too', () => {
    for (const size of [0, 1, 2, 254, 255, 256, 257, 300, 510, 511, 512, 513, 1000]) {
      for (const bytes of [noise(size), Buffer.alloc(size, 'a')]) {
        const frame = zstd(bytes);
        assert.deepEqual(zstdDecompressSync(frame), Buffer.from(bytes), `node: ${size} bytes`);
        assert.deepEqual(Buffer.from(fzstd(frame, new Uint8Array(size))), Buffer.from(bytes), `fzstd: ${size} bytes`);
        assert.deepEqual(Buffer.from(unzstdWhole(frame)), Buffer.from(bytes));
        // Made by the library, as in repositories of before.
        assert.deepEqual(Buffer.from(decompress('zstd', zstdCompressSync(bytes), size)), Buffer.from(bytes));
      }
    }
  });

  it('that are cut off are refused, the tiny ones too', () => {
    for (const size of [1, 3, 255, 256, 400, 600]) {
      const frame = zstd(noise(size));
      for (let length = 0; length < frame.length; length++)
        assert.throws(() => decompress('zstd', frame.subarray(0, length), size), `${length} of ${frame.length} bytes`);
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
