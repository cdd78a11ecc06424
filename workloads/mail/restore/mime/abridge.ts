import { randomBytes } from 'node:crypto';
import PostalMime from 'postal-mime';
import { Fault } from '../../../../engine/fault.ts';
import { decoderOf, encodingOf, type BodyDecoder, type BodyEncoding } from './decoders.ts';
import { createSeparators } from './separators.ts';

/** A body that was left out of a message: all bytes from the end of its headers to the next line that may part it. */
export interface LeftOut {
  /** Where it stands in the message. */
  readonly from: number;
  readonly to: number;
  readonly encoding: BodyEncoding;
  /** Bytes once decoded. */
  readonly size: number;
  /** What stands in its place, decoded: no other part decodes to it. */
  readonly standIn: Buffer;
}

export interface Abridged {
  readonly mime: Buffer;
  readonly leftOut: readonly LeftOut[];
}

export interface AbridgeOptions {
  /** Bodies longer than this many bytes are left out; when much is kept already, `SHORT_BODY` is long. */
  readonly longFrom: number;
  /** Bodies that begin here are kept, however long they are. */
  readonly keep: ReadonlySet<number>;
}

const SHORT_BODY = 4 * 1024;
const MUCH = 4 * 1024 * 1024;
/** What is kept lies in memory several times while it is read. */
const MOST = 24 * 1024 * 1024;
/** A line of which so much is known is judged by it. */
const LINE_BYTES = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;

/**
 * The message without its long bodies, each with one line in its place: parts, names and everything else are the same.
 * Memory does not grow with what is left out. Fault `too-large` when too much would be kept.
 */
export async function abridge(source: AsyncIterable<Uint8Array>, options: AbridgeOptions): Promise<Abridged> {
  const scan = createScan(options);
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of source)
    rest = await scan.take(
      rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([rest, piece]),
    );
  return scan.end(rest);
}

/** Goes through a message line by line where lines matter, and in one leap where they do not. */
function createScan(options: AbridgeOptions) {
  const kept = createKept();
  const leftOut: LeftOut[] = [];
  const separators = createSeparators();
  /** Lines of the headers that are being read; undefined inside a body. */
  let headers: Buffer[] | undefined = [];
  let body: Body | undefined;
  let isLineStart = true;
  let at = 0;

  const endBody = (): void => {
    const gone = body?.end();
    if (gone !== undefined) leftOut.push(gone);
    body = undefined;
  };
  const beginBody = async (lines: readonly Buffer[]): Promise<void> => {
    const read = await PostalMime.parse(Buffer.concat(lines), { maxHeadersSize: MOST });
    separators.learn(read.headers);
    const encoding = encodingOf(read.headers.find(({ key }) => key === 'content-transfer-encoding')?.value ?? '');
    body = createBody(at, encoding, kept, options);
    headers = undefined;
  };
  const takeLine = async (line: Buffer): Promise<void> => {
    const isWholeSoFar = isLineStart;
    isLineStart = line.at(-1) === LF;
    at += line.length;
    if (isWholeSoFar && isDashed(line) && separators.mayBe(line.toString('utf8', 0, LINE_BYTES))) {
      endBody();
      kept.add(line);
      headers = [];
    } else if (headers === undefined) {
      body?.push(line);
    } else {
      headers.push(kept.add(line));
      if (isWholeSoFar && line.every((byte) => byte === CR || byte === LF)) await beginBody(headers);
    }
  };
  /** Where the next line that could matter begins, `start` when it is this one; -1 when more must be known. */
  const leap = (bytes: Buffer, start: number): number => {
    if (headers !== undefined) return start;
    if (isLineStart && bytes[start] === DASH) {
      if (start + 1 === bytes.length) return -1;
      if (bytes[start + 1] === DASH) return start;
    }
    const next = bytes.indexOf('\n--', start);
    if (next >= 0) return next + 1;
    return bytes.at(-1) === DASH && bytes.at(-2) === LF && bytes.length - 1 > start ? bytes.length - 1 : bytes.length;
  };

  return {
    /** Answers what is to be given again, with more behind it. */
    async take(bytes: Buffer): Promise<Buffer> {
      for (let start = 0; start < bytes.length;) {
        const line = leap(bytes, start);
        if (line < 0) return bytes.subarray(start);
        if (line > start) {
          body?.push(bytes.subarray(start, line));
          isLineStart = bytes[line - 1] === LF;
          at += line - start;
          start = line;
          continue;
        }
        const lineEnd = bytes.indexOf(LF, start);
        if (lineEnd < 0 && bytes.length - start < LINE_BYTES) return bytes.subarray(start);
        const end = lineEnd < 0 ? bytes.length : lineEnd + 1;
        await takeLine(bytes.subarray(start, end));
        start = end;
      }
      return Buffer.alloc(0);
    },
    async end(rest: Buffer): Promise<Abridged> {
      if (rest.length > 0) await takeLine(rest);
      endBody();
      return { mime: kept.bytes(), leftOut };
    },
  };
}

const isDashed = (line: Buffer): boolean => line[0] === DASH && line[1] === DASH;

interface Kept {
  /** Adds a copy and answers it. */
  add(bytes: Uint8Array): Buffer;
  /** The same for what was asked to be kept: `isMuch` does not see it, so that a second look finds the same bodies long. */
  addAsked(bytes: Uint8Array): void;
  isMuch(): boolean;
  bytes(): Buffer;
}

function createKept(): Kept {
  const pieces: Buffer[] = [];
  let total = 0;
  let asked = 0;
  const add = (bytes: Uint8Array): Buffer => {
    total += bytes.length;
    if (total > MOST)
      throw new Fault('too-large', 'The text and the headers of this message are larger than Microsoft Graph takes', {
        origin: 'graph',
        code: 'MessageTextTooLarge',
      });
    const copy = Buffer.from(bytes);
    pieces.push(copy);
    return copy;
  };
  return {
    add,
    addAsked(bytes) {
      asked += add(bytes).length;
    },
    isMuch: () => total - asked > MUCH,
    bytes: () => Buffer.concat(pieces, total),
  };
}

interface Body {
  push(bytes: Uint8Array): void;
  /** What was left out, if it was. */
  end(): LeftOut | undefined;
}

function createBody(from: number, encoding: BodyEncoding, kept: Kept, { longFrom, keep }: AbridgeOptions): Body {
  if (keep.has(from)) return { push: (bytes) => kept.addAsked(bytes), end: () => undefined };
  const longest = kept.isMuch() ? Math.min(longFrom, SHORT_BODY) : longFrom;
  let held: Buffer[] = [];
  let length = 0;
  let size = 0;
  let decoder: BodyDecoder | undefined;
  return {
    push(bytes) {
      length += bytes.length;
      if (decoder === undefined) {
        held.push(Buffer.from(bytes));
        if (length <= longest) return;
        decoder = decoderOf(encoding);
        for (const piece of held) size += lengthOf(decoder.push(piece));
        held = [];
      } else size += lengthOf(decoder.push(bytes));
    },
    end() {
      if (decoder === undefined) {
        for (const piece of held) kept.add(piece);
        return undefined;
      }
      size += decoder.end().length;
      const line = kept.add(standInLine());
      const standIn = decoderOf(encoding);
      return {
        from,
        to: from + length,
        encoding,
        size,
        standIn: Buffer.concat([...standIn.push(line), standIn.end()]),
      };
    },
  };
}

function lengthOf(pieces: Iterable<Buffer>): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

/** A line that comes out differently by each encoding, so that a wrong guess at the encoding shows. */
const standInLine = (): Buffer => Buffer.from(`=41${randomBytes(15).toString('hex')}\r\n`);
