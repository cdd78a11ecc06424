import { GraphError, parameter, type Call, type Handlers, type Reply } from '../call.ts';
import { parseFilter, project, selected } from '../odata.ts';
import { contextOf, nextLink, pageSize, preferenceApplied, skipFrom } from '../paging.ts';
import type { TenantState } from '../tenantState.ts';
import { driveDelta } from './driveDelta.ts';
import { itemEntity } from './itemEntity.ts';
import {
  driveOf,
  driveOfUser,
  itemAtPath,
  itemNotFound,
  itemOf,
  rootOf,
  type DriveRow,
  type Facets,
  type ItemRow,
} from './items.ts';

/** Reading drives: lists, items, delta, content and versions. */
export function driveReadHandlers(state: TenantState): Handlers {
  const one = async (call: Call, drive: DriveRow, item: ItemRow): Promise<Reply> => ({
    status: 200,
    json: {
      '@odata.context': contextOf(call, `drives('${drive.id}')/items/$entity`),
      ...(item.folder === 0 &&
      (call.query.get('$select') === null || call.query.get('$select')?.includes('downloadUrl') === true)
        ? { '@microsoft.graph.downloadUrl': downloadLink(state, item) }
        : {}),
      ...project(await itemEntity(state, drive, item, 'single'), selected(call.query.get('$select'))),
      ...permissionsOf(state, call, item),
    },
  });
  const children = async (call: Call, drive: DriveRow, folder: ItemRow): Promise<Reply> => {
    const filter = call.query.get('$filter');
    const matches = filter === null ? () => true : parseFilter(filter).matches;
    const skip = skipFrom(call, state.tokens);
    const size = pageSize(call, 200, 1000);
    const rows = state.database
      .all<ItemRow>(
        'SELECT * FROM items WHERE drive_id = ? AND parent_id = ? AND deleted = 0 ORDER BY folder DESC, name_key',
        drive.id,
        folder.id,
      )
      .filter((row) => matches({ name: row.name, size: row.size, id: row.id }));
    const select = selected(call.query.get('$select'));
    return {
      status: 200,
      headers: preferenceApplied(call, ['odata.maxpagesize']),
      json: {
        '@odata.context': contextOf(call, `drives('${drive.id}')/items('${folder.id}')/children`),
        ...(call.query.get('$count') === 'true' ? { '@odata.count': rows.length } : {}),
        value: await Promise.all(
          rows
            .slice(skip, skip + size)
            .map(async (row) => project(await itemEntity(state, drive, row, 'children'), select)),
        ),
        ...(rows.length > skip + size ? { '@odata.nextLink': nextLink(call, state.tokens, skip + size) } : {}),
      },
    };
  };
  const byId = (call: Call): [DriveRow, ItemRow] => {
    const drive = driveOf(state, parameter(call, 0));
    return [drive, itemOf(state, drive.id, parameter(call, 1))];
  };
  const byPath = (call: Call): [DriveRow, ItemRow] => {
    const drive = driveOf(state, parameter(call, 0));
    const { item } = itemAtPath(state, drive.id, parameter(call, 1));
    if (item === undefined) throw itemNotFound();
    return [drive, item];
  };

  return {
    'GET /users/{user-id}/drive': (call) => driveReply(state, call, driveOfUser(state, parameter(call, 0))),
    'GET /users/{user-id}/drives': (call) => {
      const drive = driveOfUser(state, parameter(call, 0));
      return {
        status: 200,
        json: {
          '@odata.context': contextOf(call, 'drives'),
          value: [project(driveEntity(state, drive), selected(call.query.get('$select')))],
        },
      };
    },
    'GET /drives/{drive-id}': (call) => driveReply(state, call, driveOf(state, parameter(call, 0))),
    'GET /drives/{drive-id}/root': (call) => {
      const drive = driveOf(state, parameter(call, 0));
      return one(call, drive, rootOf(state, drive.id));
    },
    'GET /drives/{drive-id}/items/{driveItem-id}': (call) => one(call, ...byId(call)),
    'GET /drives/{drive-id}/root:/{item-path}': (call) => one(call, ...byPath(call)),
    'GET /drives/{drive-id}/items/{driveItem-id}/children': (call) => children(call, ...byId(call)),
    'GET /drives/{drive-id}/root/children': (call) => {
      const drive = driveOf(state, parameter(call, 0));
      return children(call, drive, rootOf(state, drive.id));
    },
    'GET /drives/{drive-id}/root/delta': (call) =>
      driveDelta(state, call, driveOf(state, parameter(call, 0)), deltaToken(call)),
    'GET /users/{user-id}/drive/root/delta': (call) =>
      driveDelta(state, call, driveOfUser(state, parameter(call, 0)), deltaToken(call)),
    'GET /drives/{drive-id}/items/{driveItem-id}/delta': (call) =>
      driveDelta(state, call, requireRoot(...byId(call)), deltaToken(call)),
    "GET /drives/{drive-id}/items/{driveItem-id}/delta(token='{token}')": (call) =>
      driveDelta(state, call, requireRoot(...byId(call)), parameter(call, 2)),
    'GET /drives/{drive-id}/items/{driveItem-id}/content': (call) => redirect(state, byId(call)[1]),
    'GET /drives/{drive-id}/root:/{item-path}:/content': (call) => redirect(state, byPath(call)[1]),
    'GET /drives/{drive-id}/items/{driveItem-id}/versions': (call) => {
      const [drive, item] = byId(call);
      return {
        status: 200,
        json: {
          '@odata.context': contextOf(call, `drives('${drive.id}')/items('${item.id}')/versions`),
          value: versionsOf(state, item).map(versionEntity),
        },
      };
    },
    'GET /drives/{drive-id}/items/{driveItem-id}/versions/{driveItemVersion-id}': (call) => {
      const [, item] = byId(call);
      return { status: 200, json: versionEntity(versionOf(state, item, parameter(call, 2))) };
    },
    'GET /drives/{drive-id}/items/{driveItem-id}/versions/{driveItemVersion-id}/content': (call) => {
      const [, item] = byId(call);
      const version = versionOf(state, item, parameter(call, 2));
      if (version.current)
        throw new GraphError(400, 'invalidRequest', 'You cannot get the content of the current version.');
      return redirect(state, { ...item, ref: version.ref, size: version.size }, version.version);
    },
  };
}

const deltaToken = (call: Call): string | null => call.query.get('token') ?? call.query.get('$skiptoken');

function requireRoot(drive: DriveRow, item: ItemRow): DriveRow {
  if (item.parent_id !== null)
    throw new GraphError(
      400,
      'invalidRequest',
      'The delta function is only supported on the root folder in business drives.',
    );
  return drive;
}

function driveReply(state: TenantState, call: Call, drive: DriveRow): Reply {
  return {
    status: 200,
    json: {
      '@odata.context': contextOf(call, 'drives/$entity'),
      ...project(driveEntity(state, drive), selected(call.query.get('$select'))),
    },
  };
}

const QUOTA = 1_099_511_627_776;

function driveEntity(state: TenantState, drive: DriveRow): Record<string, unknown> {
  const used =
    state.database.get<{ bytes: number }>(
      'SELECT coalesce(sum(size), 0) AS bytes FROM items WHERE drive_id = ? AND deleted = 0',
      drive.id,
    )?.bytes ?? 0;
  const owner = { user: { id: drive.user_id, displayName: drive.name } };
  return {
    id: drive.id,
    driveType: 'business',
    name: 'OneDrive',
    description: '',
    createdDateTime: drive.created,
    lastModifiedDateTime: drive.created,
    webUrl: `https://demo-my.sharepoint.example/personal/${drive.user_id}/Documents`,
    createdBy: owner,
    lastModifiedBy: owner,
    owner,
    quota: { deleted: 0, remaining: QUOTA - used, state: 'normal', total: QUOTA, used },
  };
}

/** Content is never given by Graph itself: a link to another origin that needs no token and soon expires. */
function redirect(state: TenantState, item: ItemRow, version = 0): Reply {
  const facets = JSON.parse(item.facets) as Facets;
  if (facets.fault !== undefined)
    throw new GraphError(facets.fault.status, facets.fault.code, 'The content could not be read.');
  if (facets.malware !== undefined)
    throw new GraphError(403, 'malwareDetected', 'Malware was detected in the file.', {
      headers: { 'X-Virus-Infected': 'true' },
    });
  if (item.ref === null) throw new GraphError(400, 'invalidRequest', 'The item is a folder and has no content.');
  return { status: 302, headers: { Location: downloadLink(state, item, version) } };
}

/** A link names the item, not its bytes: after an edit it gives the new content. Links to versions name the bytes. */
function downloadLink(state: TenantState, item: ItemRow, version = 0): string {
  const token = state.links.write(
    {
      kind: 'download',
      drive: item.drive_id,
      item: item.id,
      ...(version === 0 ? {} : { ref: item.ref ?? '', version }),
    },
    state.tunables.linkSeconds,
  );
  return `${state.origins.content}/download/${encodeURIComponent(item.name)}?tempauth=${token}`;
}

interface VersionRow {
  readonly version: number;
  readonly ref: string;
  readonly size: number;
  readonly modified: string;
  readonly current: boolean;
}

/** Newest first; the current content is the newest version. */
export function versionsOf(state: TenantState, item: ItemRow): VersionRow[] {
  if (item.ref === null) return [];
  const older = state.database.all<Omit<VersionRow, 'current'>>(
    'SELECT version, ref, size, modified FROM versions WHERE item_n = ? ORDER BY version DESC',
    item.n,
  );
  return [
    { version: (older[0]?.version ?? 0) + 1, ref: item.ref, size: item.size, modified: item.modified, current: true },
    ...older.map((version) => ({ ...version, current: false })),
  ];
}

export function versionOf(state: TenantState, item: ItemRow, id: string): VersionRow {
  const found = versionsOf(state, item).find(
    (version) => `${version.version}.0` === id || (id === 'current' && version.current),
  );
  if (found === undefined) throw itemNotFound();
  return found;
}

function versionEntity(version: VersionRow): Record<string, unknown> {
  return { id: `${version.version}.0`, lastModifiedDateTime: version.modified, size: version.size };
}

function permissionsOf(state: TenantState, call: Call, item: ItemRow): Record<string, unknown> {
  if (!(call.query.get('$expand') ?? '').includes('permissions')) return {};
  const rows = state.database.all<{ props: string }>(
    'SELECT props FROM permissions WHERE drive_id = ? AND item_id = ?',
    item.drive_id,
    item.id,
  );
  return { permissions: rows.map((row) => JSON.parse(row.props) as unknown) };
}
