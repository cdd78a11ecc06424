import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { Fault } from '../../engine/fault.ts';
import type { Cursor } from '../../engine/model/ids.ts';

const feedShape = z.object({
  /** Where its change feed goes on. Absent: list anew. */
  link: z.string().optional(),
  /** Still to be read in this round. */
  open: z.boolean(),
  /** How often its listing started over in this round. */
  restarts: z.number().optional(),
});

const cursorShape = z.object({
  v: z.literal(1),
  /** False while a round is under way. */
  ended: z.boolean(),
  /** The change feed of the mailbox's folders. */
  folders: feedShape,
  /** Folder that holds the top-level ones. */
  rootId: z.string().optional(),
  /** Well-known role by folder id. */
  roles: z.record(z.string(), z.string()),
  /** Folders that the change feed does not show. */
  hidden: z.array(z.string()),
  /** One change feed per folder. */
  messages: z.record(z.string(), feedShape),
});

export type Feed = z.infer<typeof feedShape>;
/** One place in all change feeds of a mailbox together. */
export type MailCursor = z.infer<typeof cursorShape>;

export const firstCursor = (): MailCursor => ({
  v: 1,
  ended: false,
  folders: { open: true },
  roles: {},
  hidden: [],
  messages: {},
});

/** Packed: the links of a mailbox repeat the same long query for each folder. */
export const writeCursor = (state: MailCursor): Cursor =>
  deflateRawSync(JSON.stringify(state)).toString('base64url') as Cursor;

/** Fault `resync` when it is not one of ours: the mailbox is then listed anew. */
export function readCursor(cursor: Cursor | undefined): MailCursor {
  if (cursor === undefined) return firstCursor();
  let value: unknown;
  try {
    value = JSON.parse(inflateRawSync(Buffer.from(cursor, 'base64url')).toString('utf8'));
  } catch (cause) {
    throw new Fault('resync', 'The saved place in the mailbox cannot be read, it is listed anew', {
      origin: 'input',
      cause,
    });
  }
  const parsed = cursorShape.safeParse(value);
  if (!parsed.success)
    throw new Fault('resync', 'The saved place in the mailbox is of another version, it is listed anew', {
      origin: 'input',
    });
  return parsed.data;
}

/** The next round reads every feed again from where the last one ended. */
export function startRound(state: MailCursor): MailCursor {
  const reopened = (feed: Feed): Feed => ({ ...(feed.link === undefined ? {} : { link: feed.link }), open: true });
  const messages = Object.entries(state.messages).map(([id, feed]) => [id, reopened(feed)] as const);
  return { ...state, ended: false, folders: reopened(state.folders), messages: Object.fromEntries(messages) };
}
