import { itemAtPath, itemOf, type ItemRow } from '../graph/drive/items.ts';
import { folderOf, messageOf, type FolderRow, type MessageRow } from '../graph/mail/mailboxes.ts';
import type { TenantState } from '../graph/tenantState.ts';
import { DOMAIN } from '../seed/people.ts';
import { ControlError } from './controlError.ts';

/** A user by id, principal name or the part before the @. */
export function findUser(state: TenantState, key: string): { id: string; upn: string } {
  const user = state.database.get<{ id: string; upn: string }>(
    'SELECT id, upn FROM users WHERE id = ? OR upn = ? OR upn = ?',
    key,
    key,
    `${key}@${DOMAIN}`,
  );
  if (user === undefined) throw new ControlError(`There is no user "${key}".`);
  return user;
}

export function driveIdOf(state: TenantState, userId: string): string | undefined {
  return state.database.get<{ id: string }>('SELECT id FROM drives WHERE user_id = ?', userId)?.id;
}

export function requireDrive(state: TenantState, userKey: string): string {
  const driveId = driveIdOf(state, findUser(state, userKey).id);
  if (driveId === undefined) throw new ControlError(`"${userKey}" has no drive.`);
  return driveId;
}

/** A folder by id, well-known name or path of shown names ("/Posteingang/Rechnungen"). */
export function findFolder(state: TenantState, userId: string, key: string): FolderRow {
  if (!key.startsWith('/')) return folderOf(state, userId, key);
  let folder = folderOf(state, userId, 'msgfolderroot');
  for (const name of key.split('/').filter((part) => part !== '')) {
    const next = state.database.get<FolderRow>(
      'SELECT * FROM folders WHERE parent_n = ? AND name = ? AND deleted = 0',
      folder.n,
      name,
    );
    if (next === undefined) throw new ControlError(`There is no folder "${key}".`);
    folder = next;
  }
  return folder;
}

/** A message by either kind of id, or by a subject that only one has. */
export function findMessage(state: TenantState, userId: string, body: Readonly<Record<string, unknown>>): MessageRow {
  if (typeof body['id'] === 'string') return messageOf(state, userId, body['id']);
  const rows = state.database
    .all<MessageRow>('SELECT * FROM messages WHERE user_id = ?', userId)
    .filter(
      (row) =>
        (JSON.parse(row.props) as { subject?: string }).subject === body['subject'] ||
        row.internet_id === body['internetMessageId'],
    );
  const [row] = rows;
  if (row === undefined || rows.length > 1)
    throw new ControlError(`${rows.length} messages match; name one by "id", "subject" or "internetMessageId".`);
  return row;
}

/** An item by id or by path below the root. */
export function findItem(state: TenantState, driveId: string, body: Readonly<Record<string, unknown>>): ItemRow {
  if (typeof body['id'] === 'string') return itemOf(state, driveId, body['id']);
  if (typeof body['path'] !== 'string') throw new ControlError('Name the item by "id" or "path".');
  const { item } = itemAtPath(state, driveId, body['path']);
  if (item === undefined) throw new ControlError(`There is nothing at "${body['path']}".`);
  return item;
}
