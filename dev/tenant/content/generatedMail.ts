import { createHash } from 'node:crypto';
import { generatedBytes } from './generatedBytes.ts';

export interface GeneratedMail {
  readonly mime: Buffer;
}

const TOPICS = [
  'Quarterly figures',
  'Angebot für Gebäude 7',
  '来週の会議について',
  'Re: delivery date',
  'Fwd: Rechnung 2026-0',
  'Travel request',
  'Prüfung der Unterlagen',
  'Minutes of the board meeting',
  'お見積りの件',
  'Invitation: team day',
  'Contract draft v',
  'Your order',
];
const SENDERS = [
  'Ines Vogt',
  'Tomás Herrera',
  '佐藤 美咲',
  'Olu Adeyemi',
  'Björn Åkesson',
  'Priya Raman',
  'Chloé Martin',
  'Zofia Nowak',
];

const number = (seed: string, index: number, what: string, below: number): number =>
  createHash('sha256').update(`${seed}:${index}:${what}`).digest().readUInt32LE(0) % below;

const encodedWord = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;

/** RFC 822 date in UTC. */
const mailDate = (date: Date): string => date.toUTCString().replace('GMT', '+0000');

/**
 * Message number `index` of a seed: always the same bytes. One in four has an attachment, one in eight is HTML
 * with an alternative, one in nine is 8-bit with bare line feeds, as found in real mailboxes.
 */
export function generatedMail(seed: string, index: number): GeneratedMail {
  const topic = `${TOPICS[number(seed, index, 'topic', TOPICS.length)] ?? ''} ${index}`;
  const sender = SENDERS[number(seed, index, 'sender', SENDERS.length)] ?? '';
  const textSize = 200 + number(seed, index, 'size', 4000);
  const text = Buffer.concat([...generatedBytes('text', `${seed}:${index}`, 0, textSize)])
    .toString('utf8')
    .replace(/\uFFFD/g, '');
  const headers = [
    `Received: from mx.partner.example by mail.demo.example; ${mailDate(generatedDate(seed, index))}`,
    `From: ${encodedWord(sender)} <${
      sender
        .normalize('NFD')
        .replace(/[^A-Za-z]/g, '')
        .toLowerCase() || 'misaki'
    }@partner.example>`,
    `To: <mailbox@demo.holdfast.example>`,
    `Subject: ${encodedWord(topic)}`,
    `Message-ID: <${seed}.${index}@partner.example>`,
    `Date: ${mailDate(generatedDate(seed, index))}`,
    'MIME-Version: 1.0',
  ];
  const shape = number(seed, index, 'shape', 72);
  if (shape % 9 === 0)
    return {
      mime: Buffer.from(
        `${headers.join('\n')}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${text}\n`,
      ),
    };
  if (shape % 4 === 0) return { mime: withAttachment(headers, text, seed, index) };
  if (shape % 8 === 1)
    return {
      mime: multipart(headers, 'alternative', `b${index}`, [
        textPart('plain', text),
        textPart('html', `<p>${text}</p>`),
      ]),
    };
  return { mime: Buffer.from(`${headers.join('\r\n')}\r\n${textPart('plain', text)}\r\n`) };
}

/** When message number `index` was received: newest first, about forty minutes apart, from a fixed moment. */
export function generatedDate(seed: string, index: number): Date {
  return new Date(Date.UTC(2026, 9, 31, 17, 0, 0) - index * 2_400_000 - number(seed, index, 'date', 1_800_000));
}

function textPart(subtype: string, text: string): string {
  const body = Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n');
  return `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}`;
}

function withAttachment(headers: readonly string[], text: string, seed: string, index: number): Buffer {
  const size = 2000 + number(seed, index, 'attachment', 60_000);
  const bytes = Buffer.concat([
    ...generatedBytes(index % 2 === 0 ? 'random' : 'text', `${seed}:a:${index % 40}`, 0, size),
  ]);
  const part =
    `Content-Type: application/octet-stream; name="report-${index}.bin"\r\nContent-Disposition: attachment; filename="report-${index}.bin"\r\n` +
    `Content-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64').replace(/.{76}/g, '$&\r\n')}`;
  return multipart(headers, 'mixed', `m${index}`, [textPart('plain', text), part]);
}

function multipart(headers: readonly string[], subtype: string, boundary: string, parts: readonly string[]): Buffer {
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return Buffer.from(
    `${headers.join('\r\n')}\r\nContent-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n${body}--${boundary}--\r\n`,
  );
}
