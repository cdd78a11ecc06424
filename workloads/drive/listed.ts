import { parseInstant } from '../../engine/model/ids.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import type { DriveItem, DriveMeta } from './shapes.ts';

/** A file, folder or notebook as the engine lists it. `rootId`: what hangs under it hangs under the drive. */
export function listedDriveItem(item: DriveItem, rootId: string | undefined): ListedItem {
  const parent = item.parentReference?.id ?? undefined;
  const container = item.file === undefined || item.file === null;
  const created = item.fileSystemInfo?.createdDateTime ?? item.createdDateTime ?? undefined;
  const modified = item.fileSystemInfo?.lastModifiedDateTime ?? item.lastModifiedDateTime ?? undefined;
  const createdAt = created === undefined ? undefined : parseInstant(created);
  const modifiedAt = modified === undefined ? undefined : parseInstant(modified);
  return {
    sourceId: item.id,
    ...(parent === undefined || parent === rootId ? {} : { parentSourceId: parent }),
    versionTag: container ? folderTag(item, parent) : fileTag(item),
    name: item.name ?? '',
    kind: kindOf(item),
    container,
    size: container ? 0 : (item.size ?? 0),
    hasContent: !container,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    meta: metaOf(item),
  };
}

/** Without any tag of its own a file is another when what the listing says of it is. */
const fileTag = (item: DriveItem): string =>
  item.eTag ?? item.cTag ?? JSON.stringify([item.lastModifiedDateTime, item.size, item.file?.hashes?.quickXorHash]);

/** A folder's own eTag changes with its children in some libraries; what we keep of it is its name, place and dates. */
const folderTag = (item: DriveItem, parent: string | undefined): string =>
  JSON.stringify([item.name, parent, item.fileSystemInfo?.createdDateTime, item.package?.type]);

function kindOf({ folder, package: pack, file }: DriveItem): 'folder' | 'notebook' | 'file' {
  if (pack?.type === 'oneNote') return 'notebook';
  return file !== undefined && file !== null ? 'file' : folder === undefined || folder === null ? 'notebook' : 'folder';
}

function metaOf(item: DriveItem): DriveMeta {
  const dates = item.fileSystemInfo;
  return withoutEmpty({
    fileSystemInfo: withoutEmpty({
      createdDateTime: dates?.createdDateTime,
      lastModifiedDateTime: dates?.lastModifiedDateTime,
    }),
    mimeType: item.file?.mimeType,
    quickXorHash: item.file?.hashes?.quickXorHash,
    description: item.description,
    packageType: item.package?.type,
    createdBy: item.createdBy?.user?.displayName,
    lastModifiedBy: item.lastModifiedBy?.user?.displayName,
    webUrl: item.webUrl,
  });
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };

function withoutEmpty<T extends Record<string, unknown>>(object: T): Present<T> {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  ) as Present<T>;
}
