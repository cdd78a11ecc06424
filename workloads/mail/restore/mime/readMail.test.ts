import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import PostalMime, { type Attachment } from 'postal-mime';
import { isFault } from '../../../../engine/fault.ts';
import { chunked } from '../../../testing/reading.ts';
import { readMail, type OpenMime } from './readMail.ts';

const corpus = path.resolve(import.meta.dirname, '../../../../../shared/corpus');

const contentOf = ({ content }: Attachment): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content));

/** Long bodies left out or not, cut anywhere: what comes of a message is what postal-mime makes of the whole. */
async function assertSame(mime: Buffer, name: string, cuts: readonly number[] = [7, 1000]): Promise<void> {
  const { attachments, ...expected } = await PostalMime.parse(mime, { forceRfc822Attachments: true });
  for (const longFrom of [0, 100])
    for (const cut of cuts) {
      const what = `${name}, long from ${longFrom}, cut every ${cut}`;
      const open: OpenMime = (from) => chunked(mime.subarray(from), cut);
      const { mail, attached } = await readMail(open, longFrom);
      const { attachments: read, ...rest } = mail;
      assert.deepEqual(rest, expected, what);
      assert.deepEqual(read.map(withoutContent), attachments.map(withoutContent), what);
      for (const [index, attachment] of attachments.entries()) {
        const bytes = contentOf(attachment);
        const content = attached[index];
        assert.equal(content?.size, bytes.length, what);
        for (const from of [0, 1, Math.floor(bytes.length / 2), bytes.length])
          assert.ok((await copyOf(content.open(from))).equals(bytes.subarray(from)), `${what}, from ${from}`);
      }
    }
}

/** Each piece is overwritten by the next. */
async function copyOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

const withoutContent = ({ content: _content, ...facts }: Attachment) => facts;

const head = 'From: Olu <olu@partner.example>\r\nSubject: Many parts\r\nMIME-Version: 1.0\r\n';
const multipart = (parts: readonly string[], type = 'multipart/mixed; boundary=b', end = '--b--\r\n') =>
  Buffer.from(
    `${head}Content-Type: ${type}\r\n\r\n${parts.map((part) => `--b\r\n${part}\r\n`).join('')}${end}`,
    'latin1',
  );
const part = (encoding: string, body: string, more = 'Content-Disposition: attachment; filename="a.bin"') =>
  `Content-Type: application/octet-stream\r\n${more}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
const text = 'Content-Type: text/plain; charset=utf-8\r\n\r\nHello you\r\n-- \r\nme';
const bytes = randomBytes(900);
const base64 = bytes.toString('base64');
const every = (length: number, end = '\r\n') => base64.replaceAll(new RegExp(`.{${length}}`, 'g'), `$&${end}`);
const html = `Content-Type: text/html; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from('<p>Häuser</p>'.repeat(200), 'utf16le').toString('base64')}`;
const nested = multipart([text, part('base64', every(76))]).toString('latin1');

const MADE: Readonly<Record<string, Buffer>> = {
  'base64 in lines of 76': multipart([text, part('base64', every(76))]),
  'base64 in odd lines': multipart([text, part('base64', every(13))]),
  'base64 in one line': multipart([text, part('BASE64', base64)]),
  'base64 with bare line feeds': multipart([text, part('base64', every(77, '\n'))]),
  'base64 padded in every line': multipart([text, part('base64', 'QUI=\r\nQUI=\r\nQUJD\r\nQQ==\r\n'.repeat(20))]),
  'base64 with rubbish in it': multipart([text, part('base64', `${every(76, ' \t!-_\r\n')}\r\n-- \r\n${every(60)}Q`)]),
  'quoted-printable': multipart([
    text,
    part('quoted-printable', 'a=3Db=\r\nc==\r\n=4\r\n=zz=\r\r\nd\re=C3=A4\r\n'.repeat(30)),
  ]),
  'quoted-printable of dashed lines': multipart([
    text,
    part('quoted-printable', '-- a remark\r\n--b \r\n\r\n--bb\r\n'.repeat(30)),
  ]),
  '8bit': multipart([text, part('8bit', 'Stra\xdfe\r\n\r\r\n\rx\r\ry\n--\n--c\n'.repeat(30))]),
  'dashes inside of lines': multipart([text, part('8bit', 'x--b\r\n'.repeat(100))]),
  'no encoding at all': multipart([text, part('', every(76))]),
  'an odd encoding': multipart([
    text,
    part('"base64"', every(76)),
    part('(yes) base64 (no)', every(76)),
    part('x-uuencode', every(76)),
  ]),
  'an encoding in brackets that do not end': multipart([text, part('(base64', every(76))]),
  'uuencoded text': multipart([`${text}\r\n\r\nbegin 644 a.txt\r\n${'M1234567890\r\n'.repeat(40)}\`\r\nend\r\n`]),
  'a message in the message': multipart([
    text,
    `Content-Type: message/rfc822\r\n\r\n${nested.replaceAll('--b', '--in').replace('=b', '=in')}`,
  ]),
  'a message in the message with the same boundary': multipart([text, `Content-Type: message/rfc822\r\n\r\n${nested}`]),
  'a digest': multipart([`\r\n${head}\r\n${'digest '.repeat(200)}`], 'multipart/digest; boundary="b"'),
  'inline pictures': multipart(
    [
      `Content-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\n${text}\r\n--in\r\n${html}\r\n--in--\r\n`,
      part('base64', every(76), 'Content-ID: <one@a>\r\nContent-Disposition: inline; filename="one.png"'),
      part('base64', every(70), 'Content-ID: <two@a>'),
    ],
    'multipart/related; boundary=b',
  ),
  'no last boundary': multipart([text, part('base64', every(76))], undefined, ''),
  'nothing after a boundary': multipart([text, part('base64', every(76))], undefined, '--b'),
  'long text before and after': Buffer.concat([
    Buffer.from(`${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${'before '.repeat(300)}\r\n`),
    Buffer.from(
      `--b\r\n${part('base64', every(76))}\r\n--b--\r\n${'after '.repeat(300)}\r\n\r\n${'after '.repeat(300)}`,
    ),
  ]),
  'an invitation': multipart([
    text,
    `Content-Type: text/calendar; method=request; charset=iso-8859-1\r\n\r\n${'SUMMARY:Stra\xdfe\r\n'.repeat(90)}\r\n\r\n`,
  ]),
  'an invitation in base64': multipart([
    text,
    `Content-Type: application/ics\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from('BEGIN:X\r\n'.repeat(90)).toString('base64')}`,
  ]),
  'a long text': multipart([
    `Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n${'flowing \r\n'.repeat(300)}`,
    part('base64', every(76)),
  ]),
  'nothing but an attachment': Buffer.from(`${head}${part('base64', every(76))}`),
  'no headers at all': Buffer.from(`\r\n${'x'.repeat(2000)}`),
  'no blank line': Buffer.from(`Subject: x\r\n${'y'.repeat(2000)}`),
  'a boundary in sections': multipart(
    [text, part('base64', every(76))],
    'multipart/mixed; boundary*0=; boundary*1="b"',
  ),
  'a boundary in percent': multipart([text, part('base64', every(76))], "multipart/mixed; boundary*=us-ascii''%62"),
  'a boundary after a comment': multipart(
    [text, part('base64', every(76))],
    'multipart/mixed (of; boundary=c) ; bound(x)ary= b (b)',
  ),
  'an escaped boundary': multipart([text, part('base64', every(76))], String.raw`multipart/mixed; boundary="\b"`),
  'a boundary with an odd quote': multipart([text, part('base64', every(76))], 'multipart/mixed; boundary=""b'),
  'a boundary hidden in another value': multipart(
    [text, part('base64', every(76))],
    'multipart/mixed; name="; boundary="; boundary="b"',
  ),
  'two boundaries': multipart([text, part('base64', every(76))], 'multipart/mixed; boundary=b; boundary=c'),
  'two types': multipart([text, part('base64', every(76))], 'multipart/mixed; boundary=b\r\nContent-Type: text/plain'),
  'a folded boundary': multipart([text, part('base64', every(76))], 'multipart/mixed;\r\n\tboundary=\r\n "b"'),
  'a boundary with spaces behind': Buffer.from(
    multipart([text, part('base64', every(76))])
      .toString('latin1')
      .replaceAll('--b\r\n', '--b \t \r\n'),
  ),
  'a quoted type': multipart([text, part('base64', every(76))], '"multipart/mixed"; boundary=b'),
  'an umlaut in the boundary': Buffer.from(
    multipart([text, part('base64', every(76))], 'multipart/mixed; boundary="\xfc\xdf"')
      .toString('latin1')
      .replaceAll('--b', '--\xfc\xdf'),
    'utf8',
  ),
  'a boundary of one space': Buffer.from(
    multipart([text, part('base64', every(76))], 'multipart/mixed; boundary=" "')
      .toString('latin1')
      .replaceAll('--b', '-- '),
  ),
  'bare carriage returns in a header': multipart([text, part('base64', every(76))], 'multipart/mixed;\rboundary=b'),
  nothing: Buffer.alloc(0),
};

describe('a message read without its long bodies', () => {
  for (const [name, mime] of Object.entries(MADE))
    it(`is the same as read whole: ${name}`, () => assertSame(mime, name));

  it(
    'is the same as read whole: every message of the corpus',
    { skip: existsSync(corpus) ? false : 'there is no corpus beside the repository' },
    async () => {
      const mails = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter(
        (name) => /^(mail|mailbox|tnef)\b/.test(name) && /\.[a-z0-9]+$/i.test(name),
      );
      assert.ok(mails.length > 100, `${mails.length} messages`);
      for (const name of mails) await assertSame(readFileSync(path.join(corpus, name)), name, [1009]);
    },
  );

  it('is the same as read whole: messages put together by dice', async () => {
    const pieces = [
      '--b\r\n',
      '--b--\r\n',
      '--in\r\n',
      '--in--\r\n',
      '\r\n',
      '\r\n\r\n',
      '--',
      '-- b\r\n',
      `${every(76)}\r\n`,
      'Content-Type: text/plain\r\n',
      'Content-Type: multipart/mixed; boundary=in\r\n',
      'Content-Type: multipart/related; boundary="b"\r\n',
      'Content-Type: multipart/x; boundary*=in\r\n',
      'Content-Transfer-Encoding: base64\r\n',
      'Content-Transfer-Encoding: quoted-printable\r\n',
      'Content-Disposition: attachment\r\n',
      'Content-Type: message/rfc822\r\n',
      'Content-Type: text/calendar\r\n',
      `${'=41b '.repeat(30)}=\r\n`,
      'x: (y\r\n',
      '\r',
      '\n',
    ];
    let state = 7;
    const dice = (sides: number) => ((state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) % 65_536) % sides;
    for (let round = 0; round < 200; round += 1) {
      const made = Array.from({ length: 4 + dice(40) }, () => pieces[dice(pieces.length)] ?? '').join('');
      const mime = Buffer.from(`${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${made}`);
      await assertSame(mime, JSON.stringify(made), [3 + dice(200)]);
    }
  });

  it('reads attachments where they stand, however they are written', async () => {
    for (const name of [
      'base64 in odd lines',
      'quoted-printable',
      '8bit',
      'dashes inside of lines',
      'a message in the message',
      'no last boundary',
      'a boundary in percent',
      'a boundary after a comment',
    ]) {
      const mime = MADE[name] ?? Buffer.alloc(0);
      const opened: number[] = [];
      const open: OpenMime = (from) => {
        opened.push(from);
        return chunked(mime.subarray(from), 5);
      };
      const { attached } = await readMail(open, 100);
      await copyOf(attached.at(-1)?.open(0) ?? chunked(mime));
      assert.equal(opened.length, 2, name);
      assert.ok((opened[1] ?? 0) > 0, name);
    }
  });

  it('holds little of what is large, and knows its size', async () => {
    const size = 64 * 1024 * 1024;
    const line = `${Buffer.alloc(57, 'holdfast').toString('base64')}\r\n`;
    const block = Buffer.from(line.repeat(1024));
    const start = multipart([text], undefined, `--b\r\n${part('base64', '')}`);
    const open: OpenMime = async function* (from) {
      if (from === 0) yield start;
      for (let at = 0; at < size / block.length; at += 1) yield block;
    };
    globalThis.gc?.();
    const before = process.memoryUsage();
    const { attached } = await readMail(open, 64 * 1024);
    const after = process.memoryUsage();
    assert.equal(attached[0]?.size, Math.ceil(size / block.length) * 1024 * 57);
    assert.ok(after.arrayBuffers - before.arrayBuffers < size / 2, 'the body was held');
  });

  it('says when what is no attachment is too large to hold', async () => {
    const mime = Buffer.concat([Buffer.from(`${head}\r\n`), Buffer.alloc(25 * 1024 * 1024, 'text\r\n')]);
    const reading = readMail((from) => chunked(mime.subarray(from)), 64 * 1024);
    await assert.rejects(reading, (error) => isFault(error, 'too-large'));
  });

  it('says when a message cannot be read at all', async () => {
    const mime = Buffer.from(`Subject: x\r\n${`X: ${'y'.repeat(1000)}\r\n`.repeat(2_200)}\r\n`);
    await assert.rejects(
      readMail((from) => chunked(mime.subarray(from)), 64 * 1024),
      (error) => isFault(error, 'unsupported'),
    );
  });
});
