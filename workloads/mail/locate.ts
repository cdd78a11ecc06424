import type { ReadContext } from '../../engine/connector.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import { BATCH_LIMIT, segment, type BatchAnswer, type Graph } from '../../graph/index.ts';
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
    (body) => listedMessage(messageShape.parse(body), ''),
    context,
  );
}

/** Where items are now, folders included. What is neither message nor folder any more is undefined; undecided is left out. */
export async function locateInMailbox(
  graph: Graph,
  userId: string,
  ids: readonly string[],
  context: ReadContext,
): Promise<Located> {
  const found = await locateMessages(graph, userId, ids, context);
  const others = ids.filter((id) => found.get(id) === undefined);
  if (others.length === 0) return found;
  const { roles, rootId } = await readRoles(graph, userId, context);
  const folders = await locateBy(
    graph,
    userId,
    others,
    (id) => `/users/${segment(userId)}/mailFolders/${segment(id)}?$select=${FOLDER_SELECT}&includeHiddenFolders=true`,
    (body) => {
      const folder = folderShape.parse(body);
      return listedFolder(folder, roles[folder.id], rootId);
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

async function locateBy(
  graph: Graph,
  userId: string,
  ids: readonly string[],
  urlOf: (id: string) => string,
  read: (body: unknown) => ListedItem,
  context: ReadContext,
): Promise<Located> {
  const located: Located = new Map();
  let isAnyGone = false;
  for (let from = 0; from < ids.length; from += BATCH_LIMIT) {
    const group = ids.slice(from, from + BATCH_LIMIT);
    const answers = await graph.batch(
      group.map((id, index) => ({ id: String(index), method: 'GET', url: urlOf(id) })),
      mailOptions(userId, context),
    );
    for (const [index, id] of group.entries()) {
      const answer = answers[index];
      if (answer === undefined || isUndecided(answer)) continue;
      if (answer.ok) located.set(id, read(answer.body));
      else {
        located.set(id, undefined);
        isAnyGone = true;
      }
    }
  }
  // A mailbox that is gone says of each of its items that it found nothing.
  if (isAnyGone) await askMailbox(graph, userId, context);
  return located;
}

/** Neither found nor gone. Throws what concerns more than this item. */
function isUndecided(answer: BatchAnswer): boolean {
  if (answer.ok) return false;
  const { kind, code = '' } = answer.fault;
  if (kind === 'source-corrupt') return true;
  // An id of the other kind is malformed in this place. Any other 400 speaks of the question, not of the item.
  if (kind === 'invalid') return !/^Error(InvalidId|InvalidMailboxItemId|ItemIdMalformed)/i.test(code);
  if (kind === 'not-found') return false;
  throw answer.fault;
}
