import { contentOf } from '../content.ts';
import { GraphError } from '../graphError.ts';
import {
  deleteMessage,
  editMessage,
  folderOf,
  insertMessage,
  mailboxOf,
  messageOf,
  moveMessage,
} from '../mailWorld.ts';
import { attachmentIdOf, changeKeyOf } from '../ids.ts';
import type { Attachment, Mailbox, Message } from '../rows.ts';
import { secondsText } from '../world.ts';
import { contextOf } from './mailFeeds.ts';
import { listPage } from './lists.ts';
import { messageReply, refuseUnreadable } from './mailReads.ts';
import { json, jsonBody, NOTHING, OUTLOOK, param, type Handler, type Request } from './request.ts';

const MARK = /name holdfastrestore$/i;
const MESSAGE_FLAGS = 'integer 0x0e07';
const DELIVERY_TIME = 'systemtime 0x0e06';
const SUBMIT_TIME = 'systemtime 0x0039';
const IS_READ = 1;
const IS_UNSENT = 8;

/** What a client may say of a message; dates, draft state and ids are the server's. */
const WRITABLE = [
  'subject',
  'body',
  'importance',
  'categories',
  'sender',
  'from',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
  'isDeliveryReceiptRequested',
  'isReadReceiptRequested',
  'inferenceClassification',
  'flag',
] as const;
/** What may still change once a message is no draft. */
const ALWAYS_PATCHABLE = new Set([
  'isRead',
  'categories',
  'flag',
  'importance',
  'inferenceClassification',
  'singleValueExtendedProperties',
  'isDeliveryReceiptRequested',
  'isReadReceiptRequested',
]);

type Extended = Message['extended'];

export const markOf = (extended: Extended): string | undefined => extended.find(({ id }) => MARK.test(id))?.value;

export function wroteMessage(
  request: Request,
  kind: 'created' | 'changed' | 'moved' | 'removed',
  mailbox: Mailbox,
  message: Message,
): void {
  const mark = markOf(message.extended);
  request.wrote({
    kind,
    what: 'message',
    resource: mailbox.owner,
    sourceId: message.id,
    parent: message.folder,
    name: String(message.props['subject'] ?? ''),
    original: message.mime.sha256,
    ...(mark === undefined ? {} : { mark }),
  });
}

const writable = (body: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(WRITABLE.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));

function extendedOf(body: Readonly<Record<string, unknown>>): Extended {
  const given = (body['singleValueExtendedProperties'] ?? []) as Extended;
  for (const { id, value } of given)
    if (
      !/^(String|Integer|SystemTime)\s+(0x[0-9a-f]{1,4}|\{[0-9a-f-]{36}\}\s+Name\s+.+)$/i.test(id) ||
      typeof value !== 'string'
    )
      throw new GraphError(400, 'ErrorInvalidProperty', `The extended property '${id}' is not valid.`);
  return given;
}

function attachmentOf(given: Readonly<Record<string, unknown>>): Attachment {
  const { name, contentType, isInline, contentId, contentBytes } = given;
  if (typeof name !== 'string' || typeof contentBytes !== 'string')
    throw new GraphError(400, 'ErrorInvalidRequest', 'An attachment needs a name and its bytes.');
  return {
    name,
    contentType: typeof contentType === 'string' ? contentType : 'application/octet-stream',
    isInline: isInline === true,
    contentId: typeof contentId === 'string' ? contentId : undefined,
    content: contentOf(Buffer.from(contentBytes, 'base64')),
  };
}

/** A draft, unless PidTagMessageFlags came in the same request. */
export const messageCreate: Handler = (request) => {
  const { world } = request;
  const mailbox = mailboxOf(world, param(request, 0));
  const folder = folderOf(mailbox, param(request, 1));
  const body = jsonBody(request);
  const extended = extendedOf(body);
  const property = (id: string): string | undefined => extended.find((one) => one.id.toLowerCase() === id)?.value;
  const flags = property(MESSAGE_FLAGS) === undefined ? undefined : Number(property(MESSAGE_FLAGS));
  const received = secondsOf(property(DELIVERY_TIME)) ?? world.nowText();
  const attachments = ((body['attachments'] ?? []) as readonly Readonly<Record<string, unknown>>[]).map(attachmentOf);
  const internetMessageId = body['internetMessageId'];
  const message = insertMessage(world, mailbox, folder.id, {
    props: {
      ...firstProps(world.nowText()),
      ...writable(body),
      receivedDateTime: received,
      sentDateTime: secondsOf(property(SUBMIT_TIME)) ?? received,
      internetMessageId:
        typeof internetMessageId === 'string' ? internetMessageId : `<made.${world.nextNumber()}@contoso.example>`,
      isRead: flags === undefined ? body['isRead'] !== false : (flags & IS_READ) !== 0 || body['isRead'] === true,
      isDraft: flags === undefined || (flags & IS_UNSENT) !== 0,
      hasAttachments: attachments.some(({ isInline }) => !isInline),
    },
    extended,
    attachments,
    fault: undefined,
    mime: undefined,
  });
  wroteMessage(request, 'created', mailbox, message);
  return messageReply(request, 201, mailbox, message);
};

export const firstProps = (now: string): Readonly<Record<string, unknown>> => ({
  createdDateTime: now,
  lastModifiedDateTime: now,
  subject: '',
  importance: 'normal',
  categories: [],
  toRecipients: [],
  ccRecipients: [],
  bccRecipients: [],
  replyTo: [],
  isReadReceiptRequested: false,
  inferenceClassification: 'focused',
  flag: { flagStatus: 'notFlagged' },
  body: { contentType: 'text', content: '' },
});

function secondsOf(text: string | undefined): string | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : secondsText(time);
}

export const messageUpdate: Handler = (request) => {
  const { world, headers } = request;
  const mailbox = mailboxOf(world, param(request, 0));
  const message = messageOf(mailbox, param(request, 1));
  const body = jsonBody(request);
  const wanted = headers['if-match'];
  if (wanted !== undefined && wanted !== '*' && !wanted.includes(changeKeyOf(message.changedSeq)))
    throw new GraphError(412, 'ErrorIrresolvableConflict', 'The change key does not match.');
  const late = Object.keys(body).filter((name) => !name.includes('@') && !ALWAYS_PATCHABLE.has(name));
  if (message.props['isDraft'] !== true && late.length > 0)
    throw new GraphError(403, 'ErrorAccessDenied', `Updating ${late.join()} needs Mail-Advanced.ReadWrite.`);
  const given = extendedOf(body);
  const names = new Set(given.map(({ id }) => id.toLowerCase()));
  const changed = editMessage(world, mailbox, message, {
    props: { ...writable(body), ...(typeof body['isRead'] === 'boolean' ? { isRead: body['isRead'] } : {}) },
    extended: [...message.extended.filter(({ id }) => !names.has(id.toLowerCase())), ...given],
  });
  wroteMessage(request, 'changed', mailbox, changed);
  return messageReply(request, 200, mailbox, changed);
};

export const messageMove: Handler = (request) => {
  const { world } = request;
  const mailbox = mailboxOf(world, param(request, 0));
  const target = folderOf(mailbox, String(jsonBody(request)['destinationId'] ?? ''));
  const moved = moveMessage(world, mailbox, messageOf(mailbox, param(request, 1)), target.id);
  wroteMessage(request, 'moved', mailbox, moved);
  return messageReply(request, 201, mailbox, moved);
};

export const messageRemove: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  const message = messageOf(mailbox, param(request, 1));
  deleteMessage(request.world, mailbox, message);
  wroteMessage(request, 'removed', mailbox, message);
  return NOTHING;
};

/** sendMail, send, reply, forward: whatever would reach somebody. */
export const messageSend: Handler = (request) => {
  request.reached('mails');
  return { status: 202 };
};

export const attachmentList: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  const message = messageOf(mailbox, param(request, 1));
  refuseUnreadable(message);
  return listPage(
    request,
    message.attachments.map((attachment, index) => () => JSON.stringify(attachmentEntity(message, attachment, index))),
    request.limits.messages,
    `users('${mailbox.owner}')/messages/attachments`,
  );
};

const attachmentEntity = (message: Message, { content, contentId, ...facts }: Attachment, index: number): object => ({
  '@odata.type': '#microsoft.graph.fileAttachment',
  id: attachmentIdOf(message.id, index),
  ...facts,
  ...(contentId === undefined ? {} : { contentId }),
  size: content.size,
});

export const attachmentCreate: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  const message = messageOf(mailbox, param(request, 1));
  const attachment = attachmentOf(jsonBody(request));
  const index = addAttachment(request, mailbox, message, attachment);
  return json(201, {
    '@odata.context': contextOf('attachments/$entity'),
    ...attachmentEntity(message, attachment, index),
  });
};

/** Answers its place. */
export function addAttachment(request: Request, mailbox: Mailbox, message: Message, attachment: Attachment): number {
  const changed = editMessage(request.world, mailbox, message, {
    props: { hasAttachments: true },
    attachments: [...message.attachments, attachment],
  });
  const mark = markOf(changed.extended);
  request.wrote({
    kind: 'created',
    what: 'attachment',
    resource: mailbox.owner,
    sourceId: attachmentIdOf(message.id, message.attachments.length),
    parent: message.id,
    name: attachment.name,
    original: attachment.content.sha256,
    ...(mark === undefined ? {} : { mark }),
  });
  return message.attachments.length;
}

const LEAST_SESSION_BYTES = 3 * 1024 * 1024;
const MOST_SESSION_BYTES = 150 * 1024 * 1024;

export const attachmentSession: Handler = (request) => {
  const { world, call, limits } = request;
  const mailbox = mailboxOf(world, param(request, 0));
  const message = messageOf(mailbox, param(request, 1));
  const item = (jsonBody(request)['AttachmentItem'] ?? {}) as Readonly<Record<string, unknown>>;
  const size = Number(item['size']);
  if (item['attachmentType'] !== 'file' || typeof item['name'] !== 'string')
    throw new GraphError(400, 'ErrorInvalidRequest', 'Only file attachments with a name go through a session.');
  if (!(size >= LEAST_SESSION_BYTES))
    throw new GraphError(400, 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize', 'It is smaller than 3 MB.');
  if (size > MOST_SESSION_BYTES)
    throw new GraphError(400, 'ErrorAttachmentSizeLimitExceeded', 'It is larger than 150 MB.');
  const id = `a${world.nextNumber()}`;
  const { name, contentType, isInline, contentId } = item;
  const expiresAt = world.now() + limits.sessionMs;
  world.sessions.set(id, {
    id,
    app: call.app,
    target: {
      kind: 'attachment',
      mailbox: mailbox.owner,
      message: message.id,
      attachment: {
        name,
        contentType: typeof contentType === 'string' ? contentType : 'application/octet-stream',
        isInline: isInline === true,
        contentId: typeof contentId === 'string' ? contentId : undefined,
      },
    },
    size,
    chunks: [],
    received: 0,
    expiresAt,
  });
  return json(201, {
    '@odata.context': contextOf('microsoft.graph.uploadSession'),
    uploadUrl: `${OUTLOOK}/api/gv1.0/Users('${mailbox.owner}')/AttachmentSessions('${id}')?authtoken=${id}`,
    expirationDateTime: new Date(expiresAt).toISOString(),
    nextExpectedRanges: ['0-'],
  });
};
