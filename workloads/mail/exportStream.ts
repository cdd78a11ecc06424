import { Fault } from '../../engine/fault.ts';

/** The answer to an export of one item, read as it comes: the copy can be larger than memory. */
export interface ExportStream {
  /** The decoded copy. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Error code that came in place of a copy; asked before `bytes` is read. */
  error(): string | undefined;
  /** Known at the latest when `bytes` was read to its end. */
  readonly changeKey: () => string | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
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
  while (!ended && ready.length === 0) await advance();

  const frame = () => frameOf(scanner.frame());
  return {
    bytes: (async function* () {
      try {
        for (;;) {
          yield* ready.splice(0);
          if (ended) break;
          await advance();
        }
        yield* scanner.end();
        frame();
      } finally {
        await chunks.return?.();
      }
    })(),
    error: () => (ended && ready.length === 0 ? frame().error : undefined),
    changeKey: () => (ended ? frame().changeKey : undefined),
  };
}

function createScanner() {
  const frame: number[] = [];
  let isInString = false;
  let isEscaped = false;
  let isData = false;
  let string = '';
  let lastKey = '';
  let base64 = '';

  const decoded = function* (all: boolean): Generator<Buffer> {
    const usable = all ? base64.length : base64.length - (base64.length % 4);
    if (usable === 0) return;
    yield Buffer.from(base64.slice(0, usable), 'base64');
    base64 = base64.slice(usable);
  };

  /** The copy's characters run up to its closing quote; takes them in one go. Answers where they end. */
  const takeData = (chunk: Buffer, from: number): number => {
    const quote = chunk.indexOf(QUOTE, from);
    const end = quote === -1 ? chunk.length : quote;
    // JSON may write a slash as \/, the only escape that base64 can meet.
    base64 += chunk.toString('latin1', from, end).replaceAll('\\', '');
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
    end: () => decoded(true),
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
