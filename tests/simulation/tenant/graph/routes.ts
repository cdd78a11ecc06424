import type { Operation } from '../calls.ts';
import * as content from './content.ts';
import * as directory from './directory.ts';
import * as driveReads from './driveReads.ts';
import * as driveWrites from './driveWrites.ts';
import * as exchange from './exchange.ts';
import * as mailFeeds from './mailFeeds.ts';
import * as mailReads from './mailReads.ts';
import * as mailWrites from './mailWrites.ts';
import { FILES, OTHER_FILES, OUTLOOK, type Handler } from './request.ts';

/** What answers each operation. A batch is taken apart before. */
export const HANDLERS: Readonly<Record<Exclude<Operation, 'batch'>, Handler>> = {
  'users.list': directory.userList,
  'users.get': directory.userGet,
  'groups.list': directory.groupList,
  'groups.transitiveMembers': directory.groupMembers,
  'organization.list': directory.organization,
  'subscribedSkus.list': directory.subscribedSkus,
  'mailboxSettings.get': directory.mailboxSettings,
  'mailFolders.delta': mailFeeds.folderDelta,
  'mailFolders.list': mailReads.folderList,
  'mailFolders.get': mailReads.folderGet,
  'mailFolders.create': mailReads.folderCreate,
  'messages.delta': mailFeeds.messageDelta,
  'messages.list': mailReads.messageList,
  'messages.get': mailReads.messageGet,
  'messages.value': mailReads.messageValue,
  'messages.create': mailWrites.messageCreate,
  'messages.update': mailWrites.messageUpdate,
  'messages.move': mailWrites.messageMove,
  'messages.remove': mailWrites.messageRemove,
  'messages.send': mailWrites.messageSend,
  'attachments.list': mailWrites.attachmentList,
  'attachments.create': mailWrites.attachmentCreate,
  'attachments.createUploadSession': mailWrites.attachmentSession,
  'exchangeIds.translate': exchange.translateIds,
  'exchange.settings': exchange.exchangeSettings,
  'exchange.exportItems': exchange.exportItems,
  'exchange.createImportSession': exchange.importSession,
  'drive.get': driveReads.driveGet,
  'drive.delta': driveReads.driveDelta,
  'driveItem.get': driveReads.itemGet,
  'driveItem.getByPath': driveReads.itemGetByPath,
  'driveItem.children': driveReads.itemChildren,
  'driveItem.create': driveWrites.itemCreate,
  'driveItem.update': driveWrites.itemUpdate,
  'driveItem.remove': driveWrites.itemRemove,
  'driveItem.content': driveReads.itemContent,
  'driveItem.putContent': driveWrites.itemPutContent,
  'driveItem.createUploadSession': driveWrites.itemUploadSession,
  'driveItem.permissions': driveReads.itemPermissions,
  'driveItem.invite': driveWrites.itemInvite,
  'content.download': content.download,
  'content.upload': content.uploadRange,
  'content.uploadStatus': content.uploadStatus,
  'content.uploadCancel': content.uploadCancel,
  'content.import': (request) => {
    content.checkImportLink(request);
    return exchange.importItem(request);
  },
};

export interface Route {
  readonly operation: Operation;
  readonly params: readonly string[];
  readonly scope: string;
  readonly resource?: string;
  readonly item?: string;
}

const DIRECTORY = 'directory';
const SHAREPOINT = 'sharepoint';

const MOST_KNOWN = 10_000;
const known = new Map<string, Route>();

/** What a request to Graph is; undefined for what no connector asked so far. `path` follows the version. */
export function graphRoute(method: string, path: string): Route | undefined {
  const key = `${method} ${path}`;
  const found = known.get(key) ?? findGraphRoute(method, path);
  if (known.size === MOST_KNOWN) known.clear();
  if (found !== undefined) known.set(key, found);
  return found;
}

function findGraphRoute(method: string, path: string): Route | undefined {
  const raw = path.split('/').slice(1);
  const [room = '', ...parts] = raw;
  if (room === 'users') return userRoute(method, parts.map(decodeURIComponent));
  if (room === 'drives') return driveRoute(method, parts);
  if (room === 'admin') return adminRoute(method, parts.map(decodeURIComponent));
  const key = `${method} ${raw.map((part, index) => (room === 'groups' && index === 1 ? '{id}' : part)).join('/')}`;
  const operation = OTHERS[key];
  return operation === undefined
    ? undefined
    : { operation, params: parts.slice(0, 1).map(decodeURIComponent), scope: DIRECTORY };
}

const OTHERS: Readonly<Record<string, Operation>> = {
  'GET groups': 'groups.list',
  'GET groups/{id}/transitiveMembers': 'groups.transitiveMembers',
  'GET organization': 'organization.list',
  'GET subscribedSkus': 'subscribedSkus.list',
  'POST $batch': 'batch',
};

/** Words of paths; what else stands there is an id or a role. */
const USER_ROUTES: Readonly<Record<string, Operation>> = {
  'GET mailFolders/delta': 'mailFolders.delta',
  'GET mailFolders': 'mailFolders.list',
  'POST mailFolders': 'mailFolders.create',
  'GET mailFolders/*': 'mailFolders.get',
  'GET mailFolders/*/childFolders': 'mailFolders.list',
  'POST mailFolders/*/childFolders': 'mailFolders.create',
  'GET mailFolders/*/messages': 'messages.list',
  'POST mailFolders/*/messages': 'messages.create',
  'GET mailFolders/*/messages/delta': 'messages.delta',
  'GET messages/*': 'messages.get',
  'PATCH messages/*': 'messages.update',
  'DELETE messages/*': 'messages.remove',
  'GET messages/*/$value': 'messages.value',
  'POST messages/*/move': 'messages.move',
  'GET messages/*/attachments': 'attachments.list',
  'POST messages/*/attachments': 'attachments.create',
  'POST messages/*/attachments/createUploadSession': 'attachments.createUploadSession',
  'POST messages/*/send': 'messages.send',
  'POST messages/*/reply': 'messages.send',
  'POST messages/*/replyAll': 'messages.send',
  'POST messages/*/forward': 'messages.send',
  'POST sendMail': 'messages.send',
  'POST translateExchangeIds': 'exchangeIds.translate',
  'GET settings/exchange': 'exchange.settings',
};

function userRoute(method: string, parts: readonly string[]): Route | undefined {
  const [user, ...rest] = parts;
  if (user === undefined)
    return method === 'GET' ? { operation: 'users.list', params: [], scope: DIRECTORY } : undefined;
  const key = `${method} ${rest.join('/')}`;
  if (key === 'GET ') return { operation: 'users.get', params: [user], scope: DIRECTORY };
  // Who has a mailbox and what for is asked about everybody at once, and charged as the directory is.
  if (key === 'GET mailboxSettings')
    return { operation: 'mailboxSettings.get', params: [user], scope: DIRECTORY, resource: user };
  if (key === 'GET drive') return { operation: 'drive.get', params: [user], scope: SHAREPOINT };
  const isFixed = rest.length === 2 && (rest[1] === 'delta' || rest[0] === 'settings');
  const item = isFixed ? undefined : rest[1];
  const pattern = rest.map((part, index) => (index === 1 && !isFixed ? '*' : part)).join('/');
  const operation = USER_ROUTES[`${method} ${pattern}`];
  if (operation === undefined) return undefined;
  return {
    operation,
    params: item === undefined ? [user] : [user, item],
    scope: `mailbox/${user.toLowerCase()}`,
    resource: user.toLowerCase(),
    ...(item === undefined ? {} : { item }),
  };
}

const DRIVE_ROUTES: Readonly<Record<string, Operation>> = {
  'GET items/*': 'driveItem.get',
  'PATCH items/*': 'driveItem.update',
  'DELETE items/*': 'driveItem.remove',
  'GET items/*/children': 'driveItem.children',
  'POST items/*/children': 'driveItem.create',
  'GET items/*/content': 'driveItem.content',
  'PUT items/*/content': 'driveItem.putContent',
  'POST items/*/createUploadSession': 'driveItem.createUploadSession',
  'POST items/*:/*:/createUploadSession': 'driveItem.createUploadSession',
  'GET items/*/permissions': 'driveItem.permissions',
  'POST items/*/invite': 'driveItem.invite',
  'GET root/delta': 'drive.delta',
};

/** Names in paths are encoded: a colon is the path's own. */
function driveRoute(method: string, parts: readonly string[]): Route | undefined {
  const [rawDrive = '', ...rest] = parts;
  const drive = decodeURIComponent(rawDrive);
  const place = { scope: SHAREPOINT, resource: drive };
  if (method === 'GET' && rest[0] === 'root:')
    return {
      operation: 'driveItem.getByPath',
      params: [drive, ...rest.slice(1).map((name) => decodeURIComponent(name))],
      ...place,
    };
  const pattern = rest
    .map((part, index) => {
      if (index === 1 && rest[0] === 'items') return part.endsWith(':') ? '*:' : '*';
      return index === 2 && part.endsWith(':') ? '*:' : part;
    })
    .join('/');
  const operation = DRIVE_ROUTES[`${method} ${pattern}`];
  if (operation === undefined) return undefined;
  const ids = rest
    .slice(1, rest[2]?.endsWith(':') === true ? 3 : 2)
    .map((part) => decodeURIComponent(part.replace(/:$/, '')));
  const item = rest[0] === 'items' ? ids[0] : undefined;
  return { operation, params: [drive, ...ids], ...place, ...(item === undefined ? {} : { item }) };
}

function adminRoute(method: string, [exchangeWord, mailboxes, id = '', action]: readonly string[]): Route | undefined {
  if (method !== 'POST' || exchangeWord !== 'exchange' || mailboxes !== 'mailboxes') return undefined;
  const operations: Readonly<Record<string, Operation>> = {
    exportItems: 'exchange.exportItems',
    createImportSession: 'exchange.createImportSession',
  };
  const operation = operations[action ?? ''];
  const owner = /^MBX:([^@]+)@/.exec(id)?.[1] ?? id;
  return operation === undefined ? undefined : { operation, params: [id], scope: `mailbox/${owner}`, resource: owner };
}

/** What a request to a pre-authenticated link is. */
export function contentRoute(method: string, url: URL): Route | undefined {
  if (url.origin === FILES || url.origin === OTHER_FILES) {
    const drive = url.searchParams.get('drive');
    if (url.pathname.endsWith('/download') && method === 'GET')
      return {
        operation: 'content.download',
        params: [],
        scope: SHAREPOINT,
        ...(drive === null ? {} : { resource: drive }),
        item: url.searchParams.get('item') ?? '',
      };
    return url.pathname.endsWith('/upload') ? uploadRoute(method, SHAREPOINT) : undefined;
  }
  if (url.origin !== OUTLOOK) return undefined;
  const owner = /\/Mailboxes\('([^']+)'\)\/importItem$/.exec(url.pathname)?.[1];
  if (owner !== undefined && method === 'POST')
    return { operation: 'content.import', params: [owner], scope: `mailbox/${owner}`, resource: owner };
  const user = /\/Users\('([^']+)'\)\/AttachmentSessions/.exec(url.pathname)?.[1];
  return user === undefined ? undefined : uploadRoute(method, `mailbox/${user}`);
}

function uploadRoute(method: string, scope: string): Route | undefined {
  const operations: Readonly<Record<string, Operation>> = {
    PUT: 'content.upload',
    GET: 'content.uploadStatus',
    DELETE: 'content.uploadCancel',
  };
  const operation = operations[method];
  return operation === undefined ? undefined : { operation, params: [], scope };
}
