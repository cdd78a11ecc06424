import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Handler as HttpHandler } from '../http/listen.ts';
import { readBody } from '../http/listen.ts';
import { GraphError, type CallBody, type Reply } from './call.ts';
import type { GraphService } from './graphService.ts';
import type { Recorder } from './recorder.ts';
import { DROP_CONNECTION, TRUNCATE } from './faults.ts';

/** A write request to Graph may have 4 MB, base64 included. */
export const WRITE_LIMIT = 4 * 1024 * 1024;

/** Graph over HTTPS: hands requests to the service and writes its replies. */
export function graphHandler(service: () => GraphService, recorder: Recorder): HttpHandler {
  return async (request, response) => {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers))
      headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
    const reply = await service().answer({
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      headers,
      body: bodyOf(request, recorder),
    });
    request.resume();
    let isOver = false;
    const done = (): void => {
      if (!isOver) reply.done?.();
      isOver = true;
    };
    try {
      await send(response, reply, done);
    } finally {
      done();
    }
  };
}

function bodyOf(source: AsyncIterable<Uint8Array>, recorder: Recorder): CallBody {
  let whole: Promise<Buffer | undefined> | undefined;
  return {
    bytes: async () => {
      whole ??= readBody(source, WRITE_LIMIT);
      const bytes = await whole;
      if (bytes === undefined) {
        recorder.violation('limit', 'write request', `The body is larger than ${WRITE_LIMIT} bytes.`);
        throw new GraphError(
          413,
          'RequestEntityTooLarge',
          'The request entity is too large. Write requests are limited to 4 MB.',
        );
      }
      return bytes;
    },
    stream: () => source,
  };
}

async function send(response: ServerResponse, reply: Reply, done: () => void): Promise<void> {
  const headers: Record<string, string> = { ...reply.headers };
  if (headers[DROP_CONNECTION] !== undefined) {
    response.destroy();
    return;
  }
  const truncate = headers[TRUNCATE] !== undefined;
  delete headers[TRUNCATE];
  if (reply.stream !== undefined) {
    const length: Record<string, string> = reply.length === undefined ? {} : { 'Content-Length': String(reply.length) };
    response.writeHead(reply.status, {
      'Content-Type': reply.contentType ?? 'application/octet-stream',
      ...length,
      ...headers,
    });
    return pipe(beforeLast(reply.stream, done), response);
  }
  const body = reply.bytes ?? (reply.json === undefined ? undefined : Buffer.from(JSON.stringify(reply.json)));
  if (body === undefined) {
    response
      .writeHead(reply.status, {
        ...headers,
        ...(reply.status === 204 || reply.status === 302 ? {} : { 'Content-Length': '0' }),
      })
      .end();
    return;
  }
  const type =
    reply.contentType ??
    (reply.json === undefined
      ? 'application/octet-stream'
      : 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8');
  response.writeHead(reply.status, { 'Content-Type': type, 'Content-Length': String(body.length), ...headers });
  if (truncate) response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
  else response.end(body);
}

/** Calls `done` just before the last piece: a client that has it all may send its next request at once. */
async function* beforeLast(source: AsyncIterable<Uint8Array>, done: () => void): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  for await (const piece of source) {
    if (held !== undefined) yield held;
    held = piece;
  }
  done();
  if (held !== undefined) yield held;
}

/** Writes at the reader's pace; a reader who leaves ends the reading. */
async function pipe(source: AsyncIterable<Uint8Array>, response: ServerResponse): Promise<void> {
  try {
    await pipeline(source, response);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
