import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import type { TenantState } from '../tenantState.ts';
import { attachmentsOf } from './attachments.ts';
import type { MessageRow } from './mailboxes.ts';
import { propsOf } from './messageEntity.ts';
import { readMime, type Recipient } from './mime.ts';

/** The MIME of a message that was written as JSON; the same bytes for the same content, also of a copy. */
export async function composeMime(state: TenantState, row: MessageRow): Promise<Buffer> {
  const props = propsOf(row);
  const stored = row.ref === null ? undefined : (await readMime(state.content.bytes(row.ref))).body;
  const body = (props['body'] as { contentType: string; content: string } | undefined) ??
    stored ?? { contentType: 'text', content: '' };
  const composer = new MailComposer({
    from: addresses(props['from'] === null || props['from'] === undefined ? [] : [props['from'] as Recipient])[0],
    to: addresses(props['toRecipients']),
    cc: addresses(props['ccRecipients']),
    bcc: addresses(props['bccRecipients']),
    replyTo: addresses(props['replyTo']),
    subject: String(props['subject'] ?? ''),
    messageId: row.internet_id,
    date: new Date(String(props['sentDateTime'] ?? row.received)),
    ...(body.contentType.toLowerCase() === 'html' ? { html: body.content } : { text: body.content }),
    baseBoundary: createHash('sha256').update(row.internet_id).digest('hex').slice(0, 24),
    attachments: (await attachmentsOf(state, row)).map((attachment) => ({
      filename: attachment.name,
      contentType: attachment.contentType ?? 'application/octet-stream',
      contentDisposition: attachment.isInline ? ('inline' as const) : ('attachment' as const),
      ...(attachment.contentId === null ? {} : { cid: attachment.contentId }),
      content: attachment.bytes(),
    })),
  });
  const node = composer.compile();
  node.keepBcc = true;
  return node.build();
}

function addresses(list: unknown): { name: string; address: string }[] {
  return ((list ?? []) as Recipient[]).map(({ emailAddress }) => ({
    name: emailAddress.name ?? '',
    address: emailAddress.address ?? '',
  }));
}
