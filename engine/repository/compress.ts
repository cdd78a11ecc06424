import type { Codec } from './objectSeal.ts';
import { constants, zstdCompressSync, zstdDecompressSync } from './youngNode.ts';

/** Text and mail pay for level 3; of binary content most is compressed already and level 1 finds the rest. */
const levels = { text: 3, mime: 3, binary: 1 } as const;
const TRIAL_BYTES = 16 * 1024;
/** Up to here compression saves less than 200 bytes. */
const TINY_BYTES = 512;
/** Less gain than this is not worth the time of opening. */
const WORTH = 0.97;

export interface Compressed {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

/** Compresses where a trial of 16 KiB says that it is worth it; else the bytes stay as they are. */
export function compress(bytes: Uint8Array, kind: keyof typeof levels): Compressed {
  const raw: Compressed = { codec: 'raw', bytes };
  if (kind === 'binary' && bytes.byteLength > 2 * TRIAL_BYTES) {
    // The middle: file heads and directories at the ends compress well and say little about the rest.
    const from = Math.floor((bytes.byteLength - TRIAL_BYTES) / 2);
    if (zstd(bytes.subarray(from, from + TRIAL_BYTES), 1).byteLength > TRIAL_BYTES * WORTH) return raw;
  }
  const packed = zstd(bytes, levels[kind]);
  return packed.byteLength < bytes.byteLength * WORTH ? { codec: 'zstd', bytes: packed } : raw;
}

/** Back to exactly `plain` bytes, in memory of their own; throws otherwise. */
export function decompress(codec: Codec, bytes: Uint8Array, plain: number): Uint8Array {
  const opened = codec === 'zstd' ? unzstd(bytes, plain) : bytes;
  if (opened.byteLength !== plain) throw new RangeError(`${opened.byteLength} bytes instead of ${plain}`);
  return opened;
}

/**
 * Always zstd: for the JSON of roots, pages and slices. Told how long it may become, zlib does not gather it from pieces.
 * What is tiny is put into a frame as it is: setting zstd up takes longer than all else that is done with it.
 */
export const zstd = (bytes: Uint8Array, level = 3): Buffer =>
  bytes.byteLength < TINY_BYTES
    ? rawFrame(bytes)
    : zstdCompressSync(bytes, {
        chunkSize: bytes.byteLength + (bytes.byteLength >> 8) + 128,
        params: { [constants.ZSTD_c_compressionLevel]: level },
      });

/** A whole frame whose length is not known beforehand. */
export const unzstdWhole = (bytes: Uint8Array): Uint8Array => ofRawFrame(bytes) ?? zstdDecompressSync(bytes, {});

function unzstd(bytes: Uint8Array, plain: number): Uint8Array {
  const tiny = ofRawFrame(bytes);
  if (tiny !== undefined) return ownMemory(tiny);
  // With one byte more than it takes, zlib sees in its first buffer that it is through.
  const opened = zstdDecompressSync(bytes, { chunkSize: Math.max(64, plain + 1), maxOutputLength: Math.max(1, plain) });
  return isPooled(opened) ? ownMemory(opened) : opened;
}

const isPooled = (bytes: Buffer): boolean => bytes.byteLength < Buffer.poolSize;

/** A copy that is kept for long: a short Buffer is a piece of 64 KiB, and all of them stay with it. */
export const ownMemory = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** RFC 8878: magic number; one segment, its length in one or two bytes; the header of the last block, which is raw. */
const ONE_BYTE = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20);
const TWO_BYTES = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x60);
const BLOCK_HEADER_BYTES = 3;

function rawFrame(bytes: Uint8Array): Buffer {
  const length = bytes.byteLength;
  const head = length < 256 ? [...ONE_BYTE, length] : [...TWO_BYTES, (length - 256) & 0xff, (length - 256) >> 8];
  const block = (length << 3) | 1;
  return Buffer.concat([Uint8Array.of(...head, block & 0xff, (block >> 8) & 0xff, block >> 16), bytes]);
}

/** What such a frame holds; undefined for every other one. */
function ofRawFrame(bytes: Uint8Array): Uint8Array | undefined {
  const isShort = startsWith(bytes, ONE_BYTE);
  if (!isShort && !startsWith(bytes, TWO_BYTES)) return undefined;
  const blockAt = ONE_BYTE.length + (isShort ? 1 : 2);
  const from = blockAt + BLOCK_HEADER_BYTES;
  const length = bytes.byteLength - from;
  if (length < 0 || length >= TINY_BYTES || (!isShort && length < 256)) return undefined;
  const said = isShort ? bytes[blockAt - 1] : ((bytes[blockAt - 2] ?? 0) | ((bytes[blockAt - 1] ?? 0) << 8)) + 256;
  const block = (bytes[blockAt] ?? 0) | ((bytes[blockAt + 1] ?? 0) << 8) | ((bytes[blockAt + 2] ?? 0) << 16);
  return said === length && block === ((length << 3) | 1) ? bytes.subarray(from) : undefined;
}

const startsWith = (bytes: Uint8Array, start: Uint8Array): boolean => start.every((byte, at) => bytes[at] === byte);
