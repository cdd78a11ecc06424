import type { HttpAnswer } from './answer.ts';
import { Refusal } from './problem.ts';
import { attachment, parseRange, rangeStillCounts, type ByteRange } from './range.ts';

export interface Bytes {
  readonly size: number;
  /** Without quotes; absent when there is no tag by which a range could go on. */
  readonly etag?: string;
  readonly fileName: string;
  readonly mediaType: string;
  /** The whole, or the range. */
  read(range: ByteRange | undefined): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

/** Media types that a browser would run or draw in our origin go out as plain bytes. */
const ACTIVE = /^(text\/(html|xml|javascript|css)|application\/(xhtml\+xml|xml|javascript|pdf)|image\/svg\+xml)/i;

interface Wanted {
  readonly range: string | null;
  readonly ifRange: string | null;
  readonly isHead: boolean;
}

/**
 * Streams bytes as a file to be kept, never to be shown in our origin. The first piece is read before the answer begins,
 * so that damage at the start is a problem document and not a broken transfer; later damage cuts the connection.
 */
export async function bytesAnswer(bytes: Bytes, wanted: Wanted): Promise<HttpAnswer> {
  const etag = bytes.etag === undefined ? undefined : `"${bytes.etag}"`;
  const headers: Record<string, string> = {
    'Content-Type': ACTIVE.test(bytes.mediaType) ? 'application/octet-stream' : bytes.mediaType,
    'Content-Disposition': attachment(bytes.fileName),
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cache-Control': 'private, no-store',
    'Accept-Ranges': 'bytes',
    ...(etag === undefined ? {} : { ETag: etag }),
  };
  const asked = rangeStillCounts(wanted.ifRange, etag ?? '') ? parseRange(wanted.range, bytes.size) : undefined;
  if (asked === 'none')
    throw new Refusal(416, `It has ${bytes.size} bytes; the range asks for none of them.`, {
      headers: { 'Content-Range': `bytes */${bytes.size}` },
    });
  const { from, to } = asked ?? { from: 0, to: bytes.size };
  const status = asked === undefined ? 200 : 206;
  headers['Content-Length'] = String(to - from);
  if (asked !== undefined) headers['Content-Range'] = `bytes ${from}-${to - 1}/${bytes.size}`;
  if (wanted.isHead) return { status, headers };
  return { status, headers, body: await begun(await bytes.read(asked)) };
}

/** The same bytes with the first piece read already. */
export async function begun(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
      if (first.done === true) return;
      yield first.value;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      // A reader who went away ends the reading of packs too.
      await iterator.return?.();
    }
  })();
}
