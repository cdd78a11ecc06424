import PostalMime, { type Address, type Email } from 'postal-mime';

export interface Recipient {
  readonly emailAddress: { readonly name?: string; readonly address?: string };
}

export interface MimeAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly isInline: boolean;
  readonly contentId: string | null;
  readonly bytes: Buffer;
}

/** What Outlook shows of a MIME message. */
export interface ReadMime {
  readonly subject: string;
  readonly from: Recipient | null;
  readonly sender: Recipient | null;
  readonly to: readonly Recipient[];
  readonly cc: readonly Recipient[];
  readonly bcc: readonly Recipient[];
  readonly replyTo: readonly Recipient[];
  readonly messageId: string | undefined;
  readonly sentAt: string | undefined;
  readonly importance: 'low' | 'normal' | 'high';
  readonly body: { readonly contentType: 'text' | 'html'; readonly content: string };
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly MimeAttachment[];
}

/** Reads stored bytes; broken mail gives what can be made out of it, never an error. */
export async function readMime(bytes: Uint8Array): Promise<ReadMime> {
  const mail = await PostalMime.parse(bytes, { forceRfc822Attachments: true, attachmentEncoding: 'arraybuffer' });
  return {
    subject: mail.subject ?? '',
    from: recipients(mail.from === undefined ? [] : [mail.from])[0] ?? null,
    sender: recipients([mail.sender ?? mail.from].filter((address) => address !== undefined))[0] ?? null,
    to: recipients(mail.to ?? []),
    cc: recipients(mail.cc ?? []),
    bcc: recipients(mail.bcc ?? []),
    replyTo: recipients(mail.replyTo ?? []),
    messageId: mail.messageId,
    sentAt: sentAt(mail),
    importance: importance(mail),
    body:
      mail.html === undefined
        ? { contentType: 'text', content: mail.text ?? '' }
        : { contentType: 'html', content: mail.html },
    headers: mail.headers.map((header) => ({ name: header.originalKey, value: header.value })),
    attachments: mail.attachments.map((attachment, index) => ({
      name: attachment.filename ?? `Untitled ${index + 1}`,
      contentType: attachment.mimeType,
      isInline: attachment.disposition === 'inline' || attachment.related === true,
      contentId: attachment.contentId?.replace(/^<|>$/g, '') ?? null,
      bytes: Buffer.from(attachment.content as ArrayBuffer),
    })),
  };
}

function recipients(addresses: readonly Address[]): Recipient[] {
  return addresses
    .flatMap((address) => ('group' in address && address.group !== undefined ? address.group : [address]))
    .map(({ name, address }) => ({ emailAddress: { name: name || (address ?? ''), address: address ?? '' } }));
}

function sentAt(mail: Email): string | undefined {
  const time = Date.parse(mail.date ?? '');
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

function importance(mail: Email): 'low' | 'normal' | 'high' {
  const value =
    mail.headers.find((header) => header.key === 'importance' || header.key === 'x-priority')?.value.toLowerCase() ??
    '';
  if (/high|^[12]/.test(value)) return 'high';
  return /low|^[45]/.test(value) ? 'low' : 'normal';
}
