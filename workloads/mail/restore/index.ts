import type {
  Grade,
  RestoreContext,
  RestoreSide,
  TargetContainer,
  WriteOrder,
  Written,
} from '../../../engine/connector.ts';
import { Fault, isFault } from '../../../engine/fault.ts';
import type { Entry } from '../../../engine/model/item.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import { mailboxScope, segment, type Graph, type Log } from '../../../graph/index.ts';
import { restoreOptions } from '../../restoreOptions.ts';
import { folderShape, MESSAGE_SELECT, messageShape, type Message } from '../shapes.ts';
import { composeMessage, fileAttachment, SINGLE_POST_BYTES, type Composed } from './compose.ts';
import { existingOf, lookAlikes, marked, newest } from './existing.ts';
import { targetFolders } from './folders.ts';
import { createImports } from './imports.ts';
import { unfinishedMark, writeLargeMessage, type MailGraphs } from './largeMessage.ts';
import { readMail, type OpenMime } from './mime/readMail.ts';

const AS_NEW_MESSAGE =
  'It comes back as a new message: properties that only Outlook knows (voting, reminders, conversation index) are lost.';
const AS_DRAFT = 'It is larger than 4 MB and arrives as a draft.';
/** MIME is a little smaller than the JSON that carries it. */
const JSON_OVERHEAD = 1.03;
/** In a message that is too large for one write, what is longer than this is read when it is sent. */
const LONG_BODY = 64 * 1024;

/**
 * Giving mail back: by import of the exact copy where that is allowed, else by one complete POST. Single messages are
 * read as the backup app: Mail.ReadWrite alone is not listed for them.
 */
export function mailRestore(read: Graph, graph: Graph, now: () => number, log: Log): RestoreSide {
  const folders = targetFolders(graph);
  const imports = createImports(graph, now, log);

  const mayImport = async (target: ProtectedResource, entry: Entry, context: RestoreContext): Promise<boolean> =>
    hasStream(entry, 'exact') && (await imports.isAllowed(target.sourceId, context));

  const messageById = (target: ProtectedResource, id: string, context: RestoreContext): Promise<Message> =>
    read.get(messageShape, messagePath(target, id), {
      ...optionsOf(target, context),
      query: { $select: MESSAGE_SELECT },
    });

  /** Who deletes a message moves it: it keeps its immutable id and gets another change key. */
  const isInBin = async (target: ProtectedResource, message: Message, context: RestoreContext): Promise<boolean> => {
    const answers = await read.batch(
      ['deleteditems', 'recoverableitemsdeletions'].map((id) => ({
        id,
        method: 'GET',
        url: `/users/${segment(target.sourceId)}/mailFolders/${id}?$select=id`,
      })),
      optionsOf(target, context),
    );
    return answers.some(
      (answer) => answer.ok && folderShape.safeParse(answer.body).data?.id === message.parentFolderId,
    );
  };

  return {
    async grade(target, entry, context): Promise<Grade> {
      if (await mayImport(target, entry, context)) return { fidelity: 'exact' };
      if (!hasStream(entry, 'original'))
        return { fidelity: 'lost', reason: 'Only its exact copy was kept, and this mailbox takes no imports.' };
      const isLarge = entry.size * JSON_OVERHEAD > SINGLE_POST_BYTES;
      return { fidelity: 'approximate', changes: isLarge ? [AS_NEW_MESSAGE, AS_DRAFT] : [AS_NEW_MESSAGE] };
    },

    container: (target, path, context) => folders.make(target.sourceId, path, context),
    findContainer: (target, path, context) => folders.find(target.sourceId, path, context),

    async look(target, container, entry, context, meta) {
      const found = await lookAlikes(graph, target.sourceId, container.sourceId, entry, context, meta);
      return found.map((message) => existingOf(message, entry));
    },

    // Messages do not collide by name.
    freeName: () => Promise.resolve(undefined),

    async write(target, container, entry, order, context) {
      // What an earlier attempt began to fill is filled, also where the mailbox takes imports by now.
      if (order.progress === undefined && (await mayImport(target, entry, context))) {
        const bytes = order.content('exact');
        const length = entry.streams.find(({ name }) => name === 'exact')?.size;
        if (bytes !== undefined && length !== undefined) {
          const id = await imports.create(target.sourceId, container.sourceId, { bytes, length }, context);
          return writtenOf(await messageById(target, id, context), entry, []);
        }
      }
      return writeAsNew({ read, write: graph }, target, container, entry, order, context);
    },

    async find(target, container, entry, order, context) {
      const ours = await marked(graph, target.sourceId, container.sourceId, order.mark, context);
      if (ours !== undefined) return writtenOf(ours, entry, [AS_NEW_MESSAGE]);
      // An import carries no mark: one more look-alike than before is ours.
      const meta = () => Promise.resolve(order.meta);
      const found = await lookAlikes(graph, target.sourceId, container.sourceId, entry, context, meta);
      const fresh = found.filter(({ id }) => order.before?.includes(id) !== true);
      const latest = found.length > order.lookAlikes ? newest(fresh) : undefined;
      if (latest === undefined) return undefined;
      // A draft that is still being filled looks the same, and is none before everything is in it.
      const unfinished = unfinishedMark(order.mark);
      if ((await marked(graph, target.sourceId, container.sourceId, unfinished, context)) !== undefined)
        return undefined;
      return writtenOf(latest, entry, []);
    },

    async retire(target, existing, context) {
      await graph.post(
        messageShape,
        `${messagePath(target, existing.sourceId)}/move`,
        { destinationId: 'deleteditems' },
        optionsOf(target, context),
      );
    },

    // Graph takes no condition for this: nothing says that DELETE of a message heeds If-Match, and Exchange's own way of
    // deleting ignores the change key. So the look comes last before it, with nothing in between. Who changes the message
    // in that moment finds it in Deleted Items, where DELETE moves it.
    async undo(target, written, context) {
      try {
        const live = await messageById(target, written.sourceId, context);
        if (live.changeKey !== written.tag) return (await isInBin(target, live, context)) ? 'gone' : 'changed';
        await graph.remove(messagePath(target, written.sourceId), optionsOf(target, context));
        return 'removed';
      } catch (error) {
        if (isFault(error, 'not-found')) return 'gone';
        throw error;
      }
    },
  };
}

/** One complete POST; a message that does not fit becomes a draft whose attachments follow. */
async function writeAsNew(
  { read, write }: MailGraphs,
  target: ProtectedResource,
  container: TargetContainer,
  entry: Entry,
  order: WriteOrder,
  context: RestoreContext,
): Promise<Written> {
  const size = entry.streams.find(({ name }) => name === 'original')?.size;
  if (size === undefined)
    throw new Fault('unsupported', 'Only the exact copy of this message was kept, and the mailbox takes no imports', {
      origin: 'graph',
      code: 'ImportRefused',
    });
  const open: OpenMime = (from, again) => {
    const bytes = order.content('original', from, again);
    if (bytes === undefined) throw new TypeError('An entry with a stream gives its content');
    return bytes;
  };
  const properties = messageShape.partial().safeParse(order.meta).data ?? {};
  const mail = await readMail(open, size > SINGLE_POST_BYTES ? LONG_BODY : Infinity);
  const composed = composeMessage(mail, entry, properties, order.mark);
  const single = await singlePost(composed);
  if (single === undefined)
    return writtenOf(
      await writeLargeMessage({ read, write }, target.sourceId, container.sourceId, composed, order, context),
      entry,
      [AS_NEW_MESSAGE, AS_DRAFT],
    );
  const path = `/users/${segment(target.sourceId)}/mailFolders/${segment(container.sourceId)}/messages`;
  return writtenOf(await write.post(messageShape, path, single, optionsOf(target, context)), entry, [AS_NEW_MESSAGE]);
}

async function singlePost({ message, attachments }: Composed): Promise<Readonly<Record<string, unknown>> | undefined> {
  const weight = attachments.reduce((sum, { content }) => sum + content.size * (4 / 3), 0);
  if (weight > SINGLE_POST_BYTES) return undefined;
  const body =
    attachments.length === 0
      ? message
      : { ...message, attachments: await Promise.all(attachments.map(fileAttachment)) };
  return Buffer.byteLength(JSON.stringify(body)) > SINGLE_POST_BYTES ? undefined : body;
}

/** What came to be, and what the service made different of it. */
function writtenOf(message: Message, entry: Entry, changes: readonly string[]): Written {
  const isOther = (message.subject ?? '') !== entry.name;
  return {
    sourceId: message.id,
    tag: message.changeKey ?? message['@odata.etag'] ?? '',
    result: isOther ? 'changedByService' : 'restored',
    ...(changes.length === 0 && !isOther
      ? {}
      : { changes: isOther ? [...changes, 'Its subject is another one.'] : changes }),
  };
}

const optionsOf = (target: ProtectedResource, context: RestoreContext) =>
  restoreOptions(mailboxScope(target.sourceId), context);

const messagePath = (target: ProtectedResource, id: string) =>
  `/users/${segment(target.sourceId)}/messages/${segment(id)}`;

const hasStream = (entry: Entry, name: string): boolean => entry.streams.some((stream) => stream.name === name);
