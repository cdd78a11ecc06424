import type { Codec } from './objectSeal.ts';
import { constants, zstdCompressSync, zstdDecompressSync } from './youngNode.ts';

/** Text and mail pay for level 3; of binary content most is compressed already and level 1 finds the rest. */
const levels = { text: 3, mime: 3, binary: 1 } as const;
const TRIAL_BYTES = 16 * 1024;
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

/** Always zstd: for the JSON of roots, pages and slices. Told how long it may become, zlib does not gather it from pieces. */
export const zstd = (bytes: Uint8Array, level = 3): Buffer =>
  zstdCompressSync(bytes, {
    chunkSize: bytes.byteLength + (bytes.byteLength >> 8) + 128,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });

function unzstd(bytes: Uint8Array, plain: number): Uint8Array {
  // With one byte more than it takes, zlib sees in its first buffer that it is through.
  const opened = zstdDecompressSync(bytes, { chunkSize: Math.max(64, plain + 1), maxOutputLength: Math.max(1, plain) });
  return isPooled(opened) ? ownMemory(opened) : opened;
}

const isPooled = (bytes: Buffer): boolean => bytes.byteLength < Buffer.poolSize;

/** A copy that is kept for long: a short Buffer is a piece of 64 KiB, and all of them stay with it. */
export const ownMemory = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
