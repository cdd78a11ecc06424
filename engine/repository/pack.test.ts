import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { PackId } from '../model/ids.ts';
import { keyRing } from './keyRing.ts';
import { HEADER_BYTES } from './objectSeal.ts';
import { checkPack, openPack, readTrailer } from './pack.ts';
import { placeToCome } from './packSink.ts';

const FOOTER_BYTES = 16;
const ring = keyRing(
  {
    tenant: 'contoso',
    repository: 'ab'.repeat(16),
    idKey: Buffer.alloc(32, 9),
    epochs: new Map([[1, createSecretKey(Buffer.alloc(32, 1))]]),
  },
  async (known) => known,
);
const id = 'a'.repeat(32) as PackId;

/** A pack of two segments. */
function packOf(name: PackId): Buffer {
  const pack = openPack(ring, name, 'content');
  for (const text of ['the first', 'and the second'])
    pack.append({ codec: 'raw', bytes: Buffer.from(text) }, text.length, placeToCome(), []);
  return Buffer.from(pack.finish());
}
const whole = packOf(id);
const changed = (change: (bytes: Buffer) => Buffer | void): Buffer => {
  const bytes = Buffer.from(whole);
  return change(bytes) ?? bytes;
};

/** Both ways to look at a pack must say the same; the second reads its ends alone. */
async function refused(bytes: Buffer, words: RegExp): Promise<void> {
  const isDamage = (error: unknown): boolean => isFault(error, 'corrupt') && words.test(error.message);
  assert.throws(() => checkPack(ring, id, 'content', bytes), isDamage);
  const read = async (from: number, length: number): Promise<Uint8Array> => bytes.subarray(from, from + length);
  await assert.rejects(readTrailer(ring, id, 'content', bytes.length, read), isDamage);
}

describe('a pack', () => {
  it('opens as it was written', async () => {
    const trailer = checkPack(ring, id, 'content', whole);
    assert.deepEqual(
      trailer.segments.map(([at, length]) => [at, length]),
      [
        [HEADER_BYTES, 25],
        [HEADER_BYTES + 25, 30],
      ],
    );
    const read = async (from: number, length: number): Promise<Uint8Array> => whole.subarray(from, from + length);
    assert.deepEqual(await readTrailer(ring, id, 'content', whole.length, read), trailer);
  });

  it('is damaged when it is another one, cut off, or its end says what cannot be', async () => {
    await refused(packOf('b'.repeat(32) as PackId), /it is another pack/);
    await refused(whole.subarray(0, HEADER_BYTES + FOOTER_BYTES - 1), /its end is missing/);
    await refused(whole.subarray(0, whole.length - 1), /its end is missing/);
    const tooLong = (bytes: Buffer): void => void bytes.writeUInt32BE(bytes.length, bytes.length - FOOTER_BYTES);
    await refused(changed(tooLong), /its trailer is cut off/);
    await refused(
      changed((bytes) => void bytes.writeUInt32BE(3, bytes.length - FOOTER_BYTES + 4)),
      /its trailer does not open/,
    );
  });

  it('holds no byte that its trailer does not speak of, not even for who has the key', () => {
    const footer = whole.subarray(whole.length - FOOTER_BYTES);
    const end = FOOTER_BYTES + footer.readUInt32BE(0);
    const between = changed((bytes) =>
      Buffer.concat([bytes.subarray(0, bytes.length - end), Buffer.from('more'), bytes.subarray(bytes.length - end)]),
    );
    assert.throws(
      () => checkPack(ring, id, 'content', between),
      (error) => isFault(error, 'corrupt') && /it holds bytes that no segment owns/.test(error.message),
    );
  });
});
