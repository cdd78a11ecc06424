import type { Context, Middleware } from '@microsoft/microsoft-graph-client';
import { Fault } from '../../engine/fault.ts';
import { callOf, type Call } from '../call.ts';
import { brokenConnection } from '../faults.ts';
import type { Received, Transport } from '../transport.ts';

/** So much of the body of an error is read. */
export const ERROR_BODY_BYTES = 64 * 1024;

/** The last in the chain: one request over the wire. Answers of any status count as answers; no answer is a Fault. */
export function send(transport: Transport): Middleware {
  return {
    async execute(context: Context) {
      const call = callOf(context);
      const headers = { ...(context.options?.headers as Record<string, string> | undefined) };
      call.answer = undefined;
      try {
        const { method, url, body, signal } = call;
        call.answer = await taken(call, await transport.send({ method, url, headers, body, signal }));
      } catch (error) {
        throw failureOf(error, call);
      }
    },
  };
}

function failureOf(error: unknown, call: Call): unknown {
  if (error instanceof Fault || error instanceof TypeError) return error;
  if (call.signal.aborted) return new Fault('cancelled', `${call.what} was cancelled`, { cause: error });
  return brokenConnection(call.what, call.method !== 'GET' && !call.repeatable, error);
}

async function taken(call: Call, { status, headers, body }: Received) {
  if (status >= 300) return { status, headers, bytes: withoutMark(await startOf(body, ERROR_BODY_BYTES)) };
  if (call.want === 'stream') {
    // The stream outlives this call; its reader meets its errors.
    return { status, headers, bytes: Buffer.alloc(0), stream: body };
  }
  const bytes = withoutMark(await wholeOf(body, call));
  if (status < 300 && bytes.length > 0 && (headers['content-type'] ?? '').startsWith('text/html'))
    throw new Fault('unavailable', `A web page came instead of an answer to ${call.what}`, {
      origin: 'graph',
      status,
      ...(call.repeatable ? {} : { outcomeUnknown: true }),
    });
  if (isCut(bytes))
    throw new Fault('unavailable', `The answer to ${call.what} ends in the middle`, {
      origin: 'graph',
      status,
      code: 'NoJson',
      ...(call.repeatable ? {} : { outcomeUnknown: true }),
    });
  return { status, headers, bytes };
}

/** JSON takes no byte order mark; some servers and proxies write one all the same. */
const withoutMark = (bytes: Buffer): Buffer =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

/** A JSON object without its end. Answers are objects; to read them whole only to learn this would cost twice. */
function isCut(bytes: Buffer): boolean {
  let last = bytes.length - 1;
  while (last > 0 && (bytes[last] ?? 0) <= 0x20) last -= 1;
  return bytes[0] === 0x7b && bytes[last] !== 0x7d;
}

async function wholeOf(body: AsyncIterable<Buffer>, call: Call): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    parts.push(part);
    length += part.length;
    if (length > call.maxBytes)
      throw new Fault('too-large', `The answer to ${call.what} is larger than ${call.maxBytes} bytes`, {
        origin: 'graph',
        code: 'AnswerTooLarge',
      });
  }
  return Buffer.concat(parts, length);
}

/**
 * The first `limit` bytes; the rest is dropped with the connection. A body that breaks off is as long as it got: what the
 * status and the headers said stands, above all how long to wait.
 */
export async function startOf(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of body) {
      parts.push(part.subarray(0, limit - length));
      length += part.length;
      if (length >= limit) break;
    }
  } catch (error) {
    // A mistake of ours is no weather.
    if (error instanceof TypeError) throw error;
  }
  return Buffer.concat(parts);
}
