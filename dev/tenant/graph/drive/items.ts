import { createHash } from 'node:crypto';
import { GraphError } from '../call.ts';
import type { TenantState } from '../tenantState.ts';
import { nameKey, requireLegalName } from './names.ts';

export interface DriveRow {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly locked: number;
  readonly created: string;
}

export interface ItemRow {
  readonly n: number;
  readonly drive_id: string;
  readonly id: string;
  readonly parent_id: string | null;
  readonly name: string;
  readonly folder: number;
  readonly ref: string | null;
  readonly size: number;
  readonly hash: string | null;
  readonly sha256: string | null;
  readonly facets: string;
  readonly created: string;
  readonly modified: string;
  readonly fs_created: string;
  readonly fs_modified: string;
  readonly etag_seq: number;
  readonly ctag_seq: number;
  readonly delta_seq: number;
  readonly deleted: number;
}

/** Facets that only some items have. */
export interface Facets {
  readonly malware?: string;
  readonly package?: string;
  readonly mimeType?: string;
  readonly shared?: boolean;
  /** Content that cannot be read although the item is listed. */
  readonly fault?: { readonly status: number; readonly code: string };
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 34 characters, as SharePoint's item ids: 01 and 32 of base 32. */
export function makeItemId(driveId: string, salt: string): string {
  const hash = createHash('sha256').update(`${driveId}/${salt}`).digest();
  return `01${Array.from(hash, (byte) => BASE32[byte % 32]).join('')}`;
}

export function makeDriveId(userId: string): string {
  const bytes = createHash('sha512').update(`drive of ${userId}`).digest().subarray(0, 48);
  return `b!${bytes.toString('base64url')}`;
}

/** A drive that may be read, or the documented refusals. */
export function driveOf(state: TenantState, id: string): DriveRow {
  const drive = state.database.get<DriveRow>('SELECT * FROM drives WHERE id = ?', id);
  if (drive === undefined) throw new GraphError(404, 'itemNotFound', 'The resource could not be found.');
  if (drive.locked === 1)
    throw new GraphError(423, 'resourceLocked', 'The resource you are attempting to access is locked.', {
      innerCode: 'resourceLocked',
    });
  return drive;
}

export function driveOfUser(state: TenantState, userKey: string): DriveRow {
  const user = state.database.get<{ id: string }>(
    'SELECT id FROM users WHERE deleted = 0 AND (id = ? OR upn = ?)',
    userKey.toLowerCase(),
    userKey,
  );
  if (user === undefined)
    throw new GraphError(404, 'Request_ResourceNotFound', `Resource '${userKey}' does not exist.`);
  const drive = state.database.get<DriveRow>('SELECT * FROM drives WHERE user_id = ?', user.id);
  if (drive === undefined) throw new GraphError(404, 'ResourceNotFound', "User's mysite not found.");
  return driveOf(state, drive.id);
}

export function rootOf(state: TenantState, driveId: string): ItemRow {
  const root = state.database.get<ItemRow>('SELECT * FROM items WHERE drive_id = ? AND parent_id IS NULL', driveId);
  if (root === undefined) throw itemNotFound();
  return root;
}

export const itemNotFound = (): GraphError => new GraphError(404, 'itemNotFound', 'The resource could not be found.');

/** An item by its id; `root` names the root. */
export function itemOf(state: TenantState, driveId: string, id: string): ItemRow {
  if (id.toLowerCase() === 'root') return rootOf(state, driveId);
  const item = state.database.get<ItemRow>(
    'SELECT * FROM items WHERE drive_id = ? AND id = ? AND deleted = 0',
    driveId,
    id,
  );
  if (item === undefined) throw itemNotFound();
  return item;
}

export function childOf(state: TenantState, driveId: string, parentId: string, name: string): ItemRow | undefined {
  return state.database.get<ItemRow>(
    'SELECT * FROM items WHERE drive_id = ? AND parent_id = ? AND name_key = ? AND deleted = 0',
    driveId,
    parentId,
    nameKey(name),
  );
}

/** The item at a path below the root; undefined when the last name is missing, refused when a folder before it is. */
export function itemAtPath(
  state: TenantState,
  driveId: string,
  path: string,
): { parent: ItemRow; name: string; item: ItemRow | undefined } {
  const names = path.split('/').filter((name) => name !== '');
  const name = names.pop();
  let parent = rootOf(state, driveId);
  for (const step of names) {
    const next = childOf(state, driveId, parent.id, step);
    if (next === undefined || next.folder === 0) throw itemNotFound();
    parent = next;
  }
  if (name === undefined) throw new GraphError(400, 'invalidRequest', 'The path is empty.');
  return { parent, name, item: childOf(state, driveId, parent.id, name) };
}

/** Path below the root with a leading slash; empty for the root. */
export function pathOf(state: TenantState, item: ItemRow): string {
  if (item.parent_id === null) return '';
  const parent = state.database.get<ItemRow>(
    'SELECT * FROM items WHERE drive_id = ? AND id = ?',
    item.drive_id,
    item.parent_id,
  );
  return parent === undefined ? `/${item.name}` : `${pathOf(state, parent)}/${item.name}`;
}

export interface NewItem {
  readonly driveId: string;
  readonly parent: ItemRow;
  readonly name: string;
  readonly ref: string | null;
  readonly size: number;
  readonly folder: boolean;
  readonly created?: string;
  readonly modified?: string;
  readonly facets?: Facets;
  /** Makes the id predictable; otherwise it comes from the change sequence. */
  readonly salt?: string;
}

/** Every change of a drive goes through here, so the delta feed sees all of it, folders above included. */
export function insertItem(state: TenantState, given: NewItem): ItemRow {
  requireLegalName(given.name, given.parent.parent_id === null, pathOf(state, given.parent));
  const seq = state.database.nextSeq();
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const id = makeItemId(given.driveId, given.salt ?? `n${seq}`);
  state.database.run(
    `INSERT INTO items(drive_id, id, parent_id, name, name_key, folder, ref, size, facets, created, modified, fs_created, fs_modified, etag_seq, ctag_seq, delta_seq)
     VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    given.driveId,
    id,
    given.parent.id,
    given.name,
    nameKey(given.name),
    given.folder ? 1 : 0,
    given.ref,
    given.size,
    JSON.stringify(given.facets ?? {}),
    now,
    now,
    given.created ?? now,
    given.modified ?? now,
    seq,
    seq,
    seq,
  );
  touchAncestors(state, given.driveId, given.parent.id);
  return itemOf(state, given.driveId, id);
}

/** Folders above a change appear in the feed again. */
export function touchAncestors(state: TenantState, driveId: string, folderId: string | null): void {
  for (let id = folderId; id !== null;) {
    const seq = state.database.nextSeq();
    state.database.run(
      'UPDATE items SET ctag_seq = ?, delta_seq = ? WHERE drive_id = ? AND id = ?',
      seq,
      seq,
      driveId,
      id,
    );
    id =
      state.database.get<{ parent_id: string | null }>(
        'SELECT parent_id FROM items WHERE drive_id = ? AND id = ?',
        driveId,
        id,
      )?.parent_id ?? null;
  }
}

/** Puts new content into a file; the former content becomes a version. */
export function replaceContent(
  state: TenantState,
  item: ItemRow,
  ref: string,
  size: number,
  fsModified?: string,
  fsCreated?: string,
): void {
  const seq = state.database.nextSeq();
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const last =
    state.database.get<{ version: number }>(
      'SELECT coalesce(max(version), 0) AS version FROM versions WHERE item_n = ?',
      item.n,
    )?.version ?? 0;
  if (item.ref !== null)
    state.database.run(
      'INSERT INTO versions(item_n, version, ref, size, modified) VALUES(?, ?, ?, ?, ?)',
      item.n,
      last + 1,
      item.ref,
      item.size,
      item.modified,
    );
  state.database.run(
    'UPDATE items SET ref = ?, size = ?, hash = NULL, sha256 = NULL, modified = ?, fs_modified = ?, fs_created = ?, etag_seq = ?, ctag_seq = ?, delta_seq = ? WHERE n = ?',
    ref,
    size,
    now,
    fsModified ?? now,
    fsCreated ?? item.fs_created,
    seq,
    seq,
    seq,
    item.n,
  );
  touchAncestors(state, item.drive_id, item.parent_id);
}

/** Renames and moves. */
export function relocate(state: TenantState, item: ItemRow, parent: ItemRow, name: string): void {
  requireLegalName(name, parent.parent_id === null, pathOf(state, parent));
  const seq = state.database.nextSeq();
  state.database.run(
    'UPDATE items SET parent_id = ?, name = ?, name_key = ?, etag_seq = ?, delta_seq = ? WHERE n = ?',
    parent.id,
    name,
    nameKey(name),
    seq,
    seq,
    item.n,
  );
  touchAncestors(state, item.drive_id, item.parent_id);
  if (parent.id !== item.parent_id) touchAncestors(state, item.drive_id, parent.id);
}

/** Deletes an item; what is below a folder goes with it without lines of its own in the feed. */
export function deleteItem(state: TenantState, item: ItemRow): void {
  const hide = (id: string): void => {
    for (const child of state.database.all<ItemRow>(
      'SELECT * FROM items WHERE drive_id = ? AND parent_id = ? AND deleted = 0',
      item.drive_id,
      id,
    )) {
      hide(child.id);
      state.database.run('UPDATE items SET deleted = 2 WHERE n = ?', child.n);
    }
  };
  hide(item.id);
  state.database.run('UPDATE items SET deleted = 1, delta_seq = ? WHERE n = ?', state.database.nextSeq(), item.n);
  touchAncestors(state, item.drive_id, item.parent_id);
}
