import type { Existing, RestoreContext } from '../../../engine/connector.ts';
import type { Entry } from '../../../engine/model/item.ts';
import { mailboxScope, segment, type Graph } from '../../../graph/index.ts';
import { pagesOf } from '../../reading/pagesOf.ts';
import { restoreOptions } from '../../restoreOptions.ts';
import { listedMessage } from '../listed.ts';
import { MESSAGE_SELECT, messageShape, type Message } from '../shapes.ts';

/** Named property that a restored message carries: which request and item it came from. */
export const MARK_PROPERTY = 'String {8d6a2f0e-3f0b-4c59-9a1e-6f2d6c6f4b8e} Name HoldfastRestore';

/**
 * Messages of a folder that could be this one: received in the same second, with the same subject, sender and, where
 * both say one, Message-ID. Programs send many messages of one subject in one second.
 */
export async function lookAlikes(
  graph: Graph,
  userId: string,
  folderId: string,
  entry: Entry,
  context: RestoreContext,
  meta: () => Promise<unknown>,
): Promise<readonly Message[]> {
  const found = (await messagesWhere(graph, userId, folderId, momentFilter(entry), context)).filter((message) => {
    const { name, from } = listedMessage(message, folderId);
    return name === entry.name && (from ?? '') === (entry.from ?? '');
  });
  if (found.length === 0) return found;
  const wanted = messageShape.partial().safeParse(await meta()).data?.internetMessageId;
  return found.filter(({ internetMessageId: id }) => !wanted || !id || id === wanted);
}

/** What an earlier attempt with this mark left in the folder. */
export async function marked(
  graph: Graph,
  userId: string,
  folderId: string,
  mark: string,
  context: RestoreContext,
): Promise<Message | undefined> {
  const filter = `singleValueExtendedProperties/any(ep: ep/id eq '${MARK_PROPERTY}' and ep/value eq '${quoted(mark)}')`;
  const [first] = await messagesWhere(graph, userId, folderId, filter, context);
  return first;
}

async function messagesWhere(
  graph: Graph,
  userId: string,
  folderId: string,
  filter: string,
  context: RestoreContext,
): Promise<Message[]> {
  const options = restoreOptions(mailboxScope(userId), context);
  const path = `/users/${segment(userId)}/mailFolders/${segment(folderId)}/messages`;
  const query = { $filter: filter, $select: MESSAGE_SELECT, $top: '100' };
  return Array.fromAsync(pagesOf(graph, messageShape, path, { ...options, query }));
}

function momentFilter(entry: Entry): string {
  if (entry.receivedAt === undefined) return `subject eq '${quoted(entry.name)}'`;
  // Graph gives and compares whole seconds.
  const second = Math.floor(Date.parse(entry.receivedAt) / 1000) * 1000;
  const text = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
  return `receivedDateTime ge ${text(second)} and receivedDateTime lt ${text(second + 1000)}`;
}

const quoted = (text: string): string => text.replaceAll("'", "''");

/** A live message beside the backup's: `same` when nothing that Graph shows tells them apart but read state. */
export function existingOf(message: Message, entry: Entry): Existing {
  const live = listedMessage(message, '');
  const isSameVersion = message.id === entry.sourceId && live.versionTag === entry.versionTag;
  const isSameContent =
    live.sentAt === entry.sentAt && JSON.stringify(live.to ?? []) === JSON.stringify(entry.to ?? []);
  return {
    sourceId: message.id,
    name: live.name,
    same: isSameVersion || isSameContent,
    tag: live.versionTag,
    ...(live.modifiedAt === undefined ? {} : { modifiedAt: live.modifiedAt }),
  };
}

/** The message as it is now; undefined when it is gone. */
export const newest = (messages: readonly Message[]): Message | undefined =>
  messages.toSorted((a, b) => (b.createdDateTime ?? '').localeCompare(a.createdDateTime ?? ''))[0];
