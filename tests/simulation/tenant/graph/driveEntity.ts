import { childrenOf } from '../driveWorld.ts';
import { cTagOf, eTagOf } from '../ids.ts';
import type { DriveRow, Item } from '../rows.ts';
import { FILES, type Request } from './request.ts';

/** Where a view of an item is used: the feed leaves out what business drives leave out there. */
export type ItemView = 'single' | 'delta';

export function itemEntity(drive: DriveRow, item: Item, view: ItemView): Readonly<Record<string, unknown>> {
  if (item.deleted !== false)
    return {
      '@odata.type': '#microsoft.graph.driveItem',
      id: item.id,
      parentReference: { driveId: drive.id, driveType: 'business', id: item.parent },
      deleted: { state: 'deleted' },
    };
  const owner = { user: { id: drive.owner, displayName: drive.alias } };
  const { content } = item;
  return {
    ...(view === 'delta' ? { '@odata.type': '#microsoft.graph.driveItem' } : {}),
    id: item.id,
    name: item.name,
    eTag: eTagOf(item.id, item.etagSeq),
    ...(view === 'delta' ? {} : { cTag: cTagOf(item.id, item.ctagSeq), lastModifiedBy: owner }),
    createdBy: owner,
    createdDateTime: item.created,
    lastModifiedDateTime: item.modified,
    size: content?.size ?? 0,
    webUrl: `${FILES}/personal/${drive.alias}/Documents/${item.id}`,
    parentReference: {
      driveType: 'business',
      driveId: drive.id,
      ...(item.parent === undefined ? {} : { id: item.parent }),
    },
    fileSystemInfo: { createdDateTime: item.fsCreated, lastModifiedDateTime: item.fsModified },
    ...(item.parent === undefined ? { root: {} } : {}),
    ...(content === undefined
      ? { folder: { childCount: childrenOf(drive, item.id).length } }
      : {
          file: {
            mimeType: 'application/octet-stream',
            ...(drive.tellsHashes && { hashes: { quickXorHash: content.quickXorHash } }),
          },
        }),
    ...(item.fault === 'malware' ? { malware: { description: 'Malware' } } : {}),
    ...(item.isShared ? { shared: { scope: 'users' } } : {}),
  };
}

/** The entity as a trouble wants it told. */
export function told(
  request: Request,
  item: Item,
  entity: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (item.content === undefined || item.deleted !== false) return entity;
  const lie = request.befalls('lie');
  if (lie === undefined) return entity;
  const { hashes: _hashes, ...file } = entity['file'] as Readonly<Record<string, unknown>>;
  return {
    ...entity,
    size: item.content.size + (lie.size ?? 0),
    ...(lie.hash === undefined
      ? {}
      : {
          file: lie.hash === 'missing' ? file : { ...file, hashes: { quickXorHash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } },
        }),
  };
}
