import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Codec } from './objectSeal.ts';

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

/** Back to exactly `plain` bytes; throws otherwise. */
export function decompress(codec: Codec, bytes: Uint8Array, plain: number): Uint8Array {
  const opened = codec === 'zstd' ? zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, plain) }) : bytes;
  if (opened.byteLength !== plain) throw new RangeError(`${opened.byteLength} bytes instead of ${plain}`);
  return opened;
}

/** Always zstd: for the JSON of roots, pages and slices. */
export const zstd = (bytes: Uint8Array, level = 3): Buffer =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });
