import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Everything that makes up an item, so that an import can build it again exactly. */
export interface ExportedItem {
  readonly received: string;
  readonly internetId: string;
  readonly unread: boolean;
  readonly props: Readonly<Record<string, unknown>>;
  /** Stored MIME; empty when the message was written as JSON. */
  readonly mime: Uint8Array | null;
  readonly attachments: readonly { readonly props: string; readonly bytes: Uint8Array }[];
}

const MAGIC = Buffer.from('0100000008000000000000000100000004000000', 'hex');

/**
 * The opaque stream of exportItems. As with Exchange, two exports of the same item differ in their bytes, and only
 * what was exported can be imported; a changed byte is noticed.
 */
export function writeTransferStream(item: ExportedItem): Buffer {
  const { mime, attachments, ...head } = item;
  const parts = [...(mime === null ? [] : [mime]), ...attachments.map((attachment) => attachment.bytes)];
  const header = deflateRawSync(
    JSON.stringify({ ...head, hasMime: mime !== null, attachments: attachments.map(({ props }) => props), sizes: parts.map((part) => part.length), nonce: randomBytes(8).toString('hex') }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const content = Buffer.concat([MAGIC, length, header, ...parts]);
  return Buffer.concat([content, createHash('sha256').update(content).digest()]);
}

/** Reads a stream back; undefined when it is none of ours or was changed. */
export function readTransferStream(stream: Buffer): ExportedItem | undefined {
  const content = stream.subarray(0, -32);
  if (content.length < MAGIC.length + 4 || !content.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (!createHash('sha256').update(content).digest().equals(stream.subarray(-32))) return undefined;
  const headerEnd = MAGIC.length + 4 + content.readUInt32LE(MAGIC.length);
  const header = JSON.parse(inflateRawSync(content.subarray(MAGIC.length + 4, headerEnd)).toString()) as Omit<ExportedItem, 'mime' | 'attachments'> & {
    readonly hasMime: boolean;
    readonly attachments: readonly string[];
    readonly sizes: readonly number[];
  };
  let at = headerEnd;
  const parts = header.sizes.map((size) => content.subarray(at, (at += size)));
  const mime = header.hasMime ? (parts.shift() ?? null) : null;
  const { received, internetId, unread, props } = header;
  return { received, internetId, unread, props, mime, attachments: header.attachments.map((kept, index) => ({ props: kept, bytes: parts[index] ?? Buffer.alloc(0) })) };
}
