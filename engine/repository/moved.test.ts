import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { Fault } from '../fault.ts';
import type { PackId } from '../model/ids.ts';
import type { SegmentPlace } from '../model/stream.ts';
import { memoryBlobStore } from '../testing/memoryBlobStore.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { createSecretKey } from 'node:crypto';
import { keyRing } from './keyRing.ts';
import { isMoved, movedName, movedPacks, readMoved, writeMoved } from './moved.ts';
import type { MovedRecord } from './moved.ts';

const pack = (letter: string): PackId => letter.repeat(32) as PackId;
const packName = (letter: string): string => `packs/${letter.repeat(2)}/${pack(letter)}`;
const place = (segment: number): SegmentPlace => ({
  pack: pack('a'),
  segment,
  at: 32,
  stored: 100,
  plain: 200,
  codec: 'zstd',
  epoch: 1,
});

/** Segment 3 of pack a lies in pack b now. */
const record: MovedRecord = {
  pack: pack('a'),
  kind: 'content',
  length: 1_000,
  packs: [pack('b')],
  segments: [[3, 0, 7, 64, 100, 2]],
};

function bench() {
  const blobs = memoryBlobStore();
  const epochs = new Map([[1, createSecretKey(Buffer.alloc(32, 7))]]);
  const known = { tenant: 'contoso', repository: 'ab'.repeat(16), idKey: Buffer.alloc(32), epochs };
  const core = { blobs, ring: keyRing(known, async (same) => same), random: seededRandom('moved') };
  return { blobs, core, moved: movedPacks(core) };
}
const isKind = (kind: Fault['kind'], words: RegExp) => (error: unknown) =>
  isFault(error, kind) && words.test(error.message);

describe('a pack that was written into another', () => {
  it('is followed segment by segment; one that nobody needed then is missing, by name', async () => {
    const { core, moved } = bench();
    await writeMoved(core, record);
    assert.deepEqual(await moved.next(place(3)), { ...place(3), pack: pack('b'), segment: 7, at: 64, epoch: 2 });
    await assert.rejects(moved.next(place(4)), isKind('missing', /does not say where segment 4 lies/));
    assert.equal(await moved.next({ ...place(3), pack: pack('c') }), undefined, 'never rewritten');
  });

  it('is whole when what it leads to is there, also over several steps', async () => {
    const { core, blobs, moved } = bench();
    await writeMoved(core, record);
    await assert.rejects(isMoved(core, moved, pack('a'), 1_000), isKind('missing', new RegExp(packName('b'))));
    await writeMoved(core, { ...record, pack: pack('b'), packs: [pack('c')] });
    await assert.rejects(isMoved(core, moved, pack('a'), 1_000), isKind('missing', new RegExp(packName('c'))));
    await blobs.create('repository', packName('c'), Buffer.from('c'));
    assert.equal(await isMoved(core, moved, pack('a'), 1_000), true);
    assert.equal(await isMoved(core, moved, pack('d')), false);
  });

  it('is not believed when its record speaks of a pack of another length', async () => {
    const { core, moved } = bench();
    await writeMoved(core, record);
    await assert.rejects(isMoved(core, moved, pack('a'), 999), isKind('corrupt', /1000 bytes instead of 999/));
  });
});

describe('the record of a pack', () => {
  it('is written once: a second one changes nothing, and the first is answered', async () => {
    const { core } = bench();
    await writeMoved(core, record);
    assert.deepEqual(await writeMoved(core, { ...record, packs: [pack('f')] }), record);
    assert.deepEqual(await readMoved(core, pack('a')), record);
  });

  it('of one pack is not taken for that of another', async () => {
    const { core, blobs } = bench();
    await writeMoved(core, record);
    await blobs.create('repository', movedName(pack('e')), await blobs.read('repository', movedName(pack('a'))));
    await assert.rejects(readMoved(core, pack('e')), isKind('corrupt', /moved\/eeee/));
  });
});
