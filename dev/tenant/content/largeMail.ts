import { generatedBytes } from './generatedBytes.ts';

/** Bytes of an attachment in one line of base64 text. */
const PER_LINE = 57;
const LINE = 78;

export interface LargeMail {
  readonly size: number;
  readonly attachments: readonly { readonly name: string; readonly size: number; readonly ref: string }[];
  /** Bytes [start, end) of the message. */
  read(start: number, end: number): Generator<Uint8Array>;
}

/** A stretch of the message: its length, and its bytes [from, to). */
interface Stretch {
  readonly length: number;
  readonly read: (from: number, to: number) => Iterable<Uint8Array>;
}

/** A message with attachments of any size whose bytes are computed when they are read. */
export function largeMail(seed: string, attachmentBytes: number, count = 1): LargeMail {
  const seeds = Array.from({ length: count }, (_, index) => (index === 0 ? seed : `${seed} ${index + 1}`));
  const stretches = [
    fixed(
      `From: Archive <archive@partner.example>\r\nTo: <mailbox@demo.holdfast.example>\r\nSubject: Large message ${seed}\r\nMessage-ID: <large.${seed}@partner.example>\r\n` +
        `Date: Sat, 31 Oct 2026 17:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="large"\r\n\r\n--large\r\nContent-Type: text/plain\r\n\r\nSee attachment.\r\n`,
    ),
    ...seeds.flatMap((one) => [
      fixed(
        `--large\r\nContent-Type: application/octet-stream; name="${one}.bin"\r\nContent-Disposition: attachment; filename="${one}.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
      ),
      base64Of(`large ${one}`, attachmentBytes),
    ]),
    fixed('--large--\r\n'),
  ];
  return {
    size: stretches.reduce((sum, { length }) => sum + length, 0),
    attachments: seeds.map((one) => ({
      name: `${one}.bin`,
      size: attachmentBytes,
      ref: `gen:random:${attachmentBytes}:large ${one}`,
    })),
    *read(start, end) {
      let at = 0;
      for (const { length, read } of stretches) {
        const [from, to] = [Math.max(0, start - at), Math.min(length, end - at)];
        if (from < to) yield* read(from, to);
        at += length;
      }
    },
  };
}

function fixed(text: string): Stretch {
  const bytes = Buffer.from(text);
  return { length: bytes.length, read: (from, to) => [bytes.subarray(from, to)] };
}

function base64Of(seed: string, size: number): Stretch {
  const lines = Math.ceil(size / PER_LINE);
  const lastLine = size === 0 ? 0 : Math.ceil((size - (lines - 1) * PER_LINE) / 3) * 4 + 2;
  const length = lines === 0 ? 0 : (lines - 1) * LINE + lastLine;
  return { length, read: (from, to) => base64Lines(seed, size, from, to) };
}

const LINES_AT_ONCE = 2048;

/** Characters [from, to) of the base64 text of the attachment, with its line ends. */
function* base64Lines(seed: string, total: number, from: number, to: number): Generator<Uint8Array> {
  for (let line = Math.floor(from / LINE); line * LINE < to; line += LINES_AT_ONCE) {
    const bytes = Buffer.concat([
      ...generatedBytes('random', seed, line * PER_LINE, Math.min(total, (line + LINES_AT_ONCE) * PER_LINE)),
    ]);
    const text = withLineEnds(bytes.toString('base64'));
    yield text.subarray(Math.max(0, from - line * LINE), Math.min(text.length, to - line * LINE));
  }
}

function withLineEnds(base64: string): Buffer {
  const lines = Math.ceil(base64.length / 76);
  const text = Buffer.allocUnsafe(base64.length + lines * 2);
  for (let line = 0; line < lines; line += 1) {
    const length = text.write(base64.slice(line * 76, line * 76 + 76), line * LINE, 'latin1');
    text.writeUInt16BE(0x0d0a, line * LINE + length);
  }
  return text;
}
