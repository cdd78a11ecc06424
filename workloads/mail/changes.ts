import type { Change, ReadContext } from '../../engine/connector.ts';
import { Fault, isFault } from '../../engine/fault.ts';
import type { Cursor } from '../../engine/model/ids.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { segment, type Graph, type Page } from '../../graph/index.ts';
import { createLoopGuard, mostRestarts, PAGE_LOOP } from '../reading/loopGuard.ts';
import { firstCursor, readCursor, startRound, writeCursor, type Feed, type MailCursor } from './cursor.ts';
import { hiddenFolders, isFolderGone, mailOptions, readRoles } from './folders.ts';
import { listedFolder, listedMessage } from './listed.ts';
import { FOLDER_SELECT, folderShape, MESSAGE_SELECT, messageShape, type Folder, type Message } from './shapes.ts';

const MESSAGES_PER_PAGE = 1_000;
const FOLDERS_PER_PAGE = 500;
/** First pages of this many folders are asked for at once; the mailbox's lane allows four calls in flight. */
const FOLDERS_AHEAD = 3;

/** What one round over a mailbox works with. */
interface Round {
  readonly graph: Graph;
  readonly userId: string;
  readonly context: ReadContext;
  state: MailCursor;
}

/** Everything that changed in a mailbox: its folders first, then the messages of each folder, newest first. */
export async function* changesOfMailbox(
  graph: Graph,
  resource: ProtectedResource,
  cursor: Cursor | undefined,
  context: ReadContext,
): AsyncGenerator<Change> {
  const saved = readCursor(cursor);
  const round: Round = { graph, userId: resource.sourceId, context, state: saved.ended ? startRound(saved) : saved };
  if (round.state.folders.open) yield* changedFolders(round);
  yield* changedMessages(round);
  round.state.ended = true;
  yield { kind: 'end', cursor: writeCursor(round.state) };
}

async function* changedFolders(round: Round): AsyncGenerator<Change> {
  for (;;) {
    const { state } = round;
    if (state.folders.link === undefined)
      Object.assign(state, await readRoles(round.graph, round.userId, round.context));
    const isLooping = createLoopGuard();
    try {
      for (;;) {
        const page = await folderPage(round);
        for (const folder of page.value) yield* folderChange(round, folder);
        const link = page.nextLink ?? page.deltaLink;
        if (link === undefined)
          throw new Fault('resync', 'The folder listing ended without a place to go on from', { origin: 'graph' });
        state.folders = { ...state.folders, link: link, open: page.nextLink !== undefined };
        if (page.nextLink === undefined) break;
        if (isLooping(link)) throw looping('the folders');
        yield { kind: 'checkpoint', cursor: writeCursor(state) };
      }
      break;
    } catch (error) {
      const reason = deadLink(error, state.folders);
      // Without the folder feed nothing says which folders went: the whole mailbox is listed anew, and what is known is
      // not read again.
      const restarts = (state.folders.restarts ?? 0) + 1;
      round.state = { ...firstCursor(), folders: { open: true, restarts } };
      yield { kind: 'restarted', reason };
    }
  }
  yield* changedHiddenFolders(round);
  yield { kind: 'checkpoint', cursor: writeCursor(round.state) };
}

const folderPage = ({ graph, userId, context, state: { folders } }: Round): Promise<Page<Folder>> =>
  graph.page(folderShape, folders.link ?? `/users/${segment(userId)}/mailFolders/delta`, {
    ...mailOptions(userId, context),
    prefer: [`odata.maxpagesize=${FOLDERS_PER_PAGE}`],
    ...(folders.link === undefined ? { query: { $select: FOLDER_SELECT } } : {}),
  });

function* folderChange({ state }: Round, folder: Folder): Generator<Change> {
  if (isRemoved(folder)) {
    delete state.messages[folder.id];
    yield { kind: 'removed', sourceId: folder.id };
    return;
  }
  // The root shows in some listings; it is the mailbox itself.
  if (folder.id === state.rootId) return;
  if (folder['@odata.type'] === '#microsoft.graph.mailSearchFolder') {
    yield {
      kind: 'outOfScope',
      sourceId: folder.id,
      name: folder.displayName ?? '',
      reason: 'A search folder only shows messages that lie in other folders.',
    };
    return;
  }
  state.messages[folder.id] ??= { open: true };
  yield { kind: 'changed', item: listedFolder(folder, state.roles[folder.id], state.rootId) };
}

async function* changedHiddenFolders(round: Round): AsyncGenerator<Change> {
  const { state } = round;
  const shown = new Set(Object.keys(state.messages).filter((id) => !state.hidden.includes(id)));
  const found: string[] = [];
  for await (const folder of hiddenFolders(round.graph, round.userId, shown, round.context)) {
    found.push(folder.id);
    yield* folderChange(round, folder);
  }
  for (const gone of state.hidden.filter((id) => !found.includes(id) && state.messages[id] !== undefined)) {
    delete state.messages[gone];
    yield { kind: 'removed', sourceId: gone };
  }
  state.hidden = found;
}

async function* changedMessages(round: Round): AsyncGenerator<Change> {
  const ahead = new Map<string, Promise<Page<Message>>>();
  const open = Object.entries(round.state.messages)
    .filter(([, feed]) => feed.open)
    .map(([id]) => id);
  const startAhead = (from: number) => {
    for (const id of open.slice(from, from + FOLDERS_AHEAD)) {
      if (ahead.has(id)) continue;
      const page = messagePage(round, id);
      // Its trouble shows when its turn comes; until then nobody is there to meet it.
      page.catch(() => undefined);
      ahead.set(id, page);
    }
  };
  for (const [index, folderId] of open.entries()) {
    startAhead(index);
    yield* messagesOfFolder(round, folderId, ahead.get(folderId));
    ahead.delete(folderId);
  }
}

async function* messagesOfFolder(
  round: Round,
  folderId: string,
  first: Promise<Page<Message>> | undefined,
): AsyncGenerator<Change> {
  const { state } = round;
  let next = first;
  let isLooping = createLoopGuard();
  for (;;) {
    const feed = state.messages[folderId];
    if (feed === undefined) return;
    try {
      const page = await (next ?? messagePage(round, folderId));
      const link = page.nextLink ?? page.deltaLink;
      if (link === undefined)
        throw new Fault('resync', 'The listing of a folder ended without a place to go on from', { origin: 'graph' });
      if (page.nextLink !== undefined && isLooping(link)) throw looping('a mail folder');
      state.messages[folderId] = { ...feed, link: link, open: page.nextLink !== undefined };
      // The next page is on its way while this one is worked on.
      next = page.nextLink === undefined ? undefined : messagePage(round, folderId);
      next?.catch(() => undefined);
      for (const message of page.value) yield messageChange(message, folderId);
      yield { kind: 'checkpoint', cursor: writeCursor(state) };
      if (page.nextLink === undefined) return;
    } catch (error) {
      next = undefined;
      const isMissing = isFault(error, 'not-found');
      if (isMissing && (await isFolderGone(round.graph, round.userId, folderId, round.context))) {
        // The folder went while the round was under way.
        delete state.messages[folderId];
        yield { kind: 'removed', sourceId: folderId };
        return;
      }
      const reason = deadLink(isMissing ? asDeadLink(error) : error, feed);
      isLooping = createLoopGuard();
      state.messages[folderId] = { open: true, restarts: (feed.restarts ?? 0) + 1 };
      yield { kind: 'restarted', containerSourceId: folderId, reason };
    }
  }
}

function messagePage({ graph, userId, context, state }: Round, folderId: string): Promise<Page<Message>> {
  const link = state.messages[folderId]?.link;
  const path = `/users/${segment(userId)}/mailFolders/${segment(folderId)}/messages/delta`;
  return graph.page(messageShape, link ?? path, {
    ...mailOptions(userId, context),
    prefer: [`odata.maxpagesize=${MESSAGES_PER_PAGE}`],
    // Never $filter here: it would end the listing at 5,000 messages.
    ...(link === undefined ? { query: { $select: MESSAGE_SELECT, $orderby: 'receivedDateTime desc' } } : {}),
  });
}

const messageChange = (message: Message, folderId: string): Change =>
  isRemoved(message)
    ? { kind: 'removed', sourceId: message.id, containerSourceId: folderId }
    : { kind: 'changed', item: listedMessage(message, folderId) };

const isRemoved = ({ '@removed': removed }: Folder | Message): boolean => removed !== undefined && removed !== null;

/** The folder is there, its listing is not: the link to it is dead. */
const asDeadLink = (cause: Fault): Fault =>
  new Fault('resync', cause.message, {
    origin: 'graph',
    ...(cause.code === undefined ? {} : { code: cause.code }),
    cause,
  });

const looping = (what: string) =>
  new Fault('resync', `Microsoft Graph gives the same page of ${what} again and again`, {
    origin: 'graph',
    code: PAGE_LOOP,
  });

/**
 * Why a listing must start over; throws what is no reason to. A link that Graph refuses is as dead as one it has
 * forgotten. A listing that dies again and again fails by name.
 */
function deadLink(error: unknown, feed: Feed): string {
  const isDead = isFault(error, 'resync') || (isFault(error, 'invalid') && feed.link !== undefined);
  if (!isDead || !(error instanceof Fault)) throw error;
  if ((feed.restarts ?? 0) >= mostRestarts(error))
    throw new Fault('invalid', `${error.message}, also after it was listed anew`, {
      origin: 'graph',
      code: error.code ?? 'ListingFails',
      cause: error,
    });
  return error.message;
}
