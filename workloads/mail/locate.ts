import type { ReadContext } from '../../engine/connector.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import { BATCH_LIMIT, segment, type BatchAnswer, type Graph } from '../../graph/index.ts';
import { mailOptions, readRoles } from './folders.ts';
import { listedFolder, listedMessage } from './listed.ts';
import { FOLDER_SELECT, folderShape, MESSAGE_SELECT, messageShape } from './shapes.ts';

type Located = Map<string, ListedItem | undefined>;

/**
 * Where messages are now and of which version, by their immutable ids. Twenty a request. A message that its mailbox
 * cannot open is left out: it is neither found nor gone.
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

/** Where items are now, folders included. What is neither message nor folder any more is undefined. */
export async function locateInMailbox(
  graph: Graph,
  userId: string,
  ids: readonly string[],
  context: ReadContext,
): Promise<Located> {
  const found = await locateMessages(graph, userId, ids, context);
  const others = ids.filter((id) => found.has(id) && found.get(id) === undefined);
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
  return new Map([...found, ...folders]);
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
  for (let from = 0; from < ids.length; from += BATCH_LIMIT) {
    const group = ids.slice(from, from + BATCH_LIMIT);
    const answers = await graph.batch(
      group.map((id, index) => ({ id: String(index), method: 'GET', url: urlOf(id) })),
      mailOptions(userId, context),
    );
    for (const [index, id] of group.entries()) {
      const answer = answers[index];
      if (answer?.ok === false && answer.fault.kind === 'source-corrupt') continue;
      located.set(id, locatedBy(answer, read));
    }
  }
  return located;
}

function locatedBy(answer: BatchAnswer | undefined, read: (body: unknown) => ListedItem): ListedItem | undefined {
  if (answer === undefined) return undefined;
  if (answer.ok) return read(answer.body);
  // An id of the other kind is malformed in this place: 400.
  if (answer.fault.kind === 'not-found' || answer.fault.kind === 'invalid') return undefined;
  throw answer.fault;
}
