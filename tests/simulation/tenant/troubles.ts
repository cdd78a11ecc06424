import type { Entry } from './callBook.ts';
import type { Reply } from './graph/request.ts';
import { GraphError } from './graphError.ts';
import { fits, type RetryAfter, type Trouble } from './trouble.ts';

type Of<Kind extends Trouble['kind']> = Extract<Trouble, { kind: Kind }>;

const PAGE = '<!DOCTYPE html><html><body><h1>Our services are not available right now</h1></body></html>';

const CODES: Readonly<Record<number, string>> = {
  401: 'InvalidAuthenticationToken',
  403: 'ErrorAccessDenied',
  404: 'itemNotFound',
  409: 'nameAlreadyExists',
  410: 'resyncRequired',
  412: 'preconditionFailed',
  423: 'resourceLocked',
  429: 'TooManyRequests',
  500: 'generalException',
  503: 'serviceNotAvailable',
  504: 'UnknownError',
  507: 'quotaLimitReached',
};

/** What befalls one request. */
export class Troubles {
  readonly #entry: Entry;
  readonly #planned: readonly Trouble[];

  /** Throws for what no request of this kind can meet. */
  constructor(entry: Entry, planned: Trouble | readonly Trouble[] | undefined) {
    this.#entry = entry;
    this.#planned = planned === undefined ? [] : 'kind' in planned ? [planned] : planned;
    for (const { kind } of this.#planned)
      if (!fits(kind, entry.operation, entry.batch !== undefined))
        throw new TypeError(`A trouble of kind ${kind} befalls no ${entry.operation}`);
  }

  /** The planned one of this kind; from now on it has befallen. */
  of<Kind extends Trouble['kind']>(kind: Kind): Of<Kind> | undefined {
    const found = this.#planned.find((trouble): trouble is Of<Kind> => trouble.kind === kind);
    if (found !== undefined && !this.#entry.troubles.includes(kind))
      this.#entry.troubles = [...this.#entry.troubles, kind];
    return found;
  }

  /** An answer that stands in place of any effect. */
  answerInstead(now: number): Reply | 'reset' | undefined {
    if (this.of('reset') !== undefined) return 'reset';
    if (this.of('html') !== undefined) return { status: 200, text: PAGE, contentType: 'text/html' };
    const trouble = this.of('status');
    if (trouble === undefined) return undefined;
    const { status, code = CODES[status] ?? 'UnknownError', retryAfter, headers, body } = trouble;
    const all = { ...waiting(retryAfter, now), ...headers };
    if (body === 'empty') return { status, headers: all };
    if (body === 'html') return { status, headers: all, text: PAGE, contentType: 'text/html' };
    return { status, headers: all, text: new GraphError(status, code, `${code}.`).body };
  }

  /** The body as it arrives. */
  bodyOf(reply: Reply): {
    readonly chunks: readonly Buffer[];
    readonly error: Error | undefined;
    /** Only part of it is told, without a word about it. */
    readonly isCut: boolean;
    /** It can be read as it was written. */
    readonly isWhole: boolean;
  } {
    const bytes = reply.bytes ?? (reply.text === undefined ? undefined : Buffer.from(reply.text));
    const whole = { chunks: bytes === undefined ? [] : [bytes], error: undefined, isCut: false, isWhole: true };
    if (bytes === undefined || bytes.length === 0 || this.#planned.length === 0) return whole;
    // Of MIME nobody could tell: only what breaks on the way is seen.
    const hasProof = this.#entry.operation !== 'messages.value';
    if (hasProof && this.of('wrongBytes') !== undefined)
      return { ...whole, chunks: [garbled(bytes, reply.bytes === undefined)], isWhole: false };
    const isSilent = this.#planned.some((trouble) => trouble.kind === 'truncated' && !trouble.broken);
    if (isSilent && !hasProof) return whole;
    const cut = this.of('truncated');
    if (cut === undefined) return whole;
    const kept = bytes.subarray(0, Math.min(bytes.length - 1, Math.floor(bytes.length * cut.at)));
    const error = cut.broken
      ? Object.assign(new Error('terminated'), { code: cut.code ?? 'UND_ERR_SOCKET' })
      : undefined;
    return { chunks: kept.length === 0 ? [] : [kept], error, isCut: true, isWhole: false };
  }
}

/** As many bytes, one of them another; no JSON has a zero byte. */
function garbled(bytes: Buffer, isJson: boolean): Buffer {
  const other = Buffer.from(bytes);
  const middle = Math.floor(bytes.length / 2);
  other[middle] = isJson ? 0 : (bytes[middle] ?? 0) ^ 0x5a;
  return other;
}

function waiting(retryAfter: RetryAfter | undefined, now: number): Readonly<Record<string, string>> {
  if (retryAfter === undefined) return {};
  if (typeof retryAfter === 'number') return { 'retry-after': String(retryAfter) };
  if ('text' in retryAfter) return { 'retry-after': retryAfter.text };
  const date = (ms: number): string => new Date(ms).toUTCString();
  return { date: date(now), 'retry-after': date(now + retryAfter.date * 1000) };
}
