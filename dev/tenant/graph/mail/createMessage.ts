import { GraphError } from '../call.ts';
import type { TenantState } from '../tenantState.ts';
import { addAttachment } from './attachments.ts';
import { readMime } from './mime.ts';
import { previewOf, propsFromMime } from './mimeProps.ts';
import { insertMessage, nowSeconds } from './mutations.ts';

interface ExtendedProperty {
  readonly id: string;
  readonly value: string;
}

/** MAPI properties that Graph lets a creation set, and only a creation. */
const MESSAGE_FLAGS = 'integer 0x0e07';
const DELIVERY_TIME = 'systemtime 0x0e06';
const SUBMIT_TIME = 'systemtime 0x0039';
const FLAG_READ = 1;
const FLAG_UNSENT = 8;

/** Properties a client may set; dates, draft state and ids are the server's. */
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
  'conversationIndex',
  'isDeliveryReceiptRequested',
  'isReadReceiptRequested',
  'inferenceClassification',
  'flag',
  'internetMessageHeaders',
] as const;

/** A message from JSON: a draft unless PidTagMessageFlags came in the same request. Returns the row's number. */
export function createFromJson(
  state: TenantState,
  userId: string,
  folderN: number,
  body: Readonly<Record<string, unknown>>,
): number {
  const extended = extendedProperties(body);
  const property = (id: string): string | undefined =>
    extended.find((candidate) => candidate.id.toLowerCase() === id)?.value;
  const flags = property(MESSAGE_FLAGS) === undefined ? undefined : Number(property(MESSAGE_FLAGS));
  const isDraft = flags === undefined || (flags & FLAG_UNSENT) !== 0;
  const received = seconds(property(DELIVERY_TIME)) ?? nowSeconds();
  const isRead = flags === undefined ? body['isRead'] !== false : (flags & FLAG_READ) !== 0 || body['isRead'] === true;
  const attachments = (body['attachments'] as Record<string, unknown>[] | undefined) ?? [];
  const n = insertMessage(state, {
    userId,
    folderN,
    received,
    internetId: typeof body['internetMessageId'] === 'string' ? body['internetMessageId'] : undefined,
    unread: !isRead,
    ref: null,
    props: {
      createdDateTime: nowSeconds(),
      lastModifiedDateTime: nowSeconds(),
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
      ...writable(body),
      bodyPreview: previewOf((body['body'] as { content?: string } | undefined)?.content ?? ''),
      sentDateTime: seconds(property(SUBMIT_TIME)) ?? received,
      hasAttachments: attachments.some((attachment) => attachment['isInline'] !== true),
      isDraft,
      ...(extended.length > 0 ? { extended } : {}),
    },
  });
  for (const attachment of attachments) keepAttachment(state, n, attachment);
  return n;
}

/** A message from MIME is always a draft; its bytes are kept as they are. */
export async function createFromMime(
  state: TenantState,
  userId: string,
  folderN: number,
  bytes: Uint8Array,
): Promise<number> {
  const mail = await readMime(bytes);
  const received = nowSeconds();
  return insertMessage(state, {
    userId,
    folderN,
    received,
    internetId: mail.messageId,
    unread: false,
    ref: state.content.keep(bytes),
    props: propsFromMime(mail, received, true),
  });
}

export function writable(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const headers = body['internetMessageHeaders'] as { name?: string }[] | undefined;
  if (headers?.some((header) => !/^x-/i.test(header.name ?? '')) === true) {
    throw new GraphError(
      400,
      'InvalidInternetMessageHeader',
      "The internet message header name should start with 'x-' or 'X-'.",
    );
  }
  if (!['low', 'normal', 'high', undefined].includes(body['importance'] as string | undefined))
    throw new GraphError(400, 'RequestBodyRead', 'The value of importance is not valid.');
  for (const name of ['toRecipients', 'ccRecipients', 'bccRecipients', 'replyTo'] as const) {
    const list = body[name];
    if (
      list !== undefined &&
      (!Array.isArray(list) ||
        list.some((entry) => typeof (entry as { emailAddress?: unknown }).emailAddress !== 'object'))
    ) {
      throw new GraphError(400, 'ErrorInvalidRecipients', `At least one recipient of ${name} is not valid.`);
    }
  }
  return Object.fromEntries(WRITABLE.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));
}

export function extendedProperties(body: Readonly<Record<string, unknown>>): ExtendedProperty[] {
  const given = (body['singleValueExtendedProperties'] as ExtendedProperty[] | undefined) ?? [];
  for (const { id, value } of given) {
    if (
      !/^(String|Integer|SystemTime|Boolean|Long|Binary|Double|Short|CLSID)\s+(0x[0-9a-f]{1,4}|\{[0-9a-f-]{36}\}\s+(Name\s+.+|Id\s+0x[0-9a-f]+))$/i.test(
        id,
      ) ||
      typeof value !== 'string'
    ) {
      throw new GraphError(400, 'ErrorInvalidProperty', `The extended property '${id}' is not valid.`);
    }
  }
  return given;
}

function seconds(value: string | undefined): string | undefined {
  const time = Date.parse(value ?? '');
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Stores an attachment of a request body; returns its index. */
export function keepAttachment(
  state: TenantState,
  messageN: number,
  attachment: Readonly<Record<string, unknown>>,
): number {
  const odataType = String(attachment['@odata.type'] ?? '#microsoft.graph.fileAttachment').replace(/^#?/, '#');
  const name = String(attachment['name'] ?? '');
  if (name === '' && odataType === '#microsoft.graph.fileAttachment')
    throw new GraphError(400, 'ErrorInvalidRequest', 'An attachment needs a name.');
  const contentBytes = attachment['contentBytes'];
  const ref = typeof contentBytes === 'string' ? state.content.keep(Buffer.from(contentBytes, 'base64')) : '';
  return addAttachment(
    state,
    messageN,
    {
      odataType,
      name,
      contentType:
        typeof attachment['contentType'] === 'string' ? attachment['contentType'] : 'application/octet-stream',
      isInline: attachment['isInline'] === true,
      contentId: typeof attachment['contentId'] === 'string' ? attachment['contentId'] : null,
    },
    ref,
  );
}
