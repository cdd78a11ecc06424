import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../http/listen.ts';
import { refuse, type LinkHandler } from '../content/contentServer.ts';
import type { LinkGrant } from '../content/signedLinks.ts';
import { GraphError } from './call.ts';
import type { Recorder } from './recorder.ts';
import type { TenantState } from './tenantState.ts';

export interface UploadSession {
  readonly id: string;
  readonly kind: 'upload' | 'attachment';
  /** What shall become of the bytes; read by whoever finishes the session. */
  readonly target: Readonly<Record<string, unknown>>;
  readonly size: number | null;
  readonly received: number;
  readonly expiresAt: number;
}

export interface UploadRules {
  /** Ranges must be a multiple of this, except the last one. */
  readonly multiple: number;
  readonly largestRange: number;
  /** Charges a range to its budget or throws the documented refusal. */
  admit?(session: UploadSession, bytes: number): void;
  /** Body of the answer to a range that is not the last one. */
  progress(expires: string, next: number, size: number): { readonly status: number; readonly body: unknown };
  /** All bytes are there; answers the last range. */
  finish(session: UploadSession, ref: string, response: ServerResponse): Promise<void>;
}

/** Opens a session and gives its link. Sessions outlive a restart; each accepted range prolongs them. */
export function openSession(
  state: TenantState,
  kind: UploadSession['kind'],
  target: Readonly<Record<string, unknown>>,
  size: number | null,
  name: string,
): { uploadUrl: string; expirationDateTime: string } {
  const id = randomUUID();
  const expiresAt = Date.now() + SESSION_SECONDS(state) * 1000;
  state.database.run(
    'INSERT INTO uploads(id, kind, target, size, expires_at) VALUES(?, ?, ?, ?, ?)',
    id,
    kind,
    JSON.stringify(target),
    size,
    expiresAt,
  );
  // The link itself lives as long as the session may be prolonged; the session decides.
  const token = state.links.write({ kind, session: id }, 30 * 86_400);
  return {
    uploadUrl: `${state.origins.content}/${kind}/${encodeURIComponent(name)}?tempauth=${token}`,
    expirationDateTime: new Date(expiresAt).toISOString(),
  };
}

/** Upload sessions live far longer than download links. */
const SESSION_SECONDS = (state: TenantState): number => state.tunables.linkSeconds * 12;

/** PUT of ranges in order, GET of the state, DELETE. */
export function uploadHandler(state: TenantState, recorder: Recorder, rules: UploadRules): LinkHandler {
  return async (grant, request, response) => {
    const session = sessionOf(state, grant);
    if (session === undefined || session.expiresAt < Date.now())
      return refuse(response, 404, 'itemNotFound', 'The upload session was not found.');
    if (request.method === 'GET') return status(state, session, response);
    if (request.method === 'DELETE') {
      await closeSession(state, session.id);
      response.writeHead(204).end();
      return;
    }
    if (request.method !== 'PUT')
      return refuse(response, 405, 'invalidRequest', 'Upload sessions take PUT, GET and DELETE.');
    try {
      rules.admit?.(session, Number(request.headers['content-length'] ?? 0));
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      request.resume();
      return sendJson(response, error.status, error.body('upload'), error.headers);
    }
    await takeRange(state, recorder, rules, session, request, response);
  };
}

async function takeRange(
  state: TenantState,
  recorder: Recorder,
  rules: UploadRules,
  session: UploadSession,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(request.headers['content-range'] ?? '');
  const bytes = await readBody(request, rules.largestRange);
  const shown = `PUT ${session.kind} ${request.headers['content-range'] ?? 'without Content-Range'}`;
  const complain = (status: number, code: string, message: string): void => {
    recorder.violation('limit', shown, message);
    refuse(response, status, code, message);
  };
  if (range === null) return complain(400, 'invalidRequest', 'The Content-Range header is missing or malformed.');
  const [start, end, total] = [Number(range[1]), Number(range[2]), Number(range[3])];
  if (bytes === undefined)
    return complain(413, 'invalidRequest', `A range may have at most ${rules.largestRange} bytes.`);
  if (bytes.length !== end - start + 1)
    return complain(400, 'invalidRequest', 'Content-Range and body differ in length.');
  if (session.size !== null && total !== session.size)
    return complain(400, 'invalidRequest', 'The total size differs from the one the session was opened with.');
  // A range that was taken already, or one too far ahead, is not an error of the client: its answer may have been lost.
  if (start !== session.received)
    return refuse(response, 416, 'invalidRange', 'Uploaded fragment overlaps with existing data or leaves a gap.');
  const last = end + 1 === total;
  if (!last && bytes.length % rules.multiple !== 0)
    return complain(
      400,
      'invalidRequest',
      `A range that is not the last one must be a multiple of ${rules.multiple} bytes.`,
    );

  await state.content.writeAt(session.id, start, bytes);
  recorder.bytes('written', bytes.length);
  if (last) {
    const ref = await state.content.finish(session.id, total);
    state.database.run('DELETE FROM uploads WHERE id = ?', session.id);
    return rules.finish({ ...session, size: total }, ref, response);
  }
  const expiresAt = Date.now() + SESSION_SECONDS(state) * 1000;
  state.database.run(
    'UPDATE uploads SET received = ?, size = ?, expires_at = ? WHERE id = ?',
    end + 1,
    total,
    expiresAt,
    session.id,
  );
  const { status: code, body } = rules.progress(new Date(expiresAt).toISOString(), end + 1, total);
  sendJson(response, code, body);
}

function status(state: TenantState, session: UploadSession, response: ServerResponse): void {
  const range = session.size === null ? `${session.received}-` : `${session.received}-${session.size - 1}`;
  sendJson(response, 200, {
    '@odata.context': `${state.origins.graph}/v1.0/$metadata#microsoft.graph.uploadSession`,
    expirationDateTime: new Date(session.expiresAt).toISOString(),
    nextExpectedRanges: [range],
  });
}

function sessionOf(state: TenantState, grant: LinkGrant): UploadSession | undefined {
  const row = state.database.get<{
    id: string;
    kind: UploadSession['kind'];
    target: string;
    size: number | null;
    received: number;
    expires_at: number;
  }>('SELECT * FROM uploads WHERE id = ?', String(grant['session']));
  if (row === undefined) return undefined;
  return {
    id: row.id,
    kind: row.kind,
    target: JSON.parse(row.target) as Record<string, unknown>,
    size: row.size,
    received: row.received,
    expiresAt: row.expires_at,
  };
}

export async function closeSession(state: TenantState, id: string): Promise<void> {
  state.database.run('DELETE FROM uploads WHERE id = ?', id);
  await state.content.discard(id);
}
