import { Fault, isFault } from '../../engine/fault.ts';
import { decodeBase64 } from './base64.ts';

/** The answer to an export of one item, read as it comes: the copy can be larger than memory. */
export interface ExportStream {
  /** The decoded copy. Fault `corrupt` with code `NotBase64` while it is read when it is none. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Error code that came in place of a copy; asked before `bytes` is read. */
  error(): string | undefined;
  /** Known at the latest when `bytes` was read to its end. */
  readonly changeKey: () => string | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const LONGEST_ESCAPE = '\\u002b'.length;
/** What stands around the copy in such an answer is short. */
const MOST_FRAME_BYTES = 64 * 1024;

/**
 * Splits the JSON into its frame, which is kept, and the value of `data`, which is handed on while it arrives. Resolves
 * when the copy begins or the answer ended without one.
 */
export async function streamExport(source: AsyncIterable<Uint8Array>): Promise<ExportStream> {
  const scanner = createScanner();
  const chunks = source[Symbol.asyncIterator]();
  let ended = false;
  const ready: Buffer[] = [];
  const advance = async () => {
    const next = await chunks.next();
    if (next.done === true) ended = true;
    else ready.push(...scanner.take(next.value));
  };
  let damage: Fault | undefined;
  try {
    while (!ended && ready.length === 0) await advance();
  } catch (error) {
    if (!isFault(error, 'corrupt')) throw error;
    // It is the trouble of who reads the copy, however early it comes.
    damage = error;
  }

  const frame = () => frameOf(scanner.frame());
  return {
    bytes: (async function* () {
      try {
        if (damage !== undefined) throw damage;
        for (;;) {
          yield* ready.splice(0);
          if (ended) break;
          await advance();
        }
        frame();
      } finally {
        await chunks.return?.();
      }
    })(),
    error: () => (ended && ready.length === 0 ? frame().error : undefined),
    changeKey: () => (ended ? frame().changeKey : undefined),
  };
}

/** No character of base64: it stands for every escape that cannot be in a copy. */
const NO_BASE64 = '\0';

/** JSON may write a slash as \/ and any character by its number, as some writers do with a plus. An escape cut off stays. */
const unescaped = (text: string): string =>
  text.includes('\\')
    ? text.replaceAll(/\\(\/|u00[0-7][\da-f]|[^/u])/gi, (_, escape: string) => {
        const char = escape.length === 1 ? escape : String.fromCharCode(Number.parseInt(escape.slice(1), 16));
        return /[\w+/=]/.test(char) && (escape === '/' || escape.length > 1) ? char : NO_BASE64;
      })
    : text;

function createScanner() {
  const frame: number[] = [];
  let isInString = false;
  let isEscaped = false;
  let isData = false;
  let string = '';
  let lastKey = '';
  let base64 = '';

  const decoded = function* (isWhole: boolean): Generator<Buffer> {
    base64 = unescaped(base64);
    // The last characters may be padding, or the start of an escape: they stay until it is known.
    const usable = isWhole ? base64.length : Math.max(0, (base64.length - LONGEST_ESCAPE) & ~3);
    if (usable === 0) return;
    const bytes = decodeBase64(base64.slice(0, usable), isWhole);
    base64 = base64.slice(usable);
    yield bytes;
  };

  /** The copy's characters run up to its closing quote; takes them in one go. Answers where they end. */
  const takeData = (chunk: Buffer, from: number): number => {
    const quote = chunk.indexOf(QUOTE, from);
    const end = quote === -1 ? chunk.length : quote;
    base64 += chunk.toString('latin1', from, end);
    return end;
  };

  return {
    *take(bytes: Uint8Array): Generator<Buffer> {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at < chunk.length; at++) {
        if (isData) {
          at = takeData(chunk, at);
          yield* decoded(at < chunk.length);
          if (at === chunk.length) return;
          isData = false;
          isInString = false;
          frame.push(QUOTE);
          continue;
        }
        const byte = chunk[at] ?? 0;
        frame.push(byte);
        if (frame.length > MOST_FRAME_BYTES)
          throw new Fault('unavailable', 'The export gave an answer of an unknown form', {
            origin: 'graph',
            code: 'UnknownForm',
          });
        if (isInString) {
          if (isEscaped) isEscaped = false;
          else if (byte === BACKSLASH) isEscaped = true;
          else if (byte === QUOTE) isInString = false;
          else string += String.fromCharCode(byte);
        } else if (byte === QUOTE) {
          isInString = true;
          isData = lastKey === 'data';
          string = '';
          lastKey = '';
        } else if (byte === COLON) lastKey = string;
        else if (byte > 0x20) lastKey = '';
      }
    },
    frame: () => Buffer.from(frame).toString('utf8'),
  };
}

function frameOf(text: string): { readonly changeKey: string | undefined; readonly error: string | undefined } {
  let answer: { value?: { changeKey?: string; error?: { code?: string }; Error?: { code?: string }; data?: string }[] };
  try {
    // A byte order mark is no JSON.
    answer = JSON.parse(text.replace(/^\uFEFF/, '')) as typeof answer;
  } catch (cause) {
    throw new Fault('unavailable', 'The export of a message broke off', { origin: 'graph', code: 'NoJson', cause });
  }
  const item = answer.value?.[0];
  const trouble = item?.error ?? item?.Error;
  return {
    changeKey: item?.changeKey,
    error:
      trouble === undefined || trouble === null
        ? item?.data === undefined
          ? 'NotExported'
          : undefined
        : (trouble.code ?? 'NotExported'),
  };
}
