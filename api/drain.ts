import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * `@azure/functions` writes a streamed body without ever waiting for the reader, so a slow reader makes the whole body
 * pile up in memory. The worker's HTTP server announces each response it starts; the invocation id in the request's
 * header says whose it is, and the body can wait for it.
 */
const INVOCATION_ID = 'x-ms-invocation-id';
const responses = new Map<string, ServerResponse>();

channel('http.server.request.start').subscribe((message) => {
  const { request, response } = message as { readonly request: IncomingMessage; readonly response: ServerResponse };
  const invocationId = request.headers[INVOCATION_ID];
  if (typeof invocationId !== 'string') return;
  responses.set(invocationId, response);
  response.once('close', () => responses.delete(invocationId));
});

/**
 * `source` at the pace of the reader of invocation `invocationId`: for `body` of an HTTP function's answer.
 * Ends early, closing `source`, when the reader goes away. When `source` throws, the connection is cut, so that nobody
 * takes half a file for the whole. Load this module before the app's first request.
 */
export async function* atReadersPace(
  invocationId: string,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const response = responses.get(invocationId);
  try {
    for await (const chunk of source) {
      if (response?.destroyed === true) return;
      yield chunk;
      // The writer takes a chunk, writes it, and comes back for the next: only now is the buffer's level known.
      if (response?.writableNeedDrain === true) await drainOrClose(response);
    }
  } catch (error) {
    response?.destroy();
    throw error;
  }
}

async function drainOrClose(response: ServerResponse): Promise<void> {
  const done = new AbortController();
  await Promise.race([
    once(response, 'drain', { signal: done.signal }),
    once(response, 'close', { signal: done.signal }),
  ]);
  done.abort();
}
