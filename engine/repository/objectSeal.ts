import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Fault } from '../fault.ts';
import { deriveKey } from './keyRing.ts';
import type { KeyRing } from './keyRing.ts';

/** What a sealed object is; part of its key and of everything it authenticates. */
export type ObjectKind = 'content' | 'meta' | 'slice' | 'root' | 'index' | 'moved';
export type Codec = 'raw' | 'zstd';

export interface ObjectHeader {
  readonly kind: ObjectKind;
  readonly epoch: number;
  /** 32 hex, random, drawn when sealing starts: the object's key hangs on it, so no two sealings share a key. */
  readonly id: string;
}

/** What is bound beside the bytes themselves. */
export interface SegmentFacts {
  readonly index: number;
  /** Segments in the object where that is known when sealing (single objects, trailers), else 0. */
  readonly count: number;
  /** Bytes after decompression. */
  readonly plain: number;
  readonly codec: Codec;
}

export const OBJECT_FORMAT = 1;
export const HEADER_BYTES = 32;
export const TAG_BYTES = 16;
const FACTS_BYTES = 13;
/** Index of a pack's trailer; segments stay far below. */
export const TRAILER_INDEX = 0xffff_ffff;

const MAGIC = Buffer.from('HFST');
const kindCodes: Readonly<Record<ObjectKind, number>> = { content: 1, meta: 2, slice: 3, root: 4, index: 5, moved: 6 };
const codecCodes: Readonly<Record<Codec, number>> = { raw: 0, zstd: 1 };

/** 32 bytes: `HFST`, format, kind, 2 zero bytes, epoch, 4 zero bytes, id. Integers big-endian. */
export function writeHeader(header: ObjectHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt8(OBJECT_FORMAT, 4);
  bytes.writeUInt8(kindCodes[header.kind], 5);
  bytes.writeUInt32BE(header.epoch, 8);
  bytes.write(header.id, 16, 'hex');
  return bytes;
}

/** The header of the object `name`, which must be of `kind`. Faults `corrupt`, `unsupported` (written by a newer app). */
export function readHeader(bytes: Uint8Array, kind: ObjectKind, name: string): ObjectHeader {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEADER_BYTES));
  if (head.length < HEADER_BYTES || !head.subarray(0, 4).equals(MAGIC))
    throw notWhatWasWritten(name, 'its header is not ours');
  const format = head.readUInt8(4);
  if (format > OBJECT_FORMAT) {
    throw new Fault(
      'unsupported',
      `${name} is of object format ${format}; this version reads up to ${OBJECT_FORMAT}. Use the version that wrote it.`,
      { origin: 'storage' },
    );
  }
  const header: ObjectHeader = { kind, epoch: head.readUInt32BE(8), id: head.toString('hex', 16, 32) };
  if (!writeHeader(header).equals(head)) throw notWhatWasWritten(name, 'its header was changed');
  return header;
}

/** Epoch that the header of a sealed object names, unchecked; undefined for bytes that are no such object. */
export function epochOf(bytes: Uint8Array): number | undefined {
  if (bytes.byteLength < HEADER_BYTES || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8);
}

/** Seals and opens the segments of one object. */
export interface ObjectSeal {
  /** Ciphertext with its tag behind, in pieces. Each index is used once in the life of an object. */
  seal(facts: SegmentFacts, bytes: Uint8Array): readonly Buffer[];
  /** Fault `corrupt` naming the object when a single bit of bytes, place or facts differs. */
  open(facts: SegmentFacts, sealed: Uint8Array): Buffer;
}

/** `name` is the blob's name: a blob that was moved or swapped does not open. */
export function objectSeal(ring: KeyRing, header: ObjectHeader, name: string): ObjectSeal {
  if (!ring.hasEpoch(header.epoch)) {
    throw new Fault(
      'missing',
      `keys/${header.epoch}, under which ${name} says it was sealed, is missing. Bring the key record back; if there never was one, ${name} is damaged.`,
      { origin: 'storage' },
    );
  }
  const key = deriveKey(ring.epochKey(header.epoch), Buffer.from(header.id, 'hex'), header.kind);
  const bound = boundTo(ring, header, name);

  return {
    seal(facts, bytes) {
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(facts.index));
      cipher.setAAD(associated(bound, facts));
      return [cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
    },
    open(facts, sealed) {
      if (sealed.byteLength < TAG_BYTES) throw notWhatWasWritten(name, `segment ${facts.index} is cut off`);
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(facts.index), { authTagLength: TAG_BYTES });
      decipher.setAAD(associated(bound, facts));
      decipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
      const plain = decipher.update(sealed.subarray(0, sealed.byteLength - TAG_BYTES));
      try {
        decipher.final();
      } catch (cause) {
        throw notWhatWasWritten(
          name,
          facts.index === TRAILER_INDEX ? 'its trailer does not open' : `segment ${facts.index} does not open`,
          cause,
        );
      }
      return plain;
    },
  };
}

/** The fault for bytes that fail a check. */
export const notWhatWasWritten = (name: string, what: string, cause?: unknown): Fault =>
  new Fault(
    'corrupt',
    `${name} is damaged: ${what}. Restore the blob from a copy of the storage account, or back the items up again.`,
    { origin: 'storage', cause },
  );

const nonceOf = (index: number): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 8);
  return nonce;
};

/** Header, tenant, repository, name, and room for the facts of a segment. */
const boundTo = (ring: KeyRing, header: ObjectHeader, name: string): Buffer =>
  Buffer.concat([
    writeHeader(header),
    lengthFirst(ring.tenant),
    lengthFirst(ring.repository),
    lengthFirst(name),
    Buffer.alloc(FACTS_BYTES),
  ]);

/** `bound` with these facts at its end; the same memory for every segment of an object. */
function associated(bound: Buffer, facts: SegmentFacts): Buffer {
  const at = bound.length - FACTS_BYTES;
  bound.writeUInt32BE(facts.index, at);
  bound.writeUInt32BE(facts.count, at + 4);
  bound.writeUInt32BE(facts.plain, at + 8);
  bound.writeUInt8(codecCodes[facts.codec], at + 12);
  return bound;
}

/** Length before text, so that two neighbours cannot be read as one. */
function lengthFirst(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
