import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QuickXorHash, quickXorHash } from './quickXorHash.ts';

/** The algorithm as Microsoft prints it: bit by bit round a circle of 160, eleven further each byte. */
function asPrinted(bytes: Uint8Array): string {
  let circle = 0n;
  const mask = (1n << 160n) - 1n;
  for (const [index, byte] of bytes.entries()) {
    const shift = BigInt((index * 11) % 160);
    const spread = BigInt(byte) << shift;
    circle ^= (spread & mask) ^ (spread >> 160n);
  }
  circle ^= BigInt(bytes.length) << 96n;
  const hash = Buffer.alloc(20);
  for (let at = 0; at < 20; at++) hash[at] = Number((circle >> BigInt(at * 8)) & 0xffn);
  return hash.toString('base64');
}

describe('QuickXorHash', () => {
  // From rclone's tests, which were made with Microsoft's own code.
  const vectors: [number, string, string][] = [
    [0, '', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    [1, 'Sg==', 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
    [2, 'tbQ=', 'taAFAAAAAAAAAAAAAgAAAAAAAAA='],
    [3, '0pZP', '0rDEEwAAAAAAAAAAAwAAAAAAAAA='],
  ];
  for (const [length, content, hash] of vectors)
    it(`of ${length} known bytes is the known one`, () =>
      assert.equal(quickXorHash(Buffer.from(content, 'base64')), hash));

  it('is what the printed algorithm gives, for every length round the circle', () => {
    for (let length = 0; length < 700; length += 7) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 131 + length * 17) & 255);
      assert.equal(quickXorHash(bytes), asPrinted(bytes));
    }
  });

  it('does not depend on how the bytes arrive', () => {
    const bytes = Uint8Array.from({ length: 5_000 }, (_, at) => (at * 37) & 255);
    const hash = new QuickXorHash();
    for (let at = 0; at < bytes.length; at += 313) hash.update(bytes.subarray(at, at + 313));
    assert.equal(hash.digest(), quickXorHash(bytes));
    assert.equal(hash.length, bytes.length);
  });
});
