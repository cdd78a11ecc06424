import type { ReadContext } from '../../engine/connector.ts';
import { isFault } from '../../engine/fault.ts';
import { mailboxScope, segment, type CallOptions, type Graph } from '../../graph/index.ts';
import { pagesOf } from '../reading/pagesOf.ts';
import { FOLDER_SELECT, folderShape, type Folder } from './shapes.ts';

/** Names by which Graph finds a folder in any language. `msgfolderroot` holds the top-level folders. */
const WELL_KNOWN = [
  'msgfolderroot',
  'inbox',
  'drafts',
  'sentitems',
  'deleteditems',
  'junkemail',
  'archive',
  'outbox',
  'conversationhistory',
  'clutter',
  'scheduled',
  'searchfolders',
  'syncissues',
];

export const mailOptions = (
  userId: string,
  { priority, signal }: Pick<ReadContext, 'priority' | 'signal'>,
): CallOptions => ({
  scope: mailboxScope(userId),
  priority,
  signal,
});

/** Which folder has which role, and which one is the root. One request. */
export async function readRoles(
  graph: Graph,
  userId: string,
  context: ReadContext,
): Promise<{ readonly rootId?: string; readonly roles: Record<string, string> }> {
  const answers = await graph.batch(
    WELL_KNOWN.map((name) => ({
      id: name,
      method: 'GET',
      url: `/users/${segment(userId)}/mailFolders/${name}?$select=id`,
    })),
    mailOptions(userId, context),
  );
  const roles: Record<string, string> = {};
  let rootId: string | undefined;
  for (const answer of answers) {
    // Many mailboxes lack some of them: 404.
    if (!answer.ok) {
      if (answer.fault.kind === 'not-found' || answer.fault.kind === 'invalid') continue;
      throw answer.fault;
    }
    const { id } = folderShape.parse(answer.body);
    if (answer.id === 'msgfolderroot') rootId = id;
    else roles[id] = answer.id;
  }
  return { roles, ...(rootId === undefined ? {} : { rootId }) };
}

/**
 * Folders that are hidden and that the change feed did not show: those at the top, and what is below them. The feed of
 * some services leaves hidden folders out.
 */
export async function* hiddenFolders(
  graph: Graph,
  userId: string,
  known: ReadonlySet<string>,
  context: ReadContext,
): AsyncGenerator<Folder> {
  const top = `/users/${segment(userId)}/mailFolders`;
  const seen = new Set(known);
  const open = [top];
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    try {
      for await (const folder of listFolders(graph, path, userId, context)) {
        if (seen.has(folder.id)) continue;
        seen.add(folder.id);
        yield folder;
        // Who does not say how many are below is asked.
        if (folder.childFolderCount !== 0) open.push(`${top}/${segment(folder.id)}/childFolders`);
      }
    } catch (error) {
      // It went after it was listed; what the set still holds of it, the round settles.
      if (path === top || !isFault(error, 'not-found')) throw error;
    }
  }
}

/** Is the folder gone, and the mailbox still there? Rejects when the mailbox is gone. */
export async function isFolderGone(
  graph: Graph,
  userId: string,
  folderId: string,
  context: ReadContext,
): Promise<boolean> {
  try {
    await graph.get(folderShape, `/users/${segment(userId)}/mailFolders/${segment(folderId)}`, {
      ...mailOptions(userId, context),
      query: { $select: 'id' },
    });
    return false;
  } catch (error) {
    if (!isFault(error, 'not-found')) throw error;
    await askMailbox(graph, userId, context);
    return true;
  }
}

/** All folders directly under `path`, hidden ones included. */
export async function* listFolders(
  graph: Graph,
  path: string,
  userId: string,
  context: Pick<ReadContext, 'priority' | 'signal'>,
): AsyncGenerator<Folder> {
  const query = { includeHiddenFolders: 'true', $select: FOLDER_SELECT, $top: '250' };
  yield* pagesOf(graph, folderShape, path, { ...mailOptions(userId, context), query });
}

/** Asks the mailbox as such. Rejects with why it does not answer: gone, refused, out of order. */
export async function askMailbox(graph: Graph, userId: string, context: ReadContext): Promise<void> {
  await graph.get(folderShape, `/users/${segment(userId)}/mailFolders/inbox`, {
    ...mailOptions(userId, context),
    query: { $select: 'id' },
  });
}

/** Does the mailbox still let us in? Asked when one of its items is refused or gone. Rejects when the mailbox is gone. */
export async function isMailboxReachable(graph: Graph, userId: string, context: ReadContext): Promise<boolean> {
  try {
    await askMailbox(graph, userId, context);
    return true;
  } catch (error) {
    if (isFault(error, 'forbidden', 'locked')) return false;
    throw error;
  }
}
