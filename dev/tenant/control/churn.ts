import {
  deleteItem,
  insertItem,
  itemOf,
  relocate,
  replaceContent,
  rootOf,
  type ItemRow,
} from '../graph/drive/items.ts';
import type { MessageRow } from '../graph/mail/mailboxes.ts';
import { deleteMessage, insertMessage, moveMessage, nowSeconds, updateMessage } from '../graph/mail/mutations.ts';
import type { TenantState } from '../graph/tenantState.ts';
import { stableNumber } from '../seed/ids.ts';

/** How often each kind of change comes in a hundred. */
const MIX: readonly (readonly [string, number])[] = [
  ['newMail', 30],
  ['editMail', 12],
  ['moveMail', 12],
  ['deleteMail', 6],
  ['newFile', 15],
  ['editFile', 12],
  ['renameFile', 5],
  ['moveFile', 4],
  ['deleteFile', 4],
];

/** A working day in short: `count` changes over all mailboxes and drives, the same for the same seed and state. */
export function churn(state: TenantState, count: number, seed: string): Record<string, number> {
  const done: Record<string, number> = {};
  for (let step = 0; step < count; step += 1) {
    const words = `${seed}/${step}`;
    const kind = pick(words);
    if (change(state, kind, words)) done[kind] = (done[kind] ?? 0) + 1;
  }
  return done;
}

function pick(words: string): string {
  let place = stableNumber(`${words} kind`, 100);
  for (const [kind, share] of MIX) {
    if (place < share) return kind;
    place -= share;
  }
  return 'newMail';
}

function change(state: TenantState, kind: string, words: string): boolean {
  if (kind === 'newMail') return newMail(state, words);
  if (kind === 'newFile') return newFile(state, words);
  if (kind.endsWith('Mail')) return changeMail(state, kind, words);
  return changeFile(state, kind, words);
}

function newMail(state: TenantState, words: string): boolean {
  const folders = state.database.all<{ n: number; user_id: string }>(
    "SELECT f.n, f.user_id FROM folders f JOIN users u ON u.id = f.user_id WHERE f.well_known = 'inbox' AND u.deleted = 0 ORDER BY f.n",
  );
  const folder = folders[stableNumber(`${words} folder`, Math.max(1, folders.length))];
  if (folder === undefined) return false;
  const received = nowSeconds();
  const number = stableNumber(words, 1_000_000);
  insertMessage(state, {
    userId: folder.user_id,
    folderN: folder.n,
    received,
    internetId: `<churn.${number}@partner.example>`,
    unread: true,
    ref: `mail:churn:${number}`,
    props: {
      createdDateTime: received,
      lastModifiedDateTime: received,
      subject: `New mail ${number}`,
      bodyPreview: '',
      importance: 'normal',
      categories: [],
      sentDateTime: received,
      isDraft: false,
      flag: { flagStatus: 'notFlagged' },
    },
  });
  return true;
}

function someMail(state: TenantState, words: string): MessageRow | undefined {
  const total = state.database.get<{ count: number }>('SELECT max(n) AS count FROM messages')?.count ?? 0;
  return state.database.get<MessageRow>(
    'SELECT * FROM messages WHERE n >= ? ORDER BY n LIMIT 1',
    stableNumber(`${words} mail`, Math.max(1, total)),
  );
}

function changeMail(state: TenantState, kind: string, words: string): boolean {
  const row = someMail(state, words);
  if (row === undefined) return false;
  if (kind === 'editMail')
    updateMessage(state, row, { props: { categories: [`Churn ${stableNumber(words, 9)}`] }, unread: row.unread === 0 });
  else if (kind === 'deleteMail') deleteMessage(state, row);
  else {
    const folders = state.database.all<{ n: number }>(
      // People move nothing into the outbox, nor into the folders below the bin that only Exchange fills.
      `SELECT n FROM folders WHERE user_id = ? AND deleted = 0 AND n <> ? AND parent_n IS NOT NULL
       AND coalesce(well_known, '') <> 'outbox' AND coalesce(well_known, '') NOT LIKE 'recoverableitems%' ORDER BY n`,
      row.user_id,
      row.folder_n,
    );
    const target = folders[stableNumber(`${words} target`, Math.max(1, folders.length))];
    if (target === undefined) return false;
    moveMessage(state, row, target.n);
  }
  return true;
}

function someItem(state: TenantState, words: string, folder: boolean): ItemRow | undefined {
  const rows = state.database.all<{ n: number }>(
    'SELECT n FROM items WHERE deleted = 0 AND folder = ? AND parent_id IS NOT NULL ORDER BY n',
    folder ? 1 : 0,
  );
  const picked = rows[stableNumber(`${words} item ${folder}`, Math.max(1, rows.length))];
  return picked === undefined ? undefined : state.database.get<ItemRow>('SELECT * FROM items WHERE n = ?', picked.n);
}

function newFile(state: TenantState, words: string): boolean {
  const drives = state.database.all<{ id: string }>('SELECT id FROM drives WHERE locked = 0 ORDER BY rowid');
  const drive = drives[stableNumber(`${words} drive`, Math.max(1, drives.length))];
  if (drive === undefined) return false;
  const size = stableNumber(`${words} size`, 200_000);
  insertItem(state, {
    driveId: drive.id,
    parent: rootOf(state, drive.id),
    name: `New file ${state.database.seq()}.docx`,
    ref: `gen:random:${size}:${words}`,
    size,
    folder: false,
  });
  return true;
}

function changeFile(state: TenantState, kind: string, words: string): boolean {
  const item = someItem(state, words, false);
  if (item === undefined) return false;
  const parent = itemOf(state, item.drive_id, item.parent_id ?? 'root');
  const size = stableNumber(`${words} size`, 200_000);
  if (kind === 'editFile') replaceContent(state, item, `gen:text:${size}:${words}`, size);
  else if (kind === 'deleteFile') deleteItem(state, item);
  else if (kind === 'renameFile')
    relocate(state, item, parent, `Renamed ${state.database.seq()} ${item.name}`.slice(-120).trim());
  else
    relocate(
      state,
      item,
      rootOf(state, item.drive_id),
      `Moved ${state.database.seq()} ${item.name}`.slice(-120).trim(),
    );
  return true;
}

/** Somebody, or something, deletes a share of the files of a drive at once. */
export function massDelete(state: TenantState, driveId: string, share: number): { deleted: number } {
  const files = state.database.all<ItemRow>(
    'SELECT * FROM items WHERE drive_id = ? AND deleted = 0 AND folder = 0 ORDER BY n',
    driveId,
  );
  const gone = files.slice(0, Math.floor(files.length * share));
  for (const item of gone) deleteItem(state, item);
  return { deleted: gone.length };
}
