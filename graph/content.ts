import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { Fault, isFault } from '../engine/fault.ts';
import { brokenConnection, toFault } from './faults.ts';
import type { CallContext, Download } from './graph.ts';
import type { Links } from './links.ts';
import { USER_AGENT } from './middleware/decorate.ts';
import { ERROR_BODY_BYTES, startOf } from './middleware/send.ts';
import type { Pacing } from './pacing/lane.ts';
import type { Clock } from './surroundings.ts';
import type { Headers } from './retryAfter.ts';
import type { Received, Transport } from './transport.ts';

const MOST_REDIRECTS = 3;
const TRIES = 4;
const FIRST_PAUSE_MS = 400;

/** A body that is written as it comes: `length` bytes. When `bytes` throws, the request is broken off unfinished. */
export interface StreamedBody {
  readonly length: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}
export type ContentBody = Buffer | string | StreamedBody | undefined;

/** Calls to pre-authenticated addresses outside Graph: checked, never with a token, redirects followed by hand. */
export interface ContentCalls {
  /** A whole small answer. PUT of a range may be repeated by nature; POST is sent once. */
  json(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    url: string,
    body: ContentBody,
    headers: Readonly<Record<string, string>>,
    context: CallContext,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** The bytes at `url` from `from` on. Fault `unavailable` with code `LinkExpired` when the address lost its power. */
  open(url: string, from: number, context: CallContext): Promise<Download>;
}

export function createContentCalls(deps: {
  transport: Transport;
  links: Links;
  pacing: Pacing;
  clock: Clock;
}): ContentCalls {
  const { transport, links, pacing, clock } = deps;

  const once = async (
    method: string,
    url: string,
    body: ContentBody,
    headers: Readonly<Record<string, string>>,
    context: CallContext,
  ): Promise<Received> => {
    let target = links.ofContent(url);
    for (let redirects = 0; ; redirects++) {
      const what = `${method} of content`;
      const isWrite = method === 'POST';
      let received: Received;
      try {
        received = await transport.send({
          method,
          url: target.href,
          headers: { 'user-agent': USER_AGENT, ...headers },
          body: isStreamed(body) ? Readable.from(body.bytes, { objectMode: false }) : body,
          signal: context.signal,
        });
      } catch (error) {
        if (context.signal.aborted) throw new Fault('cancelled', `${what} was cancelled`, { cause: error });
        // A streamed body that is not what it should be broke the request off: nothing was committed.
        if (error instanceof Fault) throw error;
        throw brokenConnection(what, isWrite, error);
      }
      const location = received.headers['location'];
      const isRedirect =
        received.status >= 300 && received.status < 400 && received.status !== 304 && location !== undefined;
      if (isRedirect) {
        // Nobody reads it; its trouble is nobody's.
        received.body.once('error', () => undefined).resume();
        // Only a read may be sent elsewhere; a write goes where it was meant to go or nowhere.
        if (method !== 'GET' || redirects === MOST_REDIRECTS)
          throw new Fault('invalid', 'A content link leads through too many redirects', {
            origin: 'graph',
            code: 'LinkRefused',
          });
        target = links.ofContent(new URL(location, target).href);
        continue;
      }
      if (received.status < 400) return received;
      const said = await startOf(received.body, ERROR_BODY_BYTES);
      throw toFault({
        status: received.status,
        headers: received.headers,
        body: said.toString('utf8'),
        what,
        scope: context.scope,
        now: clock.now(),
        isWrite,
      });
    }
  };

  /** Passing troubles and throttles get a few more tries, as calls to Graph do. */
  const patiently = async <T>(repeatable: boolean, context: CallContext, attempt: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isFault(error, 'unavailable', 'throttled') || tries >= TRIES) throw error;
        if (error.kind === 'throttled' && !repeatable) throw error;
        if (error.kind === 'throttled')
          await pacing.block(context.scope, Math.max(FIRST_PAUSE_MS, error.retryAfterMs ?? 2_000 * tries));
        else if (error.outcomeUnknown) throw error;
        else await clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1), context.signal);
      }
    }
  };

  return {
    json: (method, url, body, headers, context) =>
      patiently(!isStreamed(body), context, async () => {
        const uploadBytes = lengthOf(body);
        const leave = await pacing.enter({ ...context, cost: 0, uploadBytes });
        try {
          const { status, body: answer } = await once(method, url, body, headers, context);
          const text = await textOf(answer);
          return { status, body: text === '' ? undefined : JSON.parse(text) };
        } catch (error) {
          if (error instanceof Fault) throw error;
          throw brokenConnection(`${method} of content`, method === 'POST' || method === 'PUT', error);
        } finally {
          leave();
        }
      }),

    open: (url, from, context) =>
      patiently(true, context, async () => {
        const headers: Record<string, string> = {
          'accept-encoding': 'identity',
          ...(from === 0 ? {} : { range: `bytes=${from}-` }),
        };
        let received: Received;
        // The place is for the request alone: bodies wait for their readers, who need places themselves.
        const leave = await pacing.enter({ ...context, cost: 0, uploadBytes: 0 });
        try {
          received = await once('GET', url, undefined, headers, context);
        } catch (error) {
          // A pre-authenticated address that lost its power says 401, 403, 404 or 410; Graph gives another one.
          if (error instanceof Fault && [401, 403, 404, 410].includes(error.status ?? 0) && error.kind !== 'malware')
            throw new Fault('not-found', 'The download address is not valid any more', {
              origin: 'graph',
              code: 'LinkExpired',
              status: error.status ?? 0,
              cause: error,
            });
          if (isPastEnd(error, from)) return nothingLeft();
          throw error;
        } finally {
          leave();
        }
        return downloadFrom(from, received, context.signal);
      }),
  };
}

const isStreamed = (body: ContentBody): body is StreamedBody => typeof body === 'object' && !Buffer.isBuffer(body);

const lengthOf = (body: ContentBody): number =>
  body === undefined ? 0 : isStreamed(body) ? body.length : Buffer.byteLength(body);

/** The service has no bytes from there on. */
export const isPastEnd = (error: unknown, from: number): boolean =>
  from > 0 && error instanceof Fault && error.status === 416;

export const nothingLeft = (): Download => ({ bytes: Readable.from([]), length: 0 });

/** The bytes from `from` on out of an answer to a request for just those; who takes no ranges gives them all. */
export function downloadFrom(
  from: number,
  { status, headers, body }: { status: number; headers: Headers; body: Readable },
  signal: AbortSignal,
): Download {
  const bytes = readable({ body }, 'a download', signal);
  const length = Number(headers['content-length'] ?? Number.NaN);
  const { etag, 'content-type': contentType } = headers;
  const facts = { ...(etag !== undefined && { etag }), ...(contentType !== undefined && { contentType }) };
  if (from > 0 && status !== 206) {
    const left = Number.isSafeInteger(length) ? { length: Math.max(0, length - from) } : {};
    return { bytes: withoutFirst(bytes, from), ...left, ...facts };
  }
  const span = /^bytes (\d+)-(\d+)\/(\d+|\*)/.exec(headers['content-range'] ?? '');
  const [start, end, total] = (span?.slice(1) ?? []).map(Number);
  if (status !== 206 || start === undefined || end === undefined)
    return { bytes, ...(Number.isSafeInteger(length) ? { length } : {}), ...facts };
  if (start > from || end < from) {
    // Breaking it off is an error to the body; without a listener it would end the process.
    body.once('error', () => undefined);
    body.destroy();
    throw new Fault('unavailable', 'The content does not continue where it was left', {
      origin: 'graph',
      code: 'OtherRange',
    });
  }
  // A host may begin earlier than was asked, and may end before the last byte.
  const asked = start === from ? bytes : withoutFirst(bytes, from - start);
  if (total === undefined || !(end + 1 < total)) return { bytes: asked, length: end + 1 - from, ...facts };
  return { bytes: upTo(asked, end), length: total - from, ...facts };
}

/** A part of what was asked for; at its end the reader is told that there is more. */
async function* upTo(bytes: AsyncIterable<Uint8Array>, last: number): AsyncGenerator<Uint8Array> {
  yield* bytes;
  throw new Fault('unavailable', `The host gave no more than the bytes up to ${last}`, {
    origin: 'graph',
    code: 'PartOnly',
  });
}

/** `bytes` without the first `count`: what is left of a body that can only be asked for whole. */
export async function* withoutFirst(bytes: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of bytes) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}

/** The body with its troubles as Faults; breaking off closes the connection. */
export async function* readable(
  received: { readonly body: AsyncIterable<Buffer> },
  what: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* received.body;
  } catch (error) {
    if (signal.aborted) throw new Fault('cancelled', `${what} was cancelled`, { cause: error });
    throw brokenConnection(what, false, error);
  }
}
