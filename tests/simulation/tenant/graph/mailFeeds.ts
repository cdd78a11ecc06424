import { childrenOf, folderOf, isShownFolder, mailboxOf } from '../mailWorld.ts';
import { GraphError } from '../graphError.ts';
import { ordinaryIdOf } from '../ids.ts';
import type { Folder, Mailbox, Message } from '../rows.ts';
import { feedPage } from './feeds.ts';
import { messageText } from './messageEntity.ts';
import { GRAPH, param, project, wantsImmutableIds, type Handler, type Request } from './request.ts';

const PARAMETERS = { next: '$skiptoken', end: '$deltatoken' };
const MALFORMED = 'SyncStateInvalid';

/** All folders of all levels in one flat feed. Hidden ones, and what is below them, are not part of it. */
export const folderDelta: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  const isInFeed = (folder: Folder): boolean => isShownFolder(folder) && !isBelowHidden(mailbox, folder);
  return feedPage<Folder>(request, {
    kind: 'f',
    context: `users('${mailbox.owner}')/mailFolders`,
    size: request.limits.folders,
    parameters: PARAMETERS,
    malformed: MALFORMED,
    entries: (since, until) =>
      [...mailbox.folders.values()]
        .filter(
          (folder) =>
            isInFeed(folder) &&
            (since === 0 ? !folder.deleted : folder.changedSeq > since && folder.changedSeq <= until),
        )
        .toSorted((a, b) => a.n - b.n),
    entry: (n) => [...mailbox.folders.values()].find((folder) => folder.n === n),
    numberOf: ({ n }) => n,
    idOf: ({ id }) => id,
    positionOf: ({ n }) => [n],
    textOf: (folder, select) =>
      JSON.stringify(folder.deleted ? removed('mailFolder', folder.id) : shown(mailbox, folder, select)),
    formerOf: () => undefined,
  });
};

const shown = (mailbox: Mailbox, folder: Folder, select: string): object => ({
  '@odata.type': '#microsoft.graph.mailFolder',
  ...project(folderEntity(mailbox, folder), select),
});

const removed = (type: string, id: string): object => ({
  '@odata.type': `#microsoft.graph.${type}`,
  id,
  '@removed': { reason: 'deleted' },
});

function isBelowHidden(mailbox: Mailbox, folder: Folder): boolean {
  for (let one: Folder | undefined = folder; one !== undefined; one = mailbox.folders.get(one.parent ?? ''))
    if (one.hidden) return true;
  return false;
}

export function folderEntity(mailbox: Mailbox, folder: Folder): Readonly<Record<string, unknown>> {
  let [total, unread] = [0, 0];
  for (const message of mailbox.messages.values()) {
    if (message.folder !== folder.id) continue;
    total += 1;
    if (message.props['isRead'] === false) unread += 1;
  }
  return {
    id: folder.id,
    displayName: folder.name,
    parentFolderId: folder.parent ?? null,
    childFolderCount: childrenOf(mailbox, folder.id).length,
    unreadItemCount: unread,
    totalItemCount: total,
    isHidden: folder.hidden,
  };
}

/** A message of the folder, or that one left it. */
interface Entry {
  readonly n: number;
  readonly id: string;
  readonly seq: number;
  /** Undefined: it left. */
  readonly message: Message | undefined;
  readonly ordinary: string;
}

/** The change feed of one folder: what is there, newest first, then what changed, moved away or vanished. */
export const messageDelta: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  const folder = folderForSync(request, mailbox);
  const order = request.query.get('$orderby');
  if (order !== null && order !== 'receivedDateTime desc')
    throw new GraphError(400, 'ErrorInvalidUrlQuery', 'Change tracking orders by receivedDateTime desc only.');
  const isImmutable = wantsImmutableIds(request);
  const here = (message: Message): Entry => ({
    n: message.n,
    id: message.id,
    seq: message.changedSeq,
    message,
    ordinary: ordinaryIdOf(mailbox.alias, message.n, folder.n, message.moves),
  });
  const all = (): Message[] => [...mailbox.messages.values()].filter((message) => message.folder === folder.id);
  const left = (): Entry[] => {
    const newest = new Map<number, Entry>();
    for (const { folder: from, n, id, moves, seq } of mailbox.departures) {
      if (from !== folder.id || mailbox.messages.get(id)?.folder === folder.id) continue;
      newest.set(n, { n, id, seq, message: undefined, ordinary: ordinaryIdOf(mailbox.alias, n, folder.n, moves) });
    }
    return [...newest.values()];
  };
  return feedPage<Entry>(request, {
    kind: `m${folder.n}`,
    context: 'Collection(message)',
    size: request.limits.messages,
    parameters: PARAMETERS,
    malformed: MALFORMED,
    entries: (since, until) =>
      since === 0
        ? all()
            .toSorted((a, b) => receivedOf(b) - receivedOf(a) || b.n - a.n)
            .map(here)
        : [...all().map(here), ...left()]
            .filter(({ seq }) => seq > since && seq <= until)
            .toSorted((a, b) => a.seq - b.seq),
    entry: (n) => [...all().map(here), ...left()].find((entry) => entry.n === n),
    numberOf: ({ n }) => n,
    idOf: ({ id }) => id,
    // Newest first: the larger a moment, the sooner.
    positionOf: ({ n, seq, message }, since) =>
      since === 0 && message !== undefined ? [LATEST - receivedOf(message), LATEST - n] : [seq],
    textOf: ({ id, ordinary, message }, select) =>
      message === undefined
        ? JSON.stringify(removed('message', isImmutable ? id : ordinary))
        : messageText(message, select, isImmutable ? id : ordinary),
    formerOf: ({ message }) => {
      const former = message?.former;
      return former?.folder === folder.id ? here(former) : undefined;
    },
  });
};

/** A second far in the future. */
const LATEST = 100_000_000_000;

const receivedOf = ({ props }: Message): number => Date.parse(String(props['receivedDateTime'])) / 1000;

function folderForSync(request: Request, mailbox: Mailbox): Folder {
  try {
    return folderOf(mailbox, param(request, 1));
  } catch (error) {
    if (!(error instanceof GraphError) || error.status !== 404 || !request.query.has('$deltatoken')) throw error;
    throw new GraphError(404, 'ErrorSyncFolderNotFound', 'The specified folder could not be found in the store.');
  }
}

export const contextOf = (what: string): string => `${GRAPH}/v1.0/$metadata#${what}`;
