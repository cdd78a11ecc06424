import { z } from 'zod';
import type { RestoreContext, WriteOrder } from '../../../engine/connector.ts';
import { Fault, isFault } from '../../../engine/fault.ts';
import { mailboxScope, segment, type CallOptions, type Graph, type UploadTarget } from '../../../graph/index.ts';
import { pagesOf } from '../../reading/pagesOf.ts';
import { restoreOptions } from '../../restoreOptions.ts';
import { messageShape, type Message } from '../shapes.ts';
import { fileAttachment, type Composed, type ComposedAttachment } from './compose.ts';
import { MARK_PROPERTY, marked } from './existing.ts';
import type { AttachedContent } from './mime/readMail.ts';

/** Up to here an attachment goes in one request; above, in an upload session. */
const INLINE_BYTES = 3 * 1024 * 1024;
const SESSION_BYTES = 150 * 1024 * 1024;
/** Outlook takes ranges of at most 4 MB. */
const RANGE_BYTES = 12 * 320 * 1024;

const sessionShape = z.object({ uploadUrl: z.string() });
/** Where an upload stood: sealed by the engine, read by nobody else. */
const progressShape = z.object({ message: z.string(), number: z.number(), url: z.string() });
const attachedShape = z.object({ id: z.string() });

/** Graph as the backup app reads it and as the restore app writes it. */
export interface MailGraphs {
  readonly read: Graph;
  readonly write: Graph;
}

/** The mark of a draft that is still being filled: it does not count as restored. */
export const unfinishedMark = (mark: string): string => `${mark}/unfinished`;

/**
 * A message too large for one write: a draft first, then its attachments one by one, in order, so that an attempt which
 * was cut off is continued by their number. It stays a draft; Graph lets nobody change that later.
 */
export async function writeLargeMessage(
  { read, write: graph }: MailGraphs,
  userId: string,
  folderId: string,
  composed: Composed,
  order: WriteOrder,
  context: RestoreContext,
): Promise<Message> {
  for (const { properties, content } of composed.attachments)
    if (content.size > SESSION_BYTES)
      throw new Fault(
        'too-large',
        `The attachment ${properties.name} is larger than the 150 MB that Microsoft Graph takes`,
        {
          origin: 'graph',
          code: 'AttachmentTooLarge',
        },
      );
  const options = restoreOptions(mailboxScope(userId), context);
  const path = `/users/${segment(userId)}`;
  const draft =
    (await marked(graph, userId, folderId, unfinishedMark(order.mark), context)) ??
    (await graph.post(
      messageShape,
      `${path}/mailFolders/${segment(folderId)}/messages`,
      asUnfinishedDraft(composed),
      options,
    ));
  const message = `${path}/messages/${segment(draft.id)}`;
  const present = await attachmentsOf(read, message, options);
  for (const [number, attachment] of composed.attachments.entries())
    if (number >= present) await attach(graph, message, attachment, options, sessionKept(order, message, number));
  // Only now does it count: the finished mark is what a later look-up finds.
  return graph.patch(
    messageShape,
    message,
    { singleValueExtendedProperties: [{ id: MARK_PROPERTY, value: order.mark }] },
    options,
  );
}

async function attachmentsOf(graph: Graph, message: string, options: CallOptions): Promise<number> {
  const ids = new Set<string>();
  const pages = pagesOf(graph, attachedShape, `${message}/attachments`, {
    ...options,
    query: { $select: 'id', $top: '1000' },
  });
  for await (const { id } of pages) ids.add(id);
  return ids.size;
}

function asUnfinishedDraft({ message }: Composed): Record<string, unknown> {
  const properties = z
    .array(z.object({ id: z.string(), value: z.string() }))
    .parse(message['singleValueExtendedProperties']);
  return {
    ...message,
    singleValueExtendedProperties: properties
      .filter(({ id }) => id !== 'Integer 0x0E07')
      .map(({ id, value }) => (id === MARK_PROPERTY ? { id, value: unfinishedMark(value) } : { id, value })),
  };
}

/** The upload session of one attachment, from one attempt to the next. */
interface KeptSession {
  readonly url: string | undefined;
  keep(url: string): Promise<void>;
}

/** What a mailbox takes in five minutes can be less than one attachment: an attempt goes on where the last one stood. */
function sessionKept(order: WriteOrder, message: string, number: number): KeptSession {
  const known = order.progress === undefined ? undefined : progressShape.safeParse(JSON.parse(order.progress)).data;
  return {
    url: known?.message === message && known.number === number ? known.url : undefined,
    keep: (url) => order.saveProgress(JSON.stringify({ message, number, url })),
  };
}

async function attach(
  graph: Graph,
  message: string,
  attachment: ComposedAttachment,
  options: ReturnType<typeof restoreOptions>,
  session: KeptSession,
): Promise<void> {
  const { properties, content } = attachment;
  if (content.size < INLINE_BYTES) {
    await graph.post(attachedShape, `${message}/attachments`, await fileAttachment(attachment), options);
    return;
  }
  const { name, ...others } = properties;
  const item = { attachmentType: 'file', name, size: content.size, ...others };
  const open = async () => {
    const { uploadUrl } = await graph.post(
      sessionShape,
      `${message}/attachments/createUploadSession`,
      { AttachmentItem: item },
      options,
    );
    await session.keep(uploadUrl);
    return { upload: graph.upload(uploadUrl, options), at: 0 };
  };
  const { upload, at: from } = (await goneOn(graph, session, options)) ?? (await open());
  try {
    for (let at = from; at < content.size;) {
      const next = await sendFrom(upload, content, at);
      if (next === undefined) return;
      if (next <= at) break;
      at = next;
    }
  } catch (error) {
    if (!isFault(error, 'not-found')) throw error;
  }
  throw new Fault('unavailable', 'The upload of an attachment did not end', { origin: 'graph', outcomeUnknown: true });
}

/** Sends what follows byte `at`. Answers where the service wants to go on, when that is another place than it was sent. */
async function sendFrom(upload: UploadTarget, content: AttachedContent, at: number): Promise<number | undefined> {
  for await (const range of rangesOf(content.open(at))) {
    const state = await upload.putRange(range, at, content.size);
    if (state.kind === 'complete') return undefined;
    at += range.length;
    if (state.nextByte !== at) return state.nextByte;
  }
  return at;
}

/** Pieces of the size that Outlook takes. Each is overwritten by the next. */
async function* rangesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const range = Buffer.allocUnsafe(RANGE_BYTES);
  let filled = 0;
  for await (const piece of bytes)
    for (let rest = piece; rest.length > 0;) {
      const part = rest.subarray(0, RANGE_BYTES - filled);
      range.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled < RANGE_BYTES) continue;
      yield range;
      filled = 0;
    }
  if (filled > 0) yield range.subarray(0, filled);
}

/** Undefined where there is no session that still stands: then another one begins. */
async function goneOn(
  graph: Graph,
  { url }: KeptSession,
  options: ReturnType<typeof restoreOptions>,
): Promise<{ readonly upload: UploadTarget; readonly at: number } | undefined> {
  if (url === undefined) return undefined;
  const upload = graph.upload(url, options);
  try {
    const state = await upload.status();
    return state.kind === 'open' ? { upload, at: state.nextByte } : undefined;
  } catch (error) {
    if (isFault(error, 'throttled', 'cancelled')) throw error;
    return undefined;
  }
}
