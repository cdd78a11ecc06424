import { contentOf } from './content.ts';
import { exactCopy } from './exact.ts';
import { GraphError, malformedId, outlookNotFound } from './graphError.ts';
import { changeKeyOf, folderIdOf, immutableIdOf, ordinaryIdOf } from './ids.ts';
import { composeMime } from './mime.ts';
import type { Attachment, Folder, Mailbox, Message, Person } from './rows.ts';
import type { World } from './world.ts';

/** Roles, names and whether a folder lies outside what a backup sees. The first one is the root. */
const WELL_KNOWN = [
  ['msgfolderroot', 'Top of Information Store'],
  ['inbox', 'Inbox'],
  ['deleteditems', 'Deleted Items'],
  ['archive', 'Archive'],
  ['recoverableitemsdeletions', 'Deletions'],
] as const;

const ROOT = 'msgfolderroot';
const isOutside = (role: string | undefined): boolean => role?.startsWith('recoverable') === true;

export function openMailbox(world: World, person: Person): void {
  const mailbox: Mailbox = {
    owner: person.id,
    alias: person.alias,
    isGone: false,
    room: undefined,
    made: 0,
    folders: new Map(),
    messages: new Map(),
    departures: [],
  };
  world.mailboxes.set(person.id, mailbox);
  world.history.addResource(person.id);
  let parent: string | undefined;
  for (const [role, name] of WELL_KNOWN) {
    const folder = keepFolder(world, mailbox, { parent, name, role, hidden: isOutside(role) });
    parent ??= folder.id;
  }
}

interface NewFolder {
  readonly parent: string | undefined;
  readonly name: string;
  readonly role?: string;
  readonly hidden: boolean;
}

function keepFolder(world: World, mailbox: Mailbox, { parent, name, role, hidden }: NewFolder): Folder {
  mailbox.made += 1;
  const n = mailbox.made;
  const id = folderIdOf(mailbox.alias, n);
  const folder = { n, id, parent, name, role, hidden, changedSeq: world.nextSeq(), deleted: false };
  putFolder(world, mailbox, folder);
  return folder;
}

function putFolder(world: World, mailbox: Mailbox, folder: Folder): void {
  mailbox.folders.set(folder.id, folder);
  if (folder.role === ROOT || isOutside(folder.role)) return;
  const { parent, name, role } = folder;
  const fact = {
    kind: 'mailFolder' as const,
    parent: mailbox.folders.get(parent ?? '')?.role === ROOT ? undefined : parent,
    name,
    role,
    versionTag: undefined,
    size: 0,
    readable: true,
    original: () => undefined,
    exact: () => undefined,
  };
  world.history.write(mailbox.owner, folder.id, folder.deleted ? undefined : fact, world.now());
}

/** The mailbox of a person named by id or address, or the documented refusals. */
export function mailboxOf(world: World, key: string): Mailbox {
  const person =
    world.people.get(key.toLowerCase()) ?? [...world.people.values()].find(({ address }) => address === key);
  if (person === undefined) throw new GraphError(404, 'ErrorInvalidUser', `The requested user '${key}' is invalid.`);
  const mailbox = world.mailboxes.get(person.id);
  if (mailbox === undefined || mailbox.isGone)
    throw new GraphError(
      404,
      'MailboxNotEnabledForRESTAPI',
      'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
    );
  return mailbox;
}

/** By id or role. */
export function folderOf(mailbox: Mailbox, key: string): Folder {
  const byId = mailbox.folders.get(key);
  if (byId !== undefined && !byId.deleted) return byId;
  const role = key.toLowerCase();
  for (const folder of mailbox.folders.values()) if (folder.role === role) return folder;
  throw key.startsWith('AQMk') || WELL_KNOWN_ELSEWHERE.has(role) ? outlookNotFound() : malformedId();
}

/** Roles that other mailboxes have. */
const WELL_KNOWN_ELSEWHERE = new Set([
  'drafts',
  'sentitems',
  'junkemail',
  'outbox',
  'conversationhistory',
  'clutter',
  'scheduled',
  'searchfolders',
  'syncissues',
]);

/** By either kind of id; an ordinary one from before a move finds nothing. */
export function messageOf(mailbox: Mailbox, id: string): Message {
  const found = mailbox.messages.get(id);
  if (found !== undefined) return found;
  if (id.startsWith('AAMk'))
    for (const message of mailbox.messages.values()) if (ordinaryId(mailbox, message) === id) return message;
  throw id.startsWith('AAMk') || id.startsWith('AAkAL') ? outlookNotFound() : malformedId();
}

export const ordinaryId = (mailbox: Mailbox, { n, folder, moves }: Message): string =>
  ordinaryIdOf(mailbox.alias, n, mailbox.folders.get(folder)?.n ?? 0, moves);

export const isShownFolder = (folder: Folder): boolean => folder.role !== ROOT && !isOutside(folder.role);

export const childrenOf = (mailbox: Mailbox, parent: string): Folder[] =>
  [...mailbox.folders.values()].filter(
    (folder) => folder.parent === parent && !folder.deleted && !isOutside(folder.role),
  );

export function createFolder(world: World, mailbox: Mailbox, parent: string, name: string, hidden: boolean): Folder {
  refuseTakenName(mailbox, parent, name);
  return keepFolder(world, mailbox, { parent, name, hidden });
}

function refuseTakenName(mailbox: Mailbox, parent: string, name: string, except?: string): void {
  const key = name.toLowerCase();
  if (childrenOf(mailbox, parent).some((folder) => folder.id !== except && folder.name.toLowerCase() === key))
    throw new GraphError(409, 'ErrorFolderExists', `A folder with the specified name already exists.`);
}

export function changeFolder(
  world: World,
  mailbox: Mailbox,
  folder: Folder,
  to: { name?: string; parent?: string },
): void {
  const changed = { ...folder, ...to };
  refuseTakenName(mailbox, changed.parent ?? '', changed.name, folder.id);
  putFolder(world, mailbox, { ...changed, changedSeq: world.nextSeq() });
}

export function removeFolder(world: World, mailbox: Mailbox, folder: Folder): void {
  for (const child of childrenOf(mailbox, folder.id)) removeFolder(world, mailbox, child);
  for (const message of mailbox.messages.values())
    if (message.folder === folder.id) removeMessage(world, mailbox, message);
  putFolder(world, mailbox, { ...folder, deleted: true, changedSeq: world.nextSeq() });
}

export type MessageFacts = Pick<Message, 'props' | 'extended' | 'attachments' | 'fault'> & {
  /** Undefined: made of the rest. */
  readonly mime: Uint8Array | undefined;
};

export function insertMessage(world: World, mailbox: Mailbox, folder: string, facts: MessageFacts): Message {
  const { mime, ...rest } = facts;
  const content = mime === undefined ? composeMime(rest.props, rest.attachments) : contentOf(mime);
  takeRoom(mailbox, content.size);
  mailbox.made += 1;
  const n = mailbox.made;
  const id = immutableIdOf(mailbox.alias, n);
  return putMessage(world, mailbox, {
    ...rest,
    n,
    id,
    folder,
    moves: 0,
    mime: content,
    changedSeq: world.nextSeq(),
    former: undefined,
  });
}

export function takeRoom(place: { room: number | undefined }, bytes: number): void {
  if (place.room === undefined) return;
  if (bytes > place.room) throw new GraphError(507, 'ErrorQuotaExceeded', 'The mailbox quota has been exceeded.');
  place.room -= bytes;
}

function putMessage(world: World, mailbox: Mailbox, message: Message): Message {
  mailbox.messages.set(message.id, message);
  tellHistory(world, mailbox, message);
  return message;
}

function tellHistory(world: World, mailbox: Mailbox, message: Message): void {
  const folder = mailbox.folders.get(message.folder);
  const isHeld = folder !== undefined && !isOutside(folder.role);
  const fact = {
    kind: 'message' as const,
    parent: folder?.role === ROOT ? undefined : message.folder,
    name: String(message.props['subject'] ?? ''),
    versionTag: changeKeyOf(message.changedSeq),
    role: undefined,
    size: message.mime.size,
    readable: message.fault === undefined,
    original: () => message.mime.sha256,
    exact: () => exactCopy(message).content.sha256,
  };
  world.history.write(mailbox.owner, message.id, isHeld ? fact : undefined, world.now());
}

export interface MessageEdit {
  readonly props?: Readonly<Record<string, unknown>>;
  readonly extended?: Message['extended'];
  readonly attachments?: readonly Attachment[];
  readonly mime?: Uint8Array;
  readonly fault?: string | undefined;
}

/** Properties that the MIME of a message shows. */
const IN_MIME = ['subject', 'body', 'from', 'toRecipients', 'ccRecipients', 'bccRecipients', 'sentDateTime'];

export function editMessage(world: World, mailbox: Mailbox, message: Message, edit: MessageEdit): Message {
  const { mime, props, ...rest } = edit;
  const changed = { ...message.props, ...props, lastModifiedDateTime: world.nowText() };
  const attachments = edit.attachments ?? message.attachments;
  const isOther = edit.attachments !== undefined || IN_MIME.some((name) => props?.[name] !== undefined);
  const composed = isOther ? composeMime(changed, attachments) : message.mime;
  return putMessage(world, mailbox, {
    ...message,
    ...rest,
    props: changed,
    attachments,
    mime: mime === undefined ? composed : contentOf(mime),
    changedSeq: world.nextSeq(),
    former: message,
  });
}

export function moveMessage(world: World, mailbox: Mailbox, message: Message, folder: string): Message {
  depart(world, mailbox, message);
  return putMessage(world, mailbox, {
    ...message,
    folder,
    moves: message.moves + 1,
    changedSeq: world.nextSeq(),
    former: message,
  });
}

/** As Outlook does: to Deleted Items, and from there to where no backup looks. */
export function deleteMessage(world: World, mailbox: Mailbox, message: Message): void {
  const bin = folderOf(mailbox, 'deleteditems').id;
  moveMessage(
    world,
    mailbox,
    message,
    message.folder === bin ? folderOf(mailbox, 'recoverableitemsdeletions').id : bin,
  );
}

/** Gone for good. */
export function removeMessage(world: World, mailbox: Mailbox, message: Message): void {
  depart(world, mailbox, message);
  mailbox.messages.delete(message.id);
  world.history.write(mailbox.owner, message.id, undefined, world.now());
}

function depart(world: World, mailbox: Mailbox, { folder, n, id, moves }: Message): void {
  mailbox.departures = [...mailbox.departures, { folder, n, id, moves, seq: world.nextSeq() }];
}
