import { contentOf } from '../content.ts';
import { changeItem, childOf, deleteItem, driveOf, insertItem, itemOf, placeFile } from '../driveWorld.ts';
import { GraphError, nameTaken } from '../graphError.ts';
import { eTagOf } from '../ids.ts';
import type { Conflict, DriveRow, FileTimes, Item } from '../rows.ts';
import { itemReply } from './driveReads.ts';
import { contextOf } from './mailFeeds.ts';
import { FILES, json, jsonBody, NOTHING, param, type Handler, type Request } from './request.ts';

export function wroteItem(
  request: Request,
  kind: 'created' | 'changed' | 'moved' | 'removed',
  drive: DriveRow,
  { id, parent, name, content }: Item,
): void {
  request.wrote({
    kind,
    what: content === undefined ? 'folder' : 'file',
    resource: drive.id,
    sourceId: id,
    name,
    ...(parent === undefined ? {} : { parent }),
    ...(content === undefined ? {} : { original: content.sha256 }),
  });
}

function conflictOf(value: unknown, normal: Conflict): Conflict {
  if (value === undefined || value === null) return normal;
  if (value === 'fail' || value === 'replace' || value === 'rename') return value;
  throw new GraphError(400, 'invalidRequest', 'Unknown conflict behavior.');
}

function checkEtag({ headers }: Request, item: Item | undefined): void {
  const wanted = headers['if-match'];
  if (wanted === undefined || wanted === '*') return;
  if (item === undefined || wanted.replace(/^W\//, '') !== eTagOf(item.id, item.etagSeq))
    throw new GraphError(412, 'preconditionFailed', "ETag does not match current item's value.");
}

export const itemCreate: Handler = (request) => {
  const { world } = request;
  const drive = driveOf(world, param(request, 0));
  const parent = itemOf(drive, param(request, 1));
  const body = jsonBody(request);
  const { name, folder, file } = body;
  if (typeof name !== 'string' || (folder === undefined && file === undefined))
    throw new GraphError(400, 'invalidRequest', 'A new child needs a name and a facet.');
  if (conflictOf(body['@microsoft.graph.conflictBehavior'], 'fail') !== 'fail')
    throw new TypeError('The simulated tenant makes children with conflictBehavior fail only');
  const times = (body['fileSystemInfo'] ?? {}) as FileTimes;
  const content = folder === undefined ? contentOf('') : undefined;
  const item = insertItem(world, drive, { parent, name, content, times });
  wroteItem(request, 'created', drive, item);
  return itemReply(request, 201, drive, item);
};

export const itemUpdate: Handler = (request) => {
  const { world } = request;
  const drive = driveOf(world, param(request, 0));
  const item = itemOf(drive, param(request, 1));
  checkEtag(request, item);
  const { name, parentReference, fileSystemInfo } = jsonBody(request);
  const parent = (parentReference as { id?: string } | undefined)?.id;
  const times = fileSystemInfo as FileTimes | undefined;
  const changed = changeItem(world, drive, item, {
    ...(typeof name === 'string' ? { name } : {}),
    ...(parent === undefined ? {} : { parent }),
    ...(times?.createdDateTime === undefined ? {} : { fsCreated: times.createdDateTime }),
    ...(times?.lastModifiedDateTime === undefined ? {} : { fsModified: times.lastModifiedDateTime }),
  });
  wroteItem(request, parent === undefined ? 'changed' : 'moved', drive, changed);
  return itemReply(request, 200, drive, changed);
};

export const itemRemove: Handler = (request) => {
  const drive = driveOf(request.world, param(request, 0));
  const item = itemOf(drive, param(request, 1));
  if (item.parent === undefined) throw new GraphError(400, 'invalidRequest', 'The root cannot be deleted.');
  checkEtag(request, item);
  deleteItem(request.world, drive, item);
  wroteItem(request, 'removed', drive, item);
  return NOTHING;
};

/** Content of an existing file. */
export const itemPutContent: Handler = (request) => {
  const { world } = request;
  const drive = driveOf(world, param(request, 0));
  const file = itemOf(drive, param(request, 1));
  checkEtag(request, file);
  const parent = itemOf(drive, file.parent ?? 'root');
  const { item } = placeFile(world, drive, { parent, name: file.name, conflict: 'replace', times: {} }, request.body);
  wroteItem(request, 'changed', drive, item);
  return itemReply(request, 200, drive, item);
};

/** `items/{parent}:/{name}:` has a third parameter, `items/{file}` has not. */
export const itemUploadSession: Handler = (request) => {
  const { world, call, limits } = request;
  const drive = driveOf(world, param(request, 0));
  const named = itemOf(drive, param(request, 1));
  const name = request.params[2] ?? named.name;
  const parent = request.params[2] === undefined ? itemOf(drive, named.parent ?? 'root') : named;
  const given = (jsonBody(request)['item'] ?? {}) as Readonly<Record<string, unknown>>;
  const conflict = conflictOf(given['@microsoft.graph.conflictBehavior'], 'fail');
  const existing = childOf(drive, parent.id, name);
  checkEtag(request, existing);
  if (existing !== undefined && conflict === 'fail') throw nameTaken();
  if (drive.room !== undefined && Number(given['fileSize'] ?? 0) > drive.room)
    throw new GraphError(507, 'quotaLimitReached', 'The quota of the drive is used up.');
  const id = `u${world.nextNumber()}`;
  const expiresAt = world.now() + limits.sessionMs;
  world.sessions.set(id, {
    id,
    app: call.app,
    target: {
      kind: 'file',
      drive: drive.id,
      parent: parent.id,
      name,
      conflict,
      times: (given['fileSystemInfo'] ?? {}) as FileTimes,
    },
    size: undefined,
    chunks: [],
    received: 0,
    expiresAt,
  });
  return json(200, {
    '@odata.context': contextOf('microsoft.graph.uploadSession'),
    uploadUrl: `${FILES}/personal/${drive.alias}/upload?session=${id}`,
    expirationDateTime: new Date(expiresAt).toISOString(),
    nextExpectedRanges: ['0-'],
  });
};

export const itemInvite: Handler = (request) => {
  const drive = driveOf(request.world, param(request, 0));
  itemOf(drive, param(request, 1));
  if (jsonBody(request)['sendInvitation'] !== false) request.reached('invitations');
  return json(200, { value: [] });
};
