import { childrenOf, driveOf, driveOfPerson, itemAtPath, itemOf } from '../driveWorld.ts';
import { GraphError, itemNotFound } from '../graphError.ts';
import { eTagOf } from '../ids.ts';
import type { DriveRow, Item } from '../rows.ts';
import { itemEntity, told } from './driveEntity.ts';
import { feedPage } from './feeds.ts';
import { contextOf } from './mailFeeds.ts';
import { listPage } from './lists.ts';
import { FILES, FOREIGN, json, param, project, selectOf, type Handler, type Reply, type Request } from './request.ts';

export const driveGet: Handler = (request) => {
  const drive = driveOfPerson(request.world, param(request, 0));
  const entity = { id: drive.id, driveType: 'business', name: 'OneDrive', webUrl: `${FILES}/personal/${drive.alias}` };
  return json(200, { '@odata.context': contextOf('drives/$entity'), ...project(entity, selectOf(request)) });
};

/**
 * What is there, then what changed with the folders above it. Deleted items have no name; what was below a deleted folder
 * has no line of its own.
 */
export const driveDelta: Handler = (request) => {
  const drive = driveOf(request.world, param(request, 0));
  return feedPage<Item>(request, {
    kind: 'd',
    context: 'Collection(driveItem)',
    size: request.limits.drive,
    parameters: { next: 'token', end: 'token' },
    malformed: 'invalidRequest',
    entries: (since, until) =>
      since === 0
        ? [...drive.items.values()].filter(({ deleted }) => deleted === false).toSorted((a, b) => a.n - b.n)
        : [...drive.items.values()]
            .filter(({ deleted, deltaSeq }) => deleted !== 'below' && deltaSeq > since && deltaSeq <= until)
            .toSorted((a, b) => a.deltaSeq - b.deltaSeq || a.n - b.n),
    entry: (n) => [...drive.items.values()].find((item) => item.n === n),
    numberOf: ({ n }) => n,
    idOf: ({ id }) => id,
    positionOf: ({ n, deltaSeq }, since) => (since === 0 ? [n] : [deltaSeq, n]),
    textOf: (item, select) => JSON.stringify(project(told(request, item, itemEntity(drive, item, 'delta')), select)),
    formerOf: ({ former }) => former,
  });
};

export const itemReply = (request: Request, status: number, drive: DriveRow, item: Item): Reply =>
  json(
    status,
    {
      '@odata.context': contextOf(`drives('${drive.id}')/items/$entity`),
      ...project(told(request, item, itemEntity(drive, item, 'single')), selectOf(request)),
    },
    { etag: eTagOf(item.id, item.etagSeq) },
  );

export const itemGet: Handler = (request) => {
  const drive = driveOf(request.world, param(request, 0));
  return itemReply(request, 200, drive, itemOf(drive, param(request, 1)));
};

/** `params` after the drive are the names of the path. */
export const itemGetByPath: Handler = (request) => {
  const drive = driveOf(request.world, param(request, 0));
  const item = itemAtPath(drive, request.params.slice(1));
  if (item === undefined) throw itemNotFound();
  return itemReply(request, 200, drive, item);
};

export const itemChildren: Handler = (request) => {
  const drive = driveOf(request.world, param(request, 0));
  const folder = itemOf(drive, param(request, 1));
  const select = selectOf(request);
  return listPage(
    request,
    childrenOf(drive, folder.id).map(
      (item) => () => JSON.stringify(project(told(request, item, itemEntity(drive, item, 'single')), select)),
    ),
    request.limits.drive,
    'Collection(driveItem)',
  );
};

const FAULTS = {
  malware: new GraphError(403, 'malwareDetected', 'Malware was detected in the file.', { 'x-virus-infected': 'true' }),
  locked: new GraphError(423, 'resourceLocked', 'The file is locked.'),
  denied: new GraphError(403, 'accessDenied', 'Access denied.'),
  broken: new GraphError(500, 'generalException', 'The content could not be read.'),
};

/** Graph never gives content itself, but a link to another host that needs no token and soon loses its power. */
export const itemContent: Handler = (request) => {
  const { world, call, limits } = request;
  const drive = driveOf(world, param(request, 0));
  const item = itemOf(drive, param(request, 1));
  if (item.fault !== undefined) throw FAULTS[item.fault];
  if (item.content === undefined) throw new GraphError(400, 'invalidRequest', 'The item is a folder.');
  const host = request.befalls('redirect')?.to === 'foreign' ? FOREIGN : FILES;
  const token = `d.${call.app}.${world.now() + limits.linkMs}`;
  return {
    status: 302,
    headers: {
      location: `${host}/personal/${drive.alias}/download?drive=${encodeURIComponent(drive.id)}&item=${item.id}&tempauth=${token}`,
    },
  };
};

export const itemPermissions: Handler = (request) => {
  const drive = driveOf(request.world, param(request, 0));
  const item = itemOf(drive, param(request, 1));
  const owner = { id: 'owner', roles: ['owner'], grantedToV2: { user: { id: drive.owner } } };
  const shared = { id: 'shared', roles: ['read'], grantedToV2: { user: { id: 'everybody' } } };
  return json(200, { '@odata.context': contextOf('permissions'), value: item.isShared ? [owner, shared] : [owner] });
};
