import { driveOf, itemOf, placeFile } from '../driveWorld.ts';
import { GraphError, itemNotFound } from '../graphError.ts';
import { cTagOf } from '../ids.ts';
import { mailboxOf, messageOf } from '../mailWorld.ts';
import { contentOf } from '../content.ts';
import type { Session } from '../rows.ts';
import { itemReply } from './driveReads.ts';
import { wroteItem } from './driveWrites.ts';
import { addAttachment } from './mailWrites.ts';
import { json, OTHER_FILES, type Handler, type Reply, type Request } from './request.ts';

/** A link is good until the moment that it carries. */
function checkLink(request: Request, prefix: string, status: number): void {
  const expired = request.befalls('linkExpired');
  const [kind, , until] = (request.query.get('tempauth') ?? '').split('.');
  if (expired !== undefined || kind !== prefix || !(Number(until) > request.world.now()))
    throw new GraphError(expired?.status ?? status, 'unauthenticated', 'The link has expired.');
}

/** The link names the file, not its bytes: after an edit it gives the new content. */
export const download: Handler = (request): Reply => {
  const { world, query, headers } = request;
  checkLink(request, 'd', 401);
  const elsewhere = request.befalls('redirect');
  if (elsewhere !== undefined)
    return {
      status: 302,
      headers: {
        location: `${elsewhere.to === 'own' ? OTHER_FILES : 'https://files.example'}/download?${query.toString()}`,
      },
    };
  const drive = driveOf(world, query.get('drive') ?? '');
  const item = itemOf(drive, query.get('item') ?? '');
  if (item.content === undefined) throw itemNotFound();
  const { bytes } = item.content;
  const etag = cTagOf(item.id, item.ctagSeq);
  const from = Number(/^bytes=(\d+)-$/.exec(headers['range'] ?? '')?.[1] ?? 0);
  if (from === 0)
    return { status: 200, bytes, contentType: 'application/octet-stream', headers: { etag, 'accept-ranges': 'bytes' } };
  if (from >= bytes.length) return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } };
  return {
    status: 206,
    bytes: bytes.subarray(from),
    contentType: 'application/octet-stream',
    headers: { etag, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` },
  };
};

export const checkImportLink = (request: Request): void => checkLink(request, 'i', 404);

const RULES = {
  file: { multiple: 327_680, largest: 60 * 1024 * 1024 },
  attachment: { multiple: 1, largest: 4 * 1024 * 1024 },
};

function sessionOf(request: Request): Session {
  const id = request.query.get('session') ?? request.query.get('authtoken') ?? '';
  const session = request.world.sessions.get(id);
  if (
    session === undefined ||
    session.expiresAt <= request.world.now() ||
    request.befalls('sessionGone') !== undefined
  ) {
    request.world.sessions.delete(id);
    throw new GraphError(404, 'itemNotFound', 'The upload session was not found.');
  }
  return session;
}

export const uploadStatus: Handler = (request) => stateOf(sessionOf(request), 200);

export const uploadCancel: Handler = (request) => {
  request.world.sessions.delete(sessionOf(request).id);
  return { status: 204 };
};

function stateOf({ target, expiresAt, received, size }: Session, status: number): Reply {
  const expires = new Date(expiresAt).toISOString();
  const range = target.kind === 'attachment' || size === undefined ? `${received}-` : `${received}-${size - 1}`;
  return target.kind === 'attachment' && status !== 202
    ? json(status, { ExpirationDateTime: expires, NextExpectedRanges: [range] })
    : json(status, { expirationDateTime: expires, nextExpectedRanges: [range] });
}

/** One range, in its order; the last one makes the file appear. */
export const uploadRange: Handler = (request) => {
  const session = sessionOf(request);
  const { world, body, headers, limits } = request;
  const { multiple, largest } = RULES[session.target.kind];
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '');
  if (range === null) throw new GraphError(400, 'invalidRequest', 'The Content-Range header is missing or malformed.');
  const [start = 0, end = 0, total = 0] = range.slice(1).map(Number);
  if (body.length !== end - start + 1 || body.length > largest)
    throw new GraphError(400, 'invalidRequest', 'Content-Range and body differ, or the range is too large.');
  if (session.size !== undefined && session.size !== total)
    throw new GraphError(400, 'invalidRequest', 'The total size differs from the one before.');
  // A range that was taken already is no mistake: its answer may have been lost.
  if (start !== session.received) throw new GraphError(416, 'invalidRange', 'The range overlaps or leaves a gap.');
  const isLast = end + 1 === total;
  if (!isLast && body.length % multiple !== 0)
    throw new GraphError(400, 'invalidRequest', `A range that is not the last one is a multiple of ${multiple} bytes.`);
  const expiresAt = world.now() + limits.sessionMs;
  const notYet = isLast ? request.befalls('notYet') : undefined;
  if (notYet !== undefined) return stateOf({ ...session, size: total, expiresAt }, 202);
  const share = request.befalls('partOfRange')?.share ?? 1;
  const taken = share === 1 ? body : body.subarray(0, Math.floor((body.length * share) / multiple) * multiple);
  const isEnd = isLast && taken.length === body.length;
  // Whoever sends may write the next range over this one.
  const chunks = [...session.chunks, Buffer.from(taken)];
  const now: Session = { ...session, size: total, chunks, received: start + taken.length, expiresAt };
  if (!isEnd) {
    world.sessions.set(session.id, now);
    return stateOf(now, session.target.kind === 'attachment' ? 200 : 202);
  }
  world.sessions.delete(session.id);
  return finish(request, now);
};

function finish(request: Request, { target, chunks }: Session): Reply {
  const { world, limits } = request;
  const bytes = Buffer.concat(chunks);
  if (target.kind === 'attachment') {
    const mailbox = mailboxOf(world, target.mailbox);
    const message = messageOf(mailbox, target.message);
    const index = addAttachment(request, mailbox, message, { ...target.attachment, content: contentOf(bytes) });
    return { status: 201, headers: { location: `https://outlook.office.com/api/v2.0/Attachments('${index}')` } };
  }
  const drive = driveOf(world, target.drive);
  const parent = itemOf(drive, target.parent);
  const isRewritten = limits.officeRewrites && /\.(docx|xlsx|pptx)$/i.test(target.name);
  const kept = isRewritten ? Buffer.concat([bytes, Buffer.from('properties of the service')]) : bytes;
  const { item, isNew } = placeFile(world, drive, { ...target, parent }, kept);
  wroteItem(request, isNew ? 'created' : 'changed', drive, item);
  return itemReply(request, isNew ? 201 : 200, drive, item);
}
