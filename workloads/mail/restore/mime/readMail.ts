import PostalMime, { type Attachment, type Email } from 'postal-mime';
import { Fault } from '../../../../engine/fault.ts';
import { abridge, type LeftOut } from './abridge.ts';
import { decoderOf } from './decoders.ts';

/**
 * Opens the message from byte `from` on, as often as it is asked. The first `again` bytes are only read to get back to
 * where an earlier attempt stood.
 */
export type OpenMime = (from: number, again: number) => AsyncIterable<Uint8Array>;

/** The bytes of an attachment, decoded. */
export interface AttachedContent {
  readonly size: number;
  /** From byte `from` on. What is long is read from the message each time, in pieces that the next one overwrites. */
  open(from: number): AsyncIterable<Uint8Array>;
}

export interface ReadMail {
  /** Take the attachments' bytes from `attached`: those in here are not always their own. */
  readonly mail: Email;
  /** In the order of `mail.attachments`. */
  readonly attached: readonly AttachedContent[];
}

/**
 * Reads a message with postal-mime. Bodies longer than `longFrom` bytes stay where they are and are decoded when they are
 * asked for, so that memory does not grow with the attachments. Fault `unsupported` for a message that cannot be read,
 * `too-large` when it is large without its attachments.
 */
export async function readMail(open: OpenMime, longFrom: number): Promise<ReadMail> {
  const keep = new Set<number>();
  for (;;) {
    const { mime, leftOut } = await abridge(open(0, Infinity), { longFrom, keep });
    const mail = await parsed(mime);
    const byStandIn = new Map(leftOut.map((one) => [one.standIn.toString('latin1'), one]));
    const owners = mail.attachments.map((attachment) => ownedBy(attachment, byStandIn));
    const owned = new Set(owners);
    const ownerless = leftOut.filter((one) => !owned.has(one));
    if (ownerless.length === 0)
      return {
        mail,
        attached: mail.attachments.map((attachment, index) => {
          const body = owners[index];
          return body === undefined ? inMemory(bytesOf(attachment)) : inMessage(open, body);
        }),
      };
    // No attachment alone, but text, or part of something: read it whole.
    for (const { from } of ownerless) keep.add(from);
  }
}

async function parsed(mime: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(mime, { forceRfc822Attachments: true });
  } catch (cause) {
    throw new Fault('unsupported', 'The message is built in a way that cannot be read', {
      code: 'MessageUnreadable',
      cause,
    });
  }
}

const LONGER_THAN_STAND_INS = 100;

/** Invitations are written anew by postal-mime, in another character set: they must be read whole. */
const REWRITTEN = new Set(['text/calendar', 'application/ics']);

/** The body that was left out and is all of this attachment. */
function ownedBy(attachment: Attachment, byStandIn: ReadonlyMap<string, LeftOut>): LeftOut | undefined {
  if (REWRITTEN.has(attachment.mimeType)) return undefined;
  return byStandIn.get(bytesOf(attachment).toString('latin1', 0, LONGER_THAN_STAND_INS));
}

const bytesOf = ({ content }: Attachment): Buffer =>
  typeof content === 'string'
    ? Buffer.from(content)
    : Buffer.from(content instanceof ArrayBuffer ? new Uint8Array(content) : content);

const inMemory = (bytes: Buffer): AttachedContent => ({
  size: bytes.length,
  async *open(from) {
    yield bytes.subarray(from);
  },
});

const inMessage = (open: OpenMime, body: LeftOut): AttachedContent => ({
  size: body.size,
  async *open(from) {
    let skipped = 0;
    for await (const bytes of decoded(open, body, from)) {
      const skip = Math.min(bytes.length, from - skipped);
      skipped += skip;
      if (skip < bytes.length) yield bytes.subarray(skip);
    }
  },
});

async function* decoded(open: OpenMime, { from, to, encoding, size }: LeftOut, skip: number): AsyncGenerator<Buffer> {
  const decoder = decoderOf(encoding);
  let at = from;
  for await (const piece of open(from, Math.ceil(((to - from) * skip) / Math.max(1, size)))) {
    const part = piece.subarray(0, to - at);
    at += part.length;
    yield* decoder.push(part);
    if (at === to) break;
  }
  yield decoder.end();
}
