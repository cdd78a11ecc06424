import type { TenantState } from '../tenantState.ts';
import type { DriveRow, Facets, ItemRow } from './items.ts';
import { pathOf } from './items.ts';

/** Larger files have no hash here, as happens in real drives. */
const HASH_LIMIT = 256 * 1024 * 1024;

const MIME_TYPES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  doc: 'application/msword',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  xls: 'application/vnd.ms-excel',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  txt: 'text/plain',
  html: 'text/html',
  csv: 'text/csv',
  ics: 'text/calendar',
  vcf: 'text/vcard',
  zip: 'application/zip',
  msg: 'application/vnd.ms-outlook',
};

const guid = (id: string): string => {
  const hex = Buffer.from(id.padEnd(34, '0').slice(2)).toString('hex').toUpperCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
};

export const eTagOf = (item: ItemRow): string => `"{${guid(item.id)}},${item.etag_seq}"`;
const cTagOf = (item: ItemRow): string => `"c:{${guid(item.id)}},${item.ctag_seq}"`;

/** Where a view of an item is used: the delta feed leaves out what business drives leave out there. */
export type ItemView = 'single' | 'children' | 'delta';

export async function itemEntity(
  state: TenantState,
  drive: DriveRow,
  item: ItemRow,
  view: ItemView,
): Promise<Record<string, unknown>> {
  if (item.deleted === 1) {
    return {
      '@odata.type': '#microsoft.graph.driveItem',
      id: item.id,
      parentReference: { driveId: drive.id, driveType: 'business', id: item.parent_id },
      deleted: { state: 'deleted' },
    };
  }
  const facets = JSON.parse(item.facets) as Facets;
  const owner = { user: { id: drive.user_id, displayName: drive.name } };
  const children =
    state.database.get<{ count: number }>(
      'SELECT count(*) AS count FROM items WHERE drive_id = ? AND parent_id = ? AND deleted = 0',
      drive.id,
      item.id,
    )?.count ?? 0;
  return {
    ...(view === 'delta' ? { '@odata.type': '#microsoft.graph.driveItem' } : {}),
    id: item.id,
    name: item.name,
    eTag: eTagOf(item),
    ...(view === 'delta' ? {} : { cTag: cTagOf(item), lastModifiedBy: owner }),
    createdBy: owner,
    createdDateTime: item.created,
    lastModifiedDateTime: item.modified,
    size: item.size,
    webUrl: `https://demo-my.sharepoint.example/personal/${drive.user_id}/Documents${pathOf(state, item).split('/').map(encodeURIComponent).join('/')}`,
    parentReference: parentReference(state, drive, item, view),
    fileSystemInfo: { createdDateTime: item.fs_created, lastModifiedDateTime: item.fs_modified },
    ...(item.parent_id === null ? { root: {} } : {}),
    ...(facets.package === undefined ? {} : { package: { type: facets.package } }),
    ...(item.folder === 1 && facets.package === undefined ? { folder: { childCount: children } } : {}),
    ...(item.folder === 1 ? {} : { file: await fileFacet(state, item, facets) }),
    ...(facets.malware === undefined ? {} : { malware: { description: facets.malware } }),
    ...(facets.shared === true ? { shared: { scope: 'users' } } : {}),
  };
}

function parentReference(state: TenantState, drive: DriveRow, item: ItemRow, view: ItemView): Record<string, unknown> {
  const common = { driveType: 'business', driveId: drive.id };
  if (item.parent_id === null) return common;
  const parent = state.database.get<ItemRow>(
    'SELECT * FROM items WHERE drive_id = ? AND id = ?',
    drive.id,
    item.parent_id,
  );
  if (parent === undefined) return common;
  const path =
    view === 'delta'
      ? {}
      : { path: `/drives/${drive.id}/root:${pathOf(state, parent).split('/').map(encodeURIComponent).join('/')}` };
  return { ...common, id: parent.id, name: parent.name, ...path };
}

async function fileFacet(state: TenantState, item: ItemRow, facets: Facets): Promise<Record<string, unknown>> {
  const mimeType =
    facets.mimeType ?? MIME_TYPES[item.name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
  if (item.ref === null || item.size > HASH_LIMIT) return { mimeType };
  const hash = item.hash ?? (await digest(state, item)).hash;
  return { mimeType, hashes: { quickXorHash: hash } };
}

/** Hashes are computed when somebody asks for them, and kept. */
export async function digest(state: TenantState, item: ItemRow): Promise<{ hash: string; sha256: string }> {
  if (item.hash !== null && item.sha256 !== null) return { hash: item.hash, sha256: item.sha256 };
  const { quickXorHash, sha256 } = await state.content.digests(item.ref ?? '');
  state.database.run(
    'UPDATE items SET hash = ?, sha256 = ? WHERE n = ? AND ref = ?',
    quickXorHash,
    sha256,
    item.n,
    item.ref,
  );
  return { hash: quickXorHash, sha256 };
}
