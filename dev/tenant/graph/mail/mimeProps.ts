import { createHash } from 'node:crypto';
import type { ReadMime } from './mime.ts';

/** Properties of a message that Exchange derives from its MIME when it arrives. */
export function propsFromMime(mail: ReadMime, received: string, isDraft: boolean): Record<string, unknown> {
  const conversation = createHash('sha256')
    .update(mail.subject.replace(/^((re|fwd?|aw|wg):\s*)+/i, ''))
    .digest();
  return {
    createdDateTime: received,
    lastModifiedDateTime: received,
    subject: mail.subject,
    bodyPreview: previewOf(mail.body.content),
    importance: mail.importance,
    hasAttachments: mail.attachments.some((attachment) => !attachment.isInline),
    categories: [],
    sender: mail.sender,
    from: mail.from,
    toRecipients: mail.to,
    ccRecipients: mail.cc,
    bccRecipients: mail.bcc,
    replyTo: mail.replyTo,
    sentDateTime: mail.sentAt ?? received,
    conversationId: `AAQk${conversation.subarray(0, 24).toString('base64url')}=`,
    conversationIndex: conversation.subarray(0, 22).toString('base64'),
    isDeliveryReceiptRequested: null,
    isReadReceiptRequested: false,
    isDraft,
    inferenceClassification: 'focused',
    flag: { flagStatus: 'notFlagged' },
  };
}

export const previewOf = (content: string): string =>
  content
    .slice(0, 4000)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 255);
