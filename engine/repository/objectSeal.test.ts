import assert from 'node:assert/strict';
import { createDecipheriv, createSecretKey, hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { keyRing } from './keyRing.ts';
import { epochOf, HEADER_BYTES, objectSeal, readHeader, TRAILER_INDEX, writeHeader } from './objectSeal.ts';
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

  it('that is cut off, or a trailer that was changed, is damaged; the key of another epoch is missing', () => {
    const seal = objectSeal(ring, header(), name);
    const damaged = (open: () => unknown, words: RegExp): void =>
      assert.throws(open, (error) => isFault(error, 'corrupt') && words.test(error.message));
    damaged(() => seal.open(facts, sealed.subarray(0, 15)), /segment 0 is cut off/);
    damaged(() => seal.open({ ...facts, index: TRAILER_INDEX }, sealed), /its trailer does not open/);
    assert.throws(
      () => objectSeal(ring, header({ epoch: 2 }), name),
      (error) => isFault(error, 'missing') && error.message.startsWith('keys/2, under which points/r/p'),
    );
  });
});

describe('the header of an object', () => {
  const bytes = (change: (head: Buffer) => void): Buffer => {
    const head = Buffer.concat([writeHeader(header()), sealed]);
    change(head);
    return head;
  };
  const whole = bytes(() => undefined);

  it('says what it was sealed as', () => {
    assert.deepEqual(readHeader(whole, 'root', name), header());
    assert.equal(epochOf(whole), 1);
  });

  it('is damaged when a single byte of it was changed or is gone, and says when a newer version wrote it', () => {
    const faultOf = (head: Buffer, kind: ObjectHeader['kind'] = 'root'): string => {
      try {
        readHeader(head, kind, name);
      } catch (error) {
        if (isFault(error)) return `${error.kind}: ${error.message.split('.')[0]}`;
      }
      return 'opened';
    };
    const changed = 'corrupt: points/r/p is damaged: its header was changed';
    const foreign = 'corrupt: points/r/p is damaged: its header is not ours';
    assert.equal(faultOf(whole.subarray(0, HEADER_BYTES - 1)), foreign);
    assert.equal(faultOf(bytes((head) => head.write('X'))), foreign);
    assert.equal(faultOf(whole, 'slice'), changed);
    for (const at of [5, 6, 7, 12, 15]) assert.equal(faultOf(bytes((head) => (head[at] = 99))), changed, `${at}`);
    assert.equal(faultOf(bytes((head) => (head[4] = 0))), changed);
    assert.equal(
      faultOf(bytes((head) => (head[4] = 2))),
      'unsupported: points/r/p is of object format 2; this version reads up to 1',
    );
  });

  it('tells no epoch where there is none', () => {
    assert.equal(epochOf(whole.subarray(0, HEADER_BYTES - 1)), undefined);
    assert.equal(epochOf(bytes((head) => head.write('X'))), undefined);
  });
});
