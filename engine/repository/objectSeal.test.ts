import assert from 'node:assert/strict';
import { createDecipheriv, createSecretKey, hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { keyRing } from './keyRing.ts';
import { objectSeal, writeHeader } from './objectSeal.ts';
import type { ObjectHeader, SegmentFacts } from './objectSeal.ts';

const epochKey = Buffer.alloc(32, 7);
const ring = keyRing(
  {
    tenant: 'contoso',
    repository: 'ab'.repeat(16),
    idKey: Buffer.alloc(32, 9),
    epochs: new Map([[1, createSecretKey(epochKey)]]),
  },
  async (known) => known,
);
const header = (change: Partial<ObjectHeader> = {}): ObjectHeader => ({
  kind: 'root',
  epoch: 1,
  id: '0123456789abcdef'.repeat(2),
  ...change,
});
const name = 'points/r/p';
const facts: SegmentFacts = { index: 0, count: 1, plain: 5, codec: 'raw' };
const sealed = Buffer.concat(objectSeal(ring, header(), name).seal(facts, Buffer.from('hello')));

describe('a sealed object', () => {
  it('opens as what it is, and as nothing else: neither under another name, kind or id, nor with other facts', () => {
    assert.equal(objectSeal(ring, header(), name).open(facts, sealed).toString(), 'hello');
    const others = [
      () => objectSeal(ring, header(), 'points/r/q').open(facts, sealed),
      () => objectSeal(ring, header({ kind: 'slice' }), name).open(facts, sealed),
      () => objectSeal(ring, header({ id: 'f'.repeat(32) }), name).open(facts, sealed),
      ...[{ index: 1 }, { count: 2 }, { plain: 6 }, { codec: 'zstd' as const }].map(
        (change) => () => objectSeal(ring, header(), name).open({ ...facts, ...change }, sealed),
      ),
    ];
    for (const open of others) assert.throws(open, (error) => isFault(error, 'corrupt'));
  });

  it('has a key of its own: HKDF of the epoch key with its id as salt and its kind as purpose, as the format says', () => {
    const key = hkdfSync('sha256', epochKey, Buffer.from(header().id, 'hex'), 'holdfast/1 root', 32);
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key), Buffer.alloc(12));
    const text = (of: string): Buffer => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(of.length);
      return Buffer.concat([length, Buffer.from(of)]);
    };
    const bound = Buffer.alloc(13);
    bound.writeUInt32BE(facts.count, 4);
    bound.writeUInt32BE(facts.plain, 8);
    decipher.setAAD(
      Buffer.concat([writeHeader(header()), text(ring.tenant), text(ring.repository), text(name), bound]),
    );
    decipher.setAuthTag(sealed.subarray(-16));
    assert.equal(decipher.update(sealed.subarray(0, -16)).toString(), 'hello');
    decipher.final();
  });
});
