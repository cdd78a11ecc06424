import { z } from 'zod';
import type { ChunkId, PackId } from '../model/ids.ts';
import type { SegmentPlace } from '../model/stream.ts';
import { decompress, zstd } from './compress.ts';
import type { Compressed } from './compress.ts';
import { packName } from './core.ts';
import { freeNow } from './freeNow.ts';
import type { KeyRing } from './keyRing.ts';
import {
  HEADER_BYTES,
  notWhatWasWritten,
  objectSeal,
  readHeader,
  TAG_BYTES,
  TRAILER_INDEX,
  writeHeader,
} from './objectSeal.ts';
import type { ObjectHeader, ObjectSeal, SegmentFacts } from './objectSeal.ts';

export type PackKind = 'content' | 'meta';
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Sealed trailer length, segment count, trailer length after decompression (4 bytes each), `HFTR`. */
const FOOTER_BYTES = 16;
const FOOTER_MAGIC = 0x48465452;
const FIRST_CAPACITY = 256 * 1024;
export const largestPack = 32 * 1024 * 1024;

const trailerSchema = z.strictObject({
  /** [at, stored, plain, codec] by index. */
  segments: z.array(z.tuple([z.number(), z.number(), z.number(), z.enum(['raw', 'zstd'])])),
  /** [segment, offset, length, chunk id]: lets the index be made anew from the packs. */
  chunks: z.array(z.tuple([z.number(), z.number(), z.number(), z.string()])),
});
export type PackTrailer = z.infer<typeof trailerSchema>;

/** A pack being filled. Belongs to one job; dropped with its id when abandoned, so that no nonce is used twice. */
export interface OpenPack {
  readonly id: PackId;
  readonly segments: number;
  /** At least the bytes of the finished pack if it were closed now. */
  readonly length: number;
  /** Length after one more segment of `bytes` (before sealing) with `chunks` chunks. */
  lengthWith(bytes: number, chunks: number): number;
  /** Goes on in `memory`, which is longer than it; what it had before is freed. Without it, it grows by itself. */
  moveTo(memory: Buffer): void;
  /** Seals a segment behind the others and completes `place`. Keeps nothing of `compressed`. */
  append(compressed: Compressed, plain: number, place: Writable<SegmentPlace>, chunks: readonly PackedChunk[]): void;
  /** Adds the trailer and opens everything again from the finished bytes: what does not pass is never uploaded. */
  finish(): Uint8Array;
}

export interface PackedChunk {
  readonly offset: number;
  readonly length: number;
  readonly chunk: ChunkId;
}

export function openPack(ring: KeyRing, id: PackId, kind: PackKind): OpenPack {
  const header: ObjectHeader = { kind, epoch: ring.epoch, id };
  const seal = objectSeal(ring, header, packName(id));
  const trailer: PackTrailer = { segments: [], chunks: [] };
  let bytes: Buffer = Buffer.alloc(FIRST_CAPACITY);
  let used = writeHeader(header).copy(bytes);

  const trailerRoom = (segments: number, chunks: number): number =>
    200 + 40 * segments + 90 * chunks + FOOTER_BYTES + TAG_BYTES;
  const lengthWith = (bytesMore: number, chunksMore: number): number =>
    used + bytesMore + TAG_BYTES + trailerRoom(trailer.segments.length + 1, trailer.chunks.length + chunksMore);
  const moveTo = (memory: Buffer): void => {
    bytes.copy(memory, 0, 0, used);
    freeNow(bytes);
    bytes = memory;
  };
  const write = (piece: Uint8Array): void => {
    const needed = used + piece.byteLength;
    if (needed > bytes.length) moveTo(Buffer.alloc(packCapacity(needed)));
    bytes.set(piece, used);
    used = needed;
  };
  const writeSealed = (facts: SegmentFacts, plain: Uint8Array): void => {
    for (const piece of seal.seal(facts, plain)) {
      write(piece);
      freeNow(piece);
    }
  };

  return {
    id,
    get segments() {
      return trailer.segments.length;
    },
    get length() {
      return lengthWith(0, 0);
    },
    lengthWith,
    moveTo,
    append(compressed, plain, place, chunks) {
      const index = trailer.segments.length;
      const at = used;
      writeSealed({ index, count: 0, plain, codec: compressed.codec }, compressed.bytes);
      const stored = used - at;
      Object.assign(place, {
        pack: id,
        segment: index,
        at,
        stored,
        plain,
        codec: compressed.codec,
        epoch: header.epoch,
      });
      trailer.segments.push([at, stored, plain, compressed.codec]);
      for (const { offset, length, chunk } of chunks) trailer.chunks.push([index, offset, length, chunk]);
    },
    finish() {
      const json = Buffer.from(JSON.stringify(trailer));
      const count = trailer.segments.length;
      const at = used;
      writeSealed({ index: TRAILER_INDEX, count, plain: json.length, codec: 'zstd' }, zstd(json));
      const footer = Buffer.alloc(FOOTER_BYTES);
      footer.writeUInt32BE(used - at, 0);
      footer.writeUInt32BE(count, 4);
      footer.writeUInt32BE(json.length, 8);
      footer.writeUInt32BE(FOOTER_MAGIC, 12);
      write(footer);
      const finished = bytes.subarray(0, used);
      checkPack(ring, id, kind, finished);
      return finished;
    },
  };
}

/** Bytes of memory that a pack of `length` holds: it grows by doubling. */
export function packCapacity(length: number): number {
  let capacity = FIRST_CAPACITY;
  while (capacity < length) capacity *= 2;
  return capacity;
}

/** Opens the trailer and every segment of a whole pack. Fault `corrupt` naming the pack and the segment. */
export function checkPack(ring: KeyRing, id: PackId, kind: PackKind, bytes: Uint8Array): PackTrailer {
  const name = packName(id);
  const header = readHeader(bytes, kind, name);
  if (header.id !== id) throw notWhatWasWritten(name, 'it is another pack');
  const pack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const footerAt = pack.length - FOOTER_BYTES;
  if (footerAt < HEADER_BYTES || pack.readUInt32BE(footerAt + 12) !== FOOTER_MAGIC)
    throw notWhatWasWritten(name, 'its end is missing');
  const stored = pack.readUInt32BE(footerAt);
  if (stored > footerAt - HEADER_BYTES) throw notWhatWasWritten(name, 'its trailer is cut off');
  const seal = objectSeal(ring, header, name);
  const trailer = openTrailer(seal, pack.subarray(footerAt - stored));

  let expected = HEADER_BYTES;
  for (const [index, [at, length, plain, codec]] of trailer.segments.entries()) {
    if (at !== expected) throw notWhatWasWritten(name, `segment ${index} is not where its trailer says`);
    freeNow(seal.open({ index, count: 0, plain, codec }, pack.subarray(at, at + length)));
    expected += length;
  }
  if (expected !== footerAt - stored) throw notWhatWasWritten(name, 'it holds bytes that no segment owns');
  return trailer;
}

/** The trailer of a pack of `length` bytes, read with as little as it takes. Faults as `read`, and `corrupt`. */
export async function readTrailer(
  ring: KeyRing,
  id: PackId,
  kind: PackKind,
  length: number,
  read: (from: number, length: number) => Promise<Uint8Array>,
): Promise<PackTrailer> {
  const name = packName(id);
  const header = readHeader(await read(0, HEADER_BYTES), kind, name);
  if (header.id !== id) throw notWhatWasWritten(name, 'it is another pack');
  const footerAt = length - FOOTER_BYTES;
  const footer = Buffer.from(footerAt < HEADER_BYTES ? [] : await read(footerAt, FOOTER_BYTES));
  if (footer.length < FOOTER_BYTES || footer.readUInt32BE(12) !== FOOTER_MAGIC)
    throw notWhatWasWritten(name, 'its end is missing');
  const stored = footer.readUInt32BE(0);
  if (stored > footerAt - HEADER_BYTES) throw notWhatWasWritten(name, 'its trailer is cut off');
  const end = Buffer.concat([await read(footerAt - stored, stored), footer]);
  return openTrailer(objectSeal(ring, header, name), end);
}

/** `end`: sealed trailer and footer, nothing before. */
function openTrailer(seal: ObjectSeal, end: Buffer): PackTrailer {
  const footerAt = end.length - FOOTER_BYTES;
  const facts = {
    index: TRAILER_INDEX,
    count: end.readUInt32BE(footerAt + 4),
    plain: end.readUInt32BE(footerAt + 8),
    codec: 'zstd',
  } as const;
  const sealed = seal.open(facts, end.subarray(0, footerAt));
  const json = decompress('zstd', sealed, facts.plain);
  return trailerSchema.parse(JSON.parse(Buffer.from(json).toString()));
}
