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

/** The same before it is exported: content is read while it is written out. */
export interface StoredItem extends Omit<ExportedItem, 'mime' | 'attachments'> {
  readonly mime: StoredContent | null;
  readonly attachments: readonly { readonly props: string; readonly content: StoredContent }[];
}

export interface StoredContent {
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

const MAGIC = Buffer.from('0100000008000000000000000100000004000000', 'hex');

/**
 * The opaque stream of exportItems, as base64 text in pieces. As with Exchange, two exports of the same item differ in
 * their bytes, and only what was exported can be imported; a changed byte is noticed.
 */
export async function* writeTransferStream(item: StoredItem): AsyncGenerator<string> {
  const { mime, attachments, ...head } = item;
  const parts = [...(mime === null ? [] : [mime]), ...attachments.map((attachment) => attachment.content)];
  const header = deflateRawSync(
    JSON.stringify({
      ...head,
      hasMime: mime !== null,
      attachments: attachments.map(({ props }) => props),
      sizes: parts.map((part) => part.size),
      nonce: randomBytes(8).toString('hex'),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const hash = createHash('sha256');
  let carried = Buffer.alloc(0);
  const encode = (piece: Uint8Array): string => {
    const bytes = Buffer.concat([carried, piece]);
    const whole = bytes.length - (bytes.length % 3);
    carried = bytes.subarray(whole);
    return bytes.subarray(0, whole).toString('base64');
  };
  const start = Buffer.concat([MAGIC, length, header]);
  hash.update(start);
  yield encode(start);
  for (const part of parts) {
    for await (const piece of part.read()) {
      hash.update(piece);
      yield encode(piece);
    }
  }
  yield encode(hash.digest());
  yield carried.toString('base64');
}

/** Reads a stream back; undefined when it is none of ours or was changed. */
export function readTransferStream(stream: Buffer): ExportedItem | undefined {
  const content = stream.subarray(0, -32);
  if (content.length < MAGIC.length + 4 || !content.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (!createHash('sha256').update(content).digest().equals(stream.subarray(-32))) return undefined;
  const headerEnd = MAGIC.length + 4 + content.readUInt32LE(MAGIC.length);
  const header = JSON.parse(inflateRawSync(content.subarray(MAGIC.length + 4, headerEnd)).toString()) as Omit<
    ExportedItem,
    'mime' | 'attachments'
  > & {
    readonly hasMime: boolean;
    readonly attachments: readonly string[];
    readonly sizes: readonly number[];
  };
  let at = headerEnd;
  const parts = header.sizes.map((size) => content.subarray(at, (at += size)));
  const mime = header.hasMime ? (parts.shift() ?? null) : null;
  const { received, internetId, unread, props } = header;
  return {
    received,
    internetId,
    unread,
    props,
    mime,
    attachments: header.attachments.map((kept, index) => ({ props: kept, bytes: parts[index] ?? Buffer.alloc(0) })),
  };
}
