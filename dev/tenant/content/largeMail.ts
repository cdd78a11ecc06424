import { generatedBytes } from './generatedBytes.ts';

/** Bytes of an attachment in one line of base64 text. */
const PER_LINE = 57;
const LINE = 78;

export interface LargeMail {
  readonly size: number;
  readonly attachment: { readonly name: string; readonly size: number; readonly ref: string };
  /** Bytes [start, end) of the message. */
  read(start: number, end: number): Generator<Uint8Array>;
}

/** A message with one attachment of any size whose bytes are computed when they are read. */
export function largeMail(seed: string, attachmentBytes: number): LargeMail {
  const name = `${seed}.bin`;
  const head = Buffer.from(
    `From: Archive <archive@partner.example>\r\nTo: <mailbox@demo.holdfast.example>\r\nSubject: Large message ${seed}\r\nMessage-ID: <large.${seed}@partner.example>\r\n` +
      `Date: Sat, 31 Oct 2026 17:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="large"\r\n\r\n--large\r\nContent-Type: text/plain\r\n\r\nSee attachment.\r\n` +
      `--large\r\nContent-Type: application/octet-stream; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
  );
  const tail = Buffer.from('--large--\r\n');
  const lines = Math.ceil(attachmentBytes / PER_LINE);
  const lastLine = attachmentBytes === 0 ? 0 : Math.ceil((attachmentBytes - (lines - 1) * PER_LINE) / 3) * 4 + 2;
  const bodyLength = lines === 0 ? 0 : (lines - 1) * LINE + lastLine;
  const size = head.length + bodyLength + tail.length;
  return {
    size,
    attachment: { name, size: attachmentBytes, ref: `gen:random:${attachmentBytes}:large ${seed}` },
    *read(start, end) {
      if (start < head.length) yield head.subarray(start, Math.min(end, head.length));
      const [from, to] = [Math.max(0, start - head.length), Math.min(bodyLength, end - head.length)];
      if (from < to) yield* base64Lines(`large ${seed}`, attachmentBytes, from, to);
      const tailStart = head.length + bodyLength;
      if (end > tailStart) yield tail.subarray(Math.max(0, start - tailStart), end - tailStart);
    },
  };
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
