import { Content } from './content.ts';
import type { Attachment } from './rows.ts';

interface Recipient {
  readonly emailAddress?: { readonly name?: string | null; readonly address?: string | null } | null;
}

const word = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;

const addressOf = ({ emailAddress }: Recipient): string =>
  emailAddress?.name ? `${word(emailAddress.name)} <${emailAddress.address ?? ''}>` : (emailAddress?.address ?? '');

const lines = (base64: string): string => base64.replaceAll(/.{76}/g, '$&\r\n');

const part = (headers: readonly string[], bytes: Buffer): string =>
  [...headers, 'Content-Transfer-Encoding: base64', '', lines(bytes.toString('base64')), ''].join('\r\n');

/** The MIME that Exchange makes of a message that was written as JSON: the same bytes for the same message. */
export function composeMime(props: Readonly<Record<string, unknown>>, attachments: readonly Attachment[]): Content {
  const list = (name: string): string => ((props[name] ?? []) as readonly Recipient[]).map(addressOf).join(', ');
  const from = props['from'] as Recipient | null | undefined;
  const body = (props['body'] ?? { contentType: 'text', content: '' }) as { contentType: string; content: string };
  const header = (name: string, value: string): readonly string[] => (value === '' ? [] : [`${name}: ${value}`]);
  const head = [
    ...header('From', from === null || from === undefined ? '' : addressOf(from)),
    ...header('To', list('toRecipients')),
    ...header('Cc', list('ccRecipients')),
    ...header('Bcc', list('bccRecipients')),
    `Subject: ${word(String(props['subject'] ?? ''))}`,
    ...header('Message-ID', String(props['internetMessageId'] ?? '')),
    `Date: ${new Date(String(props['sentDateTime'] ?? props['receivedDateTime'] ?? 0)).toUTCString()}`,
    'MIME-Version: 1.0',
  ];
  const type = body.contentType.toLowerCase() === 'html' ? 'text/html' : 'text/plain';
  const text = part([`Content-Type: ${type}; charset=utf-8`], Buffer.from(body.content));
  if (attachments.length === 0) return new Content(Buffer.from([...head, text].join('\r\n')));
  const boundary = 'sim-part';
  const attached = attachments.map(({ name, contentType, isInline, contentId, content }) =>
    part(
      [
        `Content-Type: ${contentType}; name="${word(name)}"`,
        `Content-Disposition: ${isInline ? 'inline' : 'attachment'}; filename="${word(name)}"`,
        ...header('Content-ID', contentId === undefined ? '' : `<${contentId}>`),
      ],
      content.bytes,
    ),
  );
  const whole = [text, ...attached].map((one) => `--${boundary}\r\n${one}`).join('');
  return new Content(
    Buffer.from(
      [...head, `Content-Type: multipart/mixed; boundary="${boundary}"`, '', `${whole}--${boundary}--`, ''].join(
        '\r\n',
      ),
    ),
  );
}
