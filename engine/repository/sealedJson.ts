import type { Random } from '../ports/random.ts';
import { decompress, zstd } from './compress.ts';
import type { KeyRing } from './keyRing.ts';
import { HEADER_BYTES, notWhatWasWritten, objectSeal, readHeader, writeHeader } from './objectSeal.ts';
import type { ObjectHeader, ObjectKind, SegmentFacts } from './objectSeal.ts';
import { newId } from './newId.ts';

const LENGTH_BYTES = 4;

/** A blob of its own holding one JSON value: header, length of the JSON (4 bytes), sealed zstd of the JSON. */
export const sealJson = (ring: KeyRing, random: Random, kind: ObjectKind, name: string, value: unknown): Uint8Array =>
  sealText(ring, random, kind, name, JSON.stringify(value));

/** The same of JSON that was written already. */
export function sealText(ring: KeyRing, random: Random, kind: ObjectKind, name: string, text: string): Uint8Array {
  const json = Buffer.from(text);
  const header: ObjectHeader = { kind, epoch: ring.epoch, id: newId(random) };
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return Buffer.concat([
    writeHeader(header),
    length,
    ...objectSeal(ring, header, name).seal(factsOf(json.length), zstd(json)),
  ]);
}

/** Opens what `sealJson` made for the same name and kind. Fault `corrupt` naming the object. */
export function openJson(ring: KeyRing, kind: ObjectKind, name: string, bytes: Uint8Array): unknown {
  const header = readHeader(bytes, kind, name);
  if (bytes.byteLength < HEADER_BYTES + LENGTH_BYTES) throw notWhatWasWritten(name, 'it is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const plain = view.getUint32(HEADER_BYTES);
  const opened = objectSeal(ring, header, name).open(factsOf(plain), bytes.subarray(HEADER_BYTES + LENGTH_BYTES));
  return JSON.parse(Buffer.from(decompress('zstd', opened, plain)).toString());
}

const factsOf = (plain: number): SegmentFacts => ({ index: 0, count: 1, plain, codec: 'zstd' });
