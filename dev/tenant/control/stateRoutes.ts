import { createHash } from 'node:crypto';
import { attachmentsOf } from '../graph/mail/attachments.ts';
import { folderId, messageId } from '../graph/mail/ids.ts';
import type { FolderRow, MessageRow } from '../graph/mail/mailboxes.ts';
import { propsOf } from '../graph/mail/messageEntity.ts';
import { mimeOf } from '../graph/mail/messages.ts';
import { digest } from '../graph/drive/itemEntity.ts';
import { pathOf, type ItemRow } from '../graph/drive/items.ts';
import type { TenantState } from '../graph/tenantState.ts';
import type { ControlParts, ControlRoutes } from './parts.ts';
import { driveIdOf, findUser } from './targets.ts';

/** Files above this are not hashed for a state listing unless `hash=all` is asked. */
const HASH_LIMIT = 64 * 1024 * 1024;

/** Questions for assertions: what is in the tenant, and what clients did. */
export function stateRoutes({ state, recorder, throttle, directory }: ControlParts): ControlRoutes {
  return {
    'GET /control': () => ({
      tenantId: state.options.tenantId,
      origins: state.origins,
      tunables: state.tunables,
      throttle: throttle.options,
      apps: state.options.apps,
      seededAt: state.database.meta('seeded'),
    }),
    'GET /control/violations': () => ({ value: recorder.violations() }),
    'DELETE /control/violations': () => recorder.forget('violations'),
    'GET /control/outgoing': () => {
      const value = recorder.outgoings();
      const count = (kind: string): number => value.filter((entry) => entry.kind === kind).length;
      return { mails: count('mail'), invitations: count('invitation'), sharingNotices: count('sharingNotice'), value };
    },
    'DELETE /control/outgoing': () => recorder.forget('outgoing'),
    'GET /control/counters': () => ({ ...recorder.counters(), throttle: throttle.counters() }),
    'DELETE /control/counters': () => recorder.forget('counters'),
    'GET /control/users': () => ({
      value: state.database
        .all<{ id: string; upn: string; mailbox: string | null; deleted: number }>(
          'SELECT id, upn, mailbox, deleted FROM users ORDER BY rowid',
        )
        .map((user) => ({
          ...user,
          deleted: user.deleted === 1,
          driveId: driveIdOf(state, user.id),
          name: directory.person(user.id)?.name,
          appRoles: directory.person(user.id)?.appRoles,
        })),
    }),
    'GET /control/folders': (_, query) => {
      const user = findUser(state, query.get('user') ?? '');
      return {
        value: state.database
          .all<FolderRow>('SELECT * FROM folders WHERE user_id = ? AND deleted = 0 ORDER BY n', user.id)
          .map((folder) => folderState(state, folder)),
      };
    },
    'GET /control/messages': async (_, query) => ({ value: await messages(state, query) }),
    'GET /control/files': async (_, query) => ({ value: await files(state, query) }),
  };
}

function folderState(state: TenantState, folder: FolderRow): Record<string, unknown> {
  return {
    id: folderId(folder.user_id, folder.n),
    path: folderPath(state, folder.n),
    name: folder.name,
    wellKnown: folder.well_known,
    hidden: folder.hidden === 1,
  };
}

function folderPath(state: TenantState, n: number): string {
  const folder = state.database.get<FolderRow>('SELECT * FROM folders WHERE n = ?', n);
  if (folder === undefined) return '';
  return folder.parent_n === null ? '' : `${folderPath(state, folder.parent_n)}/${folder.name}`;
}

async function messages(state: TenantState, query: URLSearchParams): Promise<Record<string, unknown>[]> {
  const who = query.get('user');
  const rows =
    who === null
      ? state.database.all<MessageRow>('SELECT * FROM messages ORDER BY n')
      : state.database.all<MessageRow>('SELECT * FROM messages WHERE user_id = ? ORDER BY n', findUser(state, who).id);
  const paths = new Map<number, string>();
  const found: Record<string, unknown>[] = [];
  for (const row of rows) {
    if (!paths.has(row.folder_n)) paths.set(row.folder_n, folderPath(state, row.folder_n));
    found.push(await messageState(state, row, paths.get(row.folder_n) ?? '', query.get('hash') ?? 'all'));
  }
  return found;
}

async function messageState(
  state: TenantState,
  row: MessageRow,
  folder: string,
  hash: string,
): Promise<Record<string, unknown>> {
  const place = { userId: row.user_id, n: row.n, folderN: row.folder_n, moves: row.moves };
  const mime = hash === 'all' ? await mimeOf(state, row) : undefined;
  const attachments =
    hash === 'none'
      ? undefined
      : (await attachmentsOf(state, row)).map((attachment) => ({
          name: attachment.name,
          size: attachment.size,
          sha256: createHash('sha256').update(attachment.bytes()).digest('hex'),
        }));
  return {
    userId: row.user_id,
    id: messageId(place, false),
    immutableId: messageId(place, true),
    folder,
    folderId: folderId(row.user_id, row.folder_n),
    received: row.received,
    internetMessageId: row.internet_id,
    isRead: row.unread === 0,
    ...propsOf(row),
    ...(mime === undefined ? {} : { size: mime.length, sha256: createHash('sha256').update(mime).digest('hex') }),
    ...(attachments === undefined ? {} : { attachments }),
  };
}

async function files(state: TenantState, query: URLSearchParams): Promise<Record<string, unknown>[]> {
  const who = query.get('user');
  const driveId = query.get('drive') ?? (who === null ? undefined : driveIdOf(state, findUser(state, who).id));
  const rows =
    driveId === undefined
      ? state.database.all<ItemRow>('SELECT * FROM items WHERE deleted = 0 ORDER BY n')
      : state.database.all<ItemRow>('SELECT * FROM items WHERE drive_id = ? AND deleted = 0 ORDER BY n', driveId);
  const found: Record<string, unknown>[] = [];
  for (const row of rows) {
    const hashed =
      row.ref !== null && query.get('hash') !== 'none' && (row.size <= HASH_LIMIT || query.get('hash') === 'all');
    found.push({
      driveId: row.drive_id,
      id: row.id,
      parentId: row.parent_id,
      path: pathOf(state, row),
      name: row.name,
      folder: row.folder === 1,
      size: row.size,
      createdDateTime: row.created,
      lastModifiedDateTime: row.modified,
      fileSystemInfo: { createdDateTime: row.fs_created, lastModifiedDateTime: row.fs_modified },
      facets: JSON.parse(row.facets) as unknown,
      ...(hashed ? await digest(state, row) : {}),
    });
  }
  return found;
}
