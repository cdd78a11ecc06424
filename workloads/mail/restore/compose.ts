import type { Attachment, Email } from 'postal-mime';
import type { Entry } from '../../../engine/model/item.ts';
import type { Message } from '../shapes.ts';
import { MARK_PROPERTY } from './existing.ts';
import type { AttachedContent, ReadMail } from './mime/readMail.ts';

/** A write to Graph may be this large, base64 included. */
export const SINGLE_POST_BYTES = 4 * 1024 * 1024;

/** PidTagMessageFlags: without the flag for unsent, a message is no draft. 1 = read. */
const READ = '1';
const UNREAD = '4';

export interface ComposedAttachment {
  /** As Graph takes them. */
  readonly properties: {
    readonly name: string;
    readonly contentType: string;
    readonly isInline: boolean;
    readonly contentId?: string;
  };
  readonly content: AttachedContent;
}

/** A message as Graph takes it. */
export interface Composed {
  /** Properties without attachments. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly attachments: readonly ComposedAttachment[];
}

/** Puts a message together from its MIME and the properties that were listed with it. */
export function composeMessage(
  { mail, attached }: ReadMail,
  entry: Entry,
  properties: Partial<Message>,
  mark: string,
): Composed {
  return {
    message: {
      subject: properties.subject ?? mail.subject ?? '',
      body: bodyOf(mail),
      ...written('internetMessageId', properties.internetMessageId ?? mail.messageId),
      ...written('from', properties.from),
      ...written('sender', properties.sender),
      ...written('toRecipients', properties.toRecipients),
      ...written('ccRecipients', properties.ccRecipients),
      ...written('bccRecipients', properties.bccRecipients),
      ...written('replyTo', properties.replyTo),
      ...written('categories', properties.categories),
      ...written('importance', properties.importance),
      ...written(
        'flag',
        properties.flag === null || properties.flag === undefined ? undefined : withoutAnnotations(properties.flag),
      ),
      ...written('inferenceClassification', properties.inferenceClassification),
      ...written('isReadReceiptRequested', properties.isReadReceiptRequested),
      ...written('isDeliveryReceiptRequested', properties.isDeliveryReceiptRequested),
      isRead: properties.isRead ?? true,
      singleValueExtendedProperties: extendedProperties(entry, properties, mark),
    },
    attachments: attached.flatMap((content, index) => {
      const attachment = mail.attachments[index];
      return attachment === undefined ? [] : [{ properties: attachmentProperties(attachment), content }];
    }),
  };
}

/** Dates and draft state are taken in the same request that makes the message, and never after. */
function extendedProperties(entry: Entry, properties: Partial<Message>, mark: string) {
  const received = properties.receivedDateTime ?? entry.receivedAt;
  const sent = properties.sentDateTime ?? entry.sentAt;
  return [
    ...(properties.isDraft === true
      ? []
      : [{ id: 'Integer 0x0E07', value: properties.isRead === false ? UNREAD : READ }]),
    ...(received === undefined ? [] : [{ id: 'SystemTime 0x0E06', value: received }]),
    ...(sent === undefined ? [] : [{ id: 'SystemTime 0x0039', value: sent }]),
    { id: MARK_PROPERTY, value: mark },
  ];
}

const bodyOf = ({ html, text }: Email) =>
  html === undefined ? { contentType: 'text', content: text ?? '' } : { contentType: 'html', content: html };

function attachmentProperties(attachment: Attachment): ComposedAttachment['properties'] {
  const { mimeType, filename, contentId, disposition, related } = attachment;
  return {
    name: filename ?? (mimeType === 'message/rfc822' ? 'message.eml' : 'attachment'),
    contentType: mimeType,
    isInline: related === true || disposition === 'inline',
    ...(contentId === undefined ? {} : { contentId: contentId.replace(/^<|>$/g, '') }),
  };
}

/** An attachment as part of a JSON write; its bytes lie in memory. */
export const fileAttachment = async ({ properties, content }: ComposedAttachment) => ({
  '@odata.type': '#microsoft.graph.fileAttachment',
  ...properties,
  contentBytes: (await wholeOf(content)).toString('base64'),
});

async function wholeOf(content: AttachedContent): Promise<Buffer> {
  const bytes = Buffer.alloc(content.size);
  let at = 0;
  for await (const piece of content.open(0)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

const written = (name: string, value: unknown): Record<string, unknown> =>
  value === null || value === undefined ? {} : { [name]: value };

const withoutAnnotations = (object: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !name.includes('@')));
