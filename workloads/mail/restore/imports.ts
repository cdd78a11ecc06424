import { z } from 'zod';
import type { RestoreContext } from '../../../engine/connector.ts';
import { Fault, isFault } from '../../../engine/fault.ts';
import { mailboxScope, segment, type Graph, type Log } from '../../../graph/index.ts';
import { restoreOptions } from '../../restoreOptions.ts';
import { createMailboxIds } from '../mailboxIds.ts';

/** Sessions are left this long before they end. */
const LEAVE_BEFORE_MS = 60_000;
/** A mailbox that refused imports is asked again after this. */
const ASK_AGAIN_MS = 600_000;

const sessionShape = z.object({ importUrl: z.string(), expirationDateTime: z.string().nullish() });
// The service has been seen to write these names small and large.
const importedShape = z.object({ itemId: z.string().optional(), ItemId: z.string().optional() });

/** Imports of exact copies into mailboxes. */
export interface Imports {
  /** May exact copies go into this mailbox? Opens an import session to find out, and keeps it. */
  isAllowed(userId: string, context: RestoreContext): Promise<boolean>;
  /** Imports one exact copy as a new item and answers its id. Nothing is imported when `content` throws. */
  create(
    userId: string,
    folderId: string,
    content: { readonly bytes: AsyncIterable<Uint8Array>; readonly length: number },
    context: RestoreContext,
  ): Promise<string>;
}

export function createImports(graph: Graph, now: () => number, log: Log): Imports {
  const mailboxes = createMailboxIds();
  const sessions = new Map<string, { readonly url: string; readonly until: number }>();
  const refusedUntil = new Map<string, number>();

  const session = async (userId: string, context: RestoreContext): Promise<string> => {
    const known = sessions.get(userId);
    if (known !== undefined && known.until - LEAVE_BEFORE_MS > now()) return known.url;
    const options = { ...restoreOptions(mailboxScope(userId), context), repeatable: true };
    const mailbox = await mailboxes.idOf(graph, userId, options);
    const { importUrl, expirationDateTime } = await graph.post(
      sessionShape,
      `/admin/exchange/mailboxes/${segment(mailbox)}/createImportSession`,
      {},
      options,
    );
    const until = Date.parse(expirationDateTime ?? '');
    sessions.set(userId, { url: importUrl, until: Number.isNaN(until) ? now() + LEAVE_BEFORE_MS * 2 : until });
    return importUrl;
  };

  return {
    async isAllowed(userId, context) {
      if ((refusedUntil.get(userId) ?? 0) > now()) return false;
      try {
        await session(userId, context);
        return true;
      } catch (error) {
        if (!isFault(error, 'forbidden', 'not-found', 'unsupported', 'invalid')) throw error;
        refusedUntil.set(userId, now() + ASK_AGAIN_MS);
        log.warn('mail.importRefused', { user: userId, kind: error.kind, code: error.code ?? error.status ?? '' });
        return false;
      }
    },
    async create(userId, folderId, { bytes, length }, context) {
      const options = restoreOptions(mailboxScope(userId), context);
      const url = await session(userId, context);
      const head = `{"FolderId":${JSON.stringify(folderId)},"Mode":"create","Data":"`;
      const tail = '"}';
      const body = { length: head.length + base64Length(length) + tail.length, bytes: importBody(head, bytes, tail) };
      try {
        const { itemId, ItemId } = await graph.postContent(importedShape, url, body, options);
        const id = itemId ?? ItemId;
        if (id === undefined)
          throw new Fault('unavailable', 'The import did not say what it made', {
            origin: 'graph',
            outcomeUnknown: true,
          });
        return id;
      } catch (error) {
        // The session lost its power before anything was taken: the next attempt opens another.
        if (isFault(error, 'unauthorized', 'forbidden', 'not-found', 'resync')) {
          sessions.delete(userId);
          throw new Fault('unavailable', 'The import session is not valid any more', {
            origin: 'graph',
            cause: error,
            status: error.status ?? 0,
          });
        }
        throw error;
      }
    },
  };
}

const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/** Encoded at once, whole groups of three bytes: long strings gather in memory until they are collected. */
const STEP_BYTES = 48 * 1024;

async function* importBody(head: string, content: AsyncIterable<Uint8Array>, tail: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(head);
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of content)
    for (let at = 0; at < chunk.length;) {
      const step = chunk.subarray(at, at + STEP_BYTES - rest.length);
      at += step.length;
      const bytes = Buffer.concat([rest, step]);
      const whole = bytes.length - (bytes.length % 3);
      if (whole > 0) yield Buffer.from(bytes.toString('base64', 0, whole), 'latin1');
      rest = bytes.subarray(whole);
    }
  yield Buffer.from(Buffer.from(rest).toString('base64') + tail, 'latin1');
}
