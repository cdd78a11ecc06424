import { GraphError } from '../graphError.ts';
import { childrenOf, createFolder, folderOf, mailboxOf, messageOf, ordinaryId } from '../mailWorld.ts';
import type { Folder, Mailbox, Message } from '../rows.ts';
import { contextOf, folderEntity } from './mailFeeds.ts';
import { listPage } from './lists.ts';
import { messageEntity } from './messageEntity.ts';
import { json, jsonBody, param, project, selectOf, wantsImmutableIds, type Handler, type Request } from './request.ts';

/** Statuses of what some messages answer whenever they are opened. */
const FAULTS: Readonly<Record<string, number>> = {
  ErrorCorruptData: 500,
  ErrorInvalidRecipients: 400,
  ErrorAccessDenied: 403,
};

export function refuseUnreadable({ fault }: Message): void {
  if (fault !== undefined) throw new GraphError(FAULTS[fault] ?? 500, fault, 'The item could not be read.');
}

export const idFor = (request: Request, mailbox: Mailbox, message: Message): string =>
  wantsImmutableIds(request) ? message.id : ordinaryId(mailbox, message);

/** Folders directly under the one that the path names, or under the root. */
export const folderList: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  const parent = folderOf(mailbox, request.params[1] ?? 'msgfolderroot');
  const withHidden = request.query.get('includeHiddenFolders') === 'true';
  const folders = childrenOf(mailbox, parent.id).filter(({ hidden }) => withHidden || !hidden);
  const select = selectOf(request);
  return listPage(
    request,
    folders.map((folder) => () => JSON.stringify(project(folderEntity(mailbox, folder), select))),
    request.limits.folders,
    `users('${mailbox.owner}')/mailFolders`,
  );
};

export const folderGet: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  return folderReply(request, 200, mailbox, folderOf(mailbox, param(request, 1)));
};

export const folderCreate: Handler = (request) => {
  const { world } = request;
  const mailbox = mailboxOf(world, param(request, 0));
  const parent = folderOf(mailbox, request.params[1] ?? 'msgfolderroot');
  const { displayName: name, isHidden } = jsonBody(request);
  if (typeof name !== 'string' || name === '')
    throw new GraphError(400, 'ErrorInvalidRequest', 'The folder needs a displayName.');
  const folder = createFolder(world, mailbox, parent.id, name, isHidden === true);
  request.wrote({
    kind: 'created',
    what: 'mailFolder',
    resource: mailbox.owner,
    sourceId: folder.id,
    parent: parent.id,
    name,
  });
  return folderReply(request, 201, mailbox, folder);
};

const folderReply = (request: Request, status: number, mailbox: Mailbox, folder: Folder) =>
  json(status, {
    '@odata.context': contextOf(`users('${mailbox.owner}')/mailFolders/$entity`),
    ...project(folderEntity(mailbox, folder), selectOf(request)),
  });

export const messageGet: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  const message = messageOf(mailbox, param(request, 1));
  refuseUnreadable(message);
  return messageReply(request, 200, mailbox, message);
};

export const messageReply = (request: Request, status: number, mailbox: Mailbox, message: Message) =>
  json(status, {
    '@odata.context': contextOf(`users('${mailbox.owner}')/messages/$entity`),
    ...project(messageEntity(message, idFor(request, mailbox, message)), selectOf(request)),
  });

export const messageValue: Handler = (request) => {
  const message = messageOf(mailboxOf(request.world, param(request, 0)), param(request, 1));
  refuseUnreadable(message);
  return { status: 200, bytes: message.mime.bytes, contentType: 'text/plain' };
};

export const messageList: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  const folder = folderOf(mailbox, param(request, 1));
  const matches = matcherOf(request.query.get('$filter'));
  const found = [...mailbox.messages.values()]
    .filter((message) => message.folder === folder.id && matches(message))
    .toSorted((a, b) => b.n - a.n);
  const select = selectOf(request);
  return listPage(
    request,
    found.map(
      (message) => () => JSON.stringify(project(messageEntity(message, idFor(request, mailbox, message)), select)),
    ),
    request.limits.messages,
    `users('${mailbox.owner}')/messages`,
  );
};

const BETWEEN = /^receivedDateTime ge (\S+) and receivedDateTime lt (\S+)$/;
const BY_SUBJECT = /^subject eq '((?:[^']|'')*)'$/;
const BY_PROPERTY =
  /^singleValueExtendedProperties\/any\(ep: ep\/id eq '((?:[^']|'')*)' and ep\/value eq '((?:[^']|'')*)'\)$/;

const plain = (quoted = ''): string => quoted.replaceAll("''", "'");

/** The filters that a restore asks by; any other is a new call. */
function matcherOf(filter: string | null): (message: Message) => boolean {
  if (filter === null) return () => true;
  const between = BETWEEN.exec(filter);
  if (between !== null) {
    const [from, to] = [Date.parse(between[1] ?? ''), Date.parse(between[2] ?? '')];
    return ({ props }) => {
      const received = Date.parse(String(props['receivedDateTime']));
      return received >= from && received < to;
    };
  }
  const bySubject = BY_SUBJECT.exec(filter);
  if (bySubject !== null) {
    const subject = plain(bySubject[1]).toLowerCase();
    return ({ props }) => String(props['subject']).toLowerCase() === subject;
  }
  const byProperty = BY_PROPERTY.exec(filter);
  if (byProperty === null) throw new TypeError(`The simulated tenant does not know the filter ${filter}`);
  const [id, value] = [plain(byProperty[1]).toLowerCase(), plain(byProperty[2])];
  return ({ extended }) => extended.some((one) => one.id.toLowerCase() === id && one.value === value);
}
