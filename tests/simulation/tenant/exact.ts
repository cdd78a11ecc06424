import { createHash } from 'node:crypto';
import { Content } from './content.ts';
import type { Attachment, Message } from './rows.ts';

/** What an exact copy carries, so that an import makes the same message again. */
export interface Carried {
  readonly props: Message['props'];
  readonly extended: Message['extended'];
  readonly mime: Buffer;
  readonly attachments: readonly Attachment[];
}

const MAGIC = Buffer.from('0100000008000000000000000100000004000000', 'hex');
const copies = new WeakMap<Message, { readonly content: Content; readonly base64: string }>();

/** The opaque stream of an export. Exchange gives other bytes each time; here one version has one copy. */
export function exactCopy(message: Message): { readonly content: Content; readonly base64: string } {
  const known = copies.get(message);
  if (known !== undefined) return known;
  const { props, extended, mime, attachments } = message;
  const head = Buffer.from(
    JSON.stringify({
      props,
      extended,
      attachments: attachments.map(({ content, ...facts }) => ({ ...facts, size: content.size })),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const parts = [MAGIC, length, head, ...attachments.map(({ content }) => content.bytes), mime.bytes];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const content = new Content(Buffer.concat([...parts, hash.digest()]));
  const copy = { content, base64: content.bytes.toString('base64') };
  copies.set(message, copy);
  return copy;
}

type Head = Pick<Carried, 'props' | 'extended'> & {
  readonly attachments: readonly (Omit<Attachment, 'content'> & { readonly size: number })[];
};

/** Undefined for what no export gave, or what was changed on its way. */
export function readExactCopy(bytes: Buffer): Carried | undefined {
  const content = bytes.subarray(0, -32);
  if (content.length < MAGIC.length + 4 || !content.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (!createHash('sha256').update(content).digest().equals(bytes.subarray(-32))) return undefined;
  let at = MAGIC.length + 4 + content.readUInt32LE(MAGIC.length);
  const { props, extended, attachments } = JSON.parse(content.toString('utf8', MAGIC.length + 4, at)) as Head;
  const read = attachments.map(({ size, ...facts }) => ({
    ...facts,
    contentId: facts.contentId ?? undefined,
    content: new Content(Buffer.from(content.subarray(at, (at += size)))),
  }));
  return { props, extended, attachments: read, mime: Buffer.from(content.subarray(at)) };
}
