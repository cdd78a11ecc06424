import type { TenantState } from '../tenantState.ts';
import { GraphError } from '../call.ts';
import { folderId, folderNumber, messageKey } from './ids.ts';

export interface MailboxOwner {
  readonly id: string;
  readonly upn: string;
  readonly mailbox: string;
  readonly settings: string;
}

export interface FolderRow {
  readonly n: number;
  readonly user_id: string;
  readonly parent_n: number | null;
  readonly name: string;
  readonly well_known: string | null;
  readonly hidden: number;
  readonly props: string;
  readonly changed_seq: number;
  readonly deleted: number;
}

export interface MessageRow {
  readonly n: number;
  readonly user_id: string;
  readonly folder_n: number;
  readonly received: string;
  readonly internet_id: string;
  readonly moves: number;
  readonly unread: number;
  readonly props: string;
  readonly ref: string | null;
  readonly created_seq: number;
  readonly changed_seq: number;
}

/** The mailbox of a user named by id or principal name, or the documented refusals. */
export function mailboxOf(state: TenantState, userKey: string): MailboxOwner {
  const user = state.database.get<{ id: string; upn: string; mailbox: string | null; settings: string }>(
    'SELECT id, upn, mailbox, settings FROM users WHERE deleted = 0 AND (id = ? OR upn = ?)',
    userKey.toLowerCase(),
    userKey,
  );
  if (user === undefined) throw new GraphError(404, 'ErrorInvalidUser', `The requested user '${userKey}' is invalid.`);
  if (user.mailbox === null)
    throw new GraphError(
      404,
      'MailboxNotEnabledForRESTAPI',
      'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
    );
  return { id: user.id, upn: user.upn, mailbox: user.mailbox, settings: user.settings };
}

/** The id of a mailbox in the import and export API. */
export function mailboxId(state: TenantState, user: MailboxOwner): string {
  return `MBX:${user.mailbox}@${state.options.tenantId}`;
}

export function mailboxById(state: TenantState, id: string): MailboxOwner {
  const mailbox = /^MBX:([^@]+)@(.+)$/i.exec(id)?.[1] ?? '';
  const user = state.database.get<{ id: string }>('SELECT id FROM users WHERE deleted = 0 AND mailbox = ?', mailbox);
  if (user === undefined) throw new GraphError(404, 'ErrorNonExistentMailbox', `The mailbox '${id}' does not exist.`);
  return mailboxOf(state, user.id);
}

export function requireImportExport(state: TenantState): void {
  if (!state.tunables.importExportAllowed)
    throw new GraphError(403, 'ErrorAccessDenied', 'Mailbox import and export are not allowed in this organization.');
}

/** A folder by id or by well-known name. */
export function folderOf(state: TenantState, userId: string, key: string): FolderRow {
  const n = folderNumber(userId, key);
  const folder =
    n === undefined
      ? state.database.get<FolderRow>(
          'SELECT * FROM folders WHERE user_id = ? AND well_known = ? AND deleted = 0',
          userId,
          key.toLowerCase(),
        )
      : state.database.get<FolderRow>('SELECT * FROM folders WHERE n = ? AND user_id = ? AND deleted = 0', n, userId);
  if (folder !== undefined) return folder;
  if (n === undefined && key.length < 40) throw new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
  throw new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
}

export function folderByNumber(state: TenantState, n: number): FolderRow | undefined {
  return state.database.get<FolderRow>('SELECT * FROM folders WHERE n = ?', n);
}

/** A message by either kind of id; an id from before a move is gone. */
export function messageOf(state: TenantState, userId: string, id: string): MessageRow {
  const key = messageKey(userId, id);
  if (key === undefined) throw new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
  const row = state.database.get<MessageRow>('SELECT * FROM messages WHERE n = ? AND user_id = ?', key.n, userId);
  if (row === undefined || (!key.immutable && (row.folder_n !== key.folderN || row.moves !== key.moves))) {
    throw new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
  }
  return row;
}

export function messageByNumber(state: TenantState, n: number): MessageRow {
  const row = state.database.get<MessageRow>('SELECT * FROM messages WHERE n = ?', n);
  if (row === undefined)
    throw new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
  return row;
}

export function folderEntity(state: TenantState, folder: FolderRow): Record<string, unknown> {
  const counts = state.database.get<{ total: number; unread: number }>(
    'SELECT count(*) AS total, coalesce(sum(unread), 0) AS unread FROM messages WHERE folder_n = ?',
    folder.n,
  );
  const children = state.database.get<{ count: number }>(
    'SELECT count(*) AS count FROM folders WHERE parent_n = ? AND deleted = 0',
    folder.n,
  );
  return {
    id: folderId(folder.user_id, folder.n),
    displayName: folder.name,
    parentFolderId: folder.parent_n === null ? null : folderId(folder.user_id, folder.parent_n),
    childFolderCount: children?.count ?? 0,
    unreadItemCount: counts?.unread ?? 0,
    totalItemCount: counts?.total ?? 0,
    isHidden: folder.hidden === 1,
  };
}
