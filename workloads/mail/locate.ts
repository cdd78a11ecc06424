import type { ReadContext } from '../../engine/connector.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import { isFault, type Fault } from '../../engine/fault.ts';
import { BATCH_LIMIT, segment, type Graph } from '../../graph/index.ts';
import { leavesOpen } from '../reading/itemFault.ts';
import { askMailbox, mailOptions, readRoles } from './folders.ts';
import { listedFolder, listedMessage } from './listed.ts';
import { FOLDER_SELECT, folderShape, MESSAGE_SELECT, messageShape } from './shapes.ts';

type Located = Map<string, ListedItem | undefined>;

/**
 * Where messages are now and of which version, by their immutable ids. Twenty a request. A message that its mailbox
 * cannot open, or of which it cannot be asked, is left out: it is neither found nor gone. Fault `not-found`: the mailbox is
 * gone.
 */
export function locateMessages(
  graph: Graph,
  userId: string,
  ids: readonly string[],
  context: ReadContext,
): Promise<Located> {
  return locateBy(
    graph,
    userId,
    ids,
    (id) => `/users/${segment(userId)}/messages/${segment(id)}?$select=${MESSAGE_SELECT}`,
    (body) => {
      const { data } = messageShape.safeParse(body);
      return data && listedMessage(data, '');
    },
    context,
  );
}

/**
 * Where items are now, folders included. What is neither message nor folder any more is undefined, and so is a message
 * that was deleted from Deleted Items too: the mailbox still gives it by its id for a while. Undecided is left out.
 */
export async function locateInMailbox(
  graph: Graph,
  userId: string,
  ids: readonly string[],
  context: ReadContext,
): Promise<Located> {
  const found = await locateMessages(graph, userId, ids, context);
  await withoutRecoverable(graph, userId, found, context);
  const others = ids.filter((id) => found.get(id) === undefined);
  if (others.length === 0) return found;
  const { roles, rootId } = await readRoles(graph, userId, context);
  const folders = await locateBy(
    graph,
    userId,
    others,
    (id) => `/users/${segment(userId)}/mailFolders/${segment(id)}?$select=${FOLDER_SELECT}&includeHiddenFolders=true`,
    (body) => {
      const { data } = folderShape.safeParse(body);
      return data && listedFolder(data, roles[data.id], rootId);
    },
    context,
  );
  for (const id of others) {
    const folder = folders.get(id);
    if (folder !== undefined) found.set(id, folder);
    else if (!folders.has(id)) found.delete(id);
  }
  return found;
}

/** No listing shows the folder of recoverable items: what lies in it counts as gone. */
async function withoutRecoverable(graph: Graph, userId: string, found: Located, context: ReadContext): Promise<void> {
  if ([...found.values()].every((item) => item === undefined)) return;
  const path = `/users/${segment(userId)}/mailFolders/recoverableitemsdeletions`;
  let recoverable: string;
  try {
    const options = { ...mailOptions(userId, context), query: { $select: 'id' } };
    recoverable = (await graph.get(folderShape, path, options)).id;
  } catch (error) {
    // This mailbox has no such folder.
    if (isFault(error, 'not-found', 'invalid')) return;
    throw error;
  }
  for (const [id, item] of found) if (item?.parentSourceId === recoverable) found.set(id, undefined);
}

async function locateBy(
  graph: Graph,
  userId: string,
  ids: readonly string[],
  urlOf: (id: string) => string,
  read: (body: unknown) => ListedItem | undefined,
  context: ReadContext,
): Promise<Located> {
  const located: Located = new Map();
  let isAnyRefused = false;
  for (let from = 0; from < ids.length; from += BATCH_LIMIT) {
    const group = ids.slice(from, from + BATCH_LIMIT);
    const answers = await graph.batch(
      group.map((id, index) => ({ id: String(index), method: 'GET', url: urlOf(id) })),
      mailOptions(userId, context),
    );
    for (const [index, id] of group.entries()) {
      const answer = answers[index];
      if (answer === undefined) continue;
      if (answer.ok) {
        const item = read(answer.body);
        if (item !== undefined) located.set(id, item);
        continue;
      }
      isAnyRefused = true;
      if (!isUndecided(answer.fault)) located.set(id, undefined);
    }
  }
  // A mailbox that is gone, or refuses, says the same of each of its items.
  if (isAnyRefused) await askMailbox(graph, userId, context);
  return located;
}

/** Neither found nor gone. Throws what concerns more than this item. */
function isUndecided(fault: Fault): boolean {
  // An id of the other kind is malformed in this place. Any other 400 speaks of the question, not of the item.
  const isOtherKind =
    fault.kind === 'invalid' && /^Error(InvalidId|InvalidMailboxItemId|ItemIdMalformed)/i.test(fault.code ?? '');
  return !isOtherKind && leavesOpen(fault);
}
