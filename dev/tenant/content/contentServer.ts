import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { sendJson, type Handler } from '../http/listen.ts';
import type { Recorder } from '../graph/recorder.ts';
import type { TenantState } from '../graph/tenantState.ts';
import type { LinkGrant } from './signedLinks.ts';
import { DROP_CONNECTION, TRUNCATE, type Faults } from '../graph/faults.ts';
import { GraphError, type Reply } from '../graph/call.ts';

/** Answers requests on a link of one kind. */
export type LinkHandler = (grant: LinkGrant, request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface ContentParts {
  readonly state: TenantState;
  readonly recorder: Recorder;
  readonly faults: Faults;
  /** By kind of link: upload, attachment, import. Downloads are answered here. */
  readonly handlers: Readonly<Record<string, LinkHandler>>;
}

/** The other origin: pre-authenticated links for downloads, uploads and imports. A token sent here is a mistake. */
export function contentHandler(parts: ContentParts): Handler {
  return async (request, response) => {
    const { state, recorder } = parts;
    const url = new URL(request.url ?? '/', state.origins.content);
    const shown = `${request.method} ${url.pathname}`;
    const kindOfPath = `${request.method} content:/${url.pathname.split('/')[1] ?? ''}`;
    response.once('close', () => recorder.request(kindOfPath, response.statusCode));
    if (request.headers.authorization !== undefined) {
      recorder.violation('authorization', shown, 'A pre-authenticated link was called with an Authorization header.');
      return refuse(response, 401, 'unauthenticated', 'Pre-authenticated links take no Authorization header.');
    }
    const fault = await beforeFault(parts.faults, request.method ?? 'GET', `${url.pathname}${url.search}`);
    if (fault !== undefined) return sendFault(response, fault);
    const grant = state.links.read(url.searchParams.get('tempauth') ?? '');
    if (grant === undefined) {
      recorder.violation('link', shown, 'The link was never given out.');
      return refuse(response, 401, 'unauthenticated', 'The caller is not authenticated.');
    }
    if (grant === 'expired') return expired(response, url.pathname);
    if (grant['kind'] === 'download') return download(parts, grant, request, response);
    const handler = parts.handlers[String(grant['kind'])];
    if (handler === undefined) return refuse(response, 404, 'itemNotFound', 'There is nothing here.');
    return handler(grant, request, response);
  };
}

export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { error: { code, message, innerError: { date: new Date().toISOString().slice(0, 19) } } });
}

/** Dead download links are 401 as in SharePoint; dead upload and import links are 404. */
function expired(response: ServerResponse, path: string): void {
  if (path.startsWith('/download')) refuse(response, 401, 'unauthenticated', 'The link has expired.');
  else refuse(response, 404, 'itemNotFound', 'The upload session was not found.');
}

async function download(
  { state, recorder, faults }: ContentParts,
  grant: LinkGrant,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const item = state.database.get<{ ref: string | null; ctag_seq: number }>(
    'SELECT ref, ctag_seq FROM items WHERE drive_id = ? AND id = ? AND deleted = 0',
    String(grant['drive']),
    String(grant['item']),
  );
  if (item === undefined || item.ref === null)
    return refuse(response, 404, 'itemNotFound', 'The resource could not be found.');
  const ref = String(grant['ref'] ?? item.ref);
  const size = state.content.size(ref);
  const etag = `"${String(grant['item'])},${String(grant['version'] ?? item.ctag_seq)}"`;
  const common = { 'Content-Type': 'application/octet-stream', 'Accept-Ranges': 'bytes', ETag: etag };
  const ifRange = request.headers['if-range'];
  const range = ifRange === undefined || ifRange === etag ? parseRange(request.headers.range, size) : undefined;
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
    return;
  }
  const [start, end] = range ?? [0, size];
  const faulty = faults.after('GET', request.url ?? '/', { status: 200 });
  const cut =
    faulty.headers?.[TRUNCATE] === undefined && faulty.headers?.[DROP_CONNECTION] === undefined
      ? end
      : start + Math.floor((end - start) / 2);
  response.writeHead(range === undefined ? 200 : 206, {
    ...common,
    'Content-Length': end - start,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
  });
  recorder.bytes('read', cut - start);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const source = Readable.from(state.content.read(ref, start, cut), { objectMode: false, highWaterMark: 256 * 1024 });
  source.once('error', () => response.destroy());
  response.once('close', () => source.destroy());
  if (cut < end) {
    source.pipe(response, { end: false });
    source.once('end', () => response.destroy());
    return;
  }
  source.pipe(response);
  await finished(response, { error: false });
}

/** [start, end) of the first range asked for; undefined without a Range header. */
function parseRange(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (found === null) return undefined;
  const [, first = '', last = ''] = found;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start >= size || end <= start ? 'unsatisfiable' : [start, end];
}

async function beforeFault(faults: Faults, method: string, target: string): Promise<Reply | undefined> {
  try {
    return await faults.before(method, target);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return { status: error.status, json: error.body('content'), headers: error.headers };
  }
}

function sendFault(response: ServerResponse, reply: Reply): void {
  if (reply.headers?.[DROP_CONNECTION] !== undefined) response.destroy();
  else if (reply.json === undefined)
    response
      .writeHead(reply.status, { 'Content-Type': reply.contentType ?? 'text/plain', ...reply.headers })
      .end(reply.bytes);
  else sendJson(response, reply.status, reply.json, reply.headers);
}
