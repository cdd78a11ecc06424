import { randomUUID } from 'node:crypto';
import { GraphError } from '../call.ts';
import type { TenantState } from '../tenantState.ts';
import type { FolderRow, MessageRow } from './mailboxes.ts';

export interface NewMessage {
  readonly userId: string;
  readonly folderN: number;
  /** ISO 8601, whole seconds, UTC. */
  readonly received: string;
  readonly internetId: string | undefined;
  readonly unread: boolean;
  readonly props: Readonly<Record<string, unknown>>;
  /** Stored MIME; null when the message was written as JSON. */
  readonly ref: string | null;
}

/** Every change of a mailbox goes through here, so the delta feeds see all of them. Returns the row's number. */
export function insertMessage(state: TenantState, message: NewMessage): number {
  const seq = state.database.nextSeq();
  const n = state.database.run(
    `INSERT INTO messages(user_id, folder_n, received, internet_id, unread, props, ref, created_seq, changed_seq) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    message.userId,
    message.folderN,
    message.received,
    message.internetId ?? `<${randomUUID()}@demo.holdfast.example>`,
    message.unread ? 1 : 0,
    JSON.stringify(message.props),
    message.ref,
    seq,
    seq,
  );
  markExtended(state, n, message.props);
  return n;
}

export interface MessageChange {
  readonly props: Readonly<Record<string, unknown>>;
  readonly unread?: boolean;
  readonly received?: string;
  readonly ref?: string | null;
}

export function updateMessage(state: TenantState, row: MessageRow, change: MessageChange): void {
  const props = { ...(JSON.parse(row.props) as object), ...change.props, lastModifiedDateTime: nowSeconds() };
  const unread = change.unread === undefined ? row.unread : Number(change.unread);
  state.database.run(
    'UPDATE messages SET props = ?, unread = ?, received = ?, ref = ?, changed_seq = ? WHERE n = ?',
    JSON.stringify(props),
    unread,
    change.received ?? row.received,
    change.ref === undefined ? row.ref : change.ref,
    state.database.nextSeq(),
    row.n,
  );
  state.database.run('DELETE FROM message_marks WHERE message_n = ?', row.n);
  markExtended(state, row.n, props);
}

export function moveMessage(state: TenantState, row: MessageRow, folderN: number): void {
  const seq = state.database.nextSeq();
  state.database.run(
    'INSERT INTO departures(folder_n, message_n, moves, seq) VALUES(?, ?, ?, ?)',
    row.folder_n,
    row.n,
    row.moves,
    seq,
  );
  state.database.run(
    'UPDATE messages SET folder_n = ?, moves = moves + 1, changed_seq = ? WHERE n = ?',
    folderN,
    state.database.nextSeq(),
    row.n,
  );
}

/** Gone for good; its folder's feed reports it. */
export function removeMessage(state: TenantState, row: MessageRow): void {
  state.database.run(
    'INSERT INTO departures(folder_n, message_n, moves, seq) VALUES(?, ?, ?, ?)',
    row.folder_n,
    row.n,
    row.moves,
    state.database.nextSeq(),
  );
  state.database.run('DELETE FROM messages WHERE n = ?', row.n);
  state.database.run('DELETE FROM attachments WHERE message_n = ?', row.n);
  state.database.run('DELETE FROM message_marks WHERE message_n = ?', row.n);
}

/** Delete as Outlook does: to Deleted Items, and from there to Recoverable Items. */
export function deleteMessage(state: TenantState, row: MessageRow): void {
  const target = (name: string): number => {
    const folder = state.database.get<{ n: number }>(
      'SELECT n FROM folders WHERE user_id = ? AND well_known = ?',
      row.user_id,
      name,
    );
    if (folder === undefined) throw new GraphError(500, 'ErrorInternalServerError', `The mailbox has no ${name}.`);
    return folder.n;
  };
  const trash = target('deleteditems');
  moveMessage(state, row, row.folder_n === trash ? target('recoverableitemsdeletions') : trash);
}

/** Removes a folder with everything below it. */
export function removeFolder(state: TenantState, folder: FolderRow): void {
  for (const child of state.database.all<FolderRow>(
    'SELECT * FROM folders WHERE parent_n = ? AND deleted = 0',
    folder.n,
  ))
    removeFolder(state, child);
  for (const row of state.database.all<MessageRow>('SELECT * FROM messages WHERE folder_n = ?', folder.n))
    removeMessage(state, row);
  state.database.run('UPDATE folders SET deleted = 1, changed_seq = ? WHERE n = ?', state.database.nextSeq(), folder.n);
}

export const nowSeconds = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

function markExtended(state: TenantState, n: number, props: Readonly<Record<string, unknown>>): void {
  for (const { id, value } of (props['extended'] as { id: string; value: string }[] | undefined) ?? []) {
    state.database.run('INSERT INTO message_marks(message_n, id, value) VALUES(?, ?, ?)', n, id.toLowerCase(), value);
  }
}
