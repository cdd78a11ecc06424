import * as crypto from 'node:crypto';
import * as zlib from 'node:zlib';
import { decompress } from 'fzstd';
import { Fault } from '../../engine/fault.ts';

/*
 * Stands in the bundled file in place of `engine/repository/youngNode.ts`: the same exports on any Node from 20 on. What
 * the running Node has itself is used, being faster.
 */

type Hash = (algorithm: string, data: Uint8Array, encoding: 'buffer') => Buffer;

const native: { readonly [name: string]: unknown } = { ...crypto, ...zlib };

export const hash: Hash =
  (native.hash as Hash | undefined) ?? ((algorithm, data) => crypto.createHash(algorithm).update(data).digest());

type Unzstd = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;

export const zstdDecompressSync: Unzstd =
  (native.zstdDecompressSync as Unzstd | undefined) ??
  ((bytes, { maxOutputLength }) => {
    const opened = decompress(bytes);
    if (opened.byteLength > maxOutputLength) throw new RangeError(`More than ${maxOutputLength} bytes`);
    return Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength);
  });

/** Recovery writes nothing into a repository. */
export function zstdCompressSync(): Buffer {
  throw new Fault('unsupported', 'This file only reads repositories.');
}

export const constants: { readonly [name: string]: number } = zlib.constants as unknown as {
  readonly [name: string]: number;
};
