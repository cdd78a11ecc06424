import { GraphError, jsonBody, parameter, preferences, type Call, type Handlers, type Reply } from '../call.ts';
import { parseFilter, project, selected } from '../odata.ts';
import { contextOf, nextLink, pageSize, preferenceApplied, skipFrom } from '../paging.ts';
import type { TenantState } from '../tenantState.ts';
import { createFolder, folderFeed } from './folders.ts';
import { changeKey, folderId, messageId } from './ids.ts';
import { folderOf, mailboxById, messageOf, requireImportExport, type FolderRow, type MessageRow } from './mailboxes.ts';
import { messageFeed } from './messageDelta.ts';
import { propsOf } from './messageEntity.ts';
import { mimeOf } from './messages.ts';
import { removeFolder, removeMessage } from './mutations.ts';

/** The other view of a mailbox: folders and items of any kind by id, class, size and change key only. */
export function mailboxFolderHandlers(state: TenantState): Handlers {
  const base = '/admin/exchange/mailboxes/{mailbox-id}/folders';
  const open = (call: Call) => {
    requireImportExport(state);
    return mailboxById(state, parameter(call, 0));
  };
  const folderAt = (call: Call): FolderRow => folderOf(state, open(call).id, parameter(call, 1));
  const create = async (call: Call, userId: string, parentN: number): Promise<Reply> => {
    const name = (await jsonBody(call))['displayName'];
    if (typeof name !== 'string' || name === '')
      throw new GraphError(400, 'ErrorInvalidRequest', 'The folder needs a displayName.');
    const made = createFolder(state, userId, parentN, name, false);
    return { status: 201, json: mailboxFolderEntity(state, folderOf(state, userId, String(made['id']))) };
  };
  return {
    [`GET ${base}`]: (call) => {
      const user = open(call);
      return listFolders(state, call, folderOf(state, user.id, 'msgfolderroot'));
    },
    [`GET ${base}/{mailboxFolder-id}`]: (call) => ({
      status: 200,
      json: project(mailboxFolderEntity(state, folderAt(call)), selected(call.query.get('$select'))),
    }),
    [`GET ${base}/{mailboxFolder-id}/childFolders`]: (call) => listFolders(state, call, folderAt(call)),
    [`GET ${base}/delta`]: (call) =>
      folderFeed(state, call, open(call).id, '#microsoft.graph.mailboxFolder', (folder) =>
        mailboxFolderEntity(state, folder),
      ),
    [`POST ${base}`]: (call) => {
      const user = open(call);
      return create(call, user.id, folderOf(state, user.id, 'msgfolderroot').n);
    },
    [`POST ${base}/{mailboxFolder-id}/childFolders`]: (call) => create(call, open(call).id, folderAt(call).n),
    [`PATCH ${base}/{mailboxFolder-id}`]: async (call) => {
      const folder = folderAt(call);
      const name = (await jsonBody(call))['displayName'];
      if (typeof name === 'string')
        state.database.run(
          'UPDATE folders SET name = ?, changed_seq = ? WHERE n = ?',
          name,
          state.database.nextSeq(),
          folder.n,
        );
      return { status: 200, json: mailboxFolderEntity(state, folderAt(call)) };
    },
    [`DELETE ${base}/{mailboxFolder-id}`]: (call) => {
      const folder = folderAt(call);
      state.database.transaction(() => removeFolder(state, folder));
      return { status: 204 };
    },
    [`GET ${base}/{mailboxFolder-id}/items`]: (call) => listItems(state, call, folderAt(call)),
    [`GET ${base}/{mailboxFolder-id}/items/delta`]: (call) => {
      const user = open(call);
      return messageFeed(state, call, user.id, 'items', '#microsoft.graph.mailboxItem', (row) =>
        mailboxItemEntity(state, row, immutable(call)),
      );
    },
    [`GET ${base}/{mailboxFolder-id}/items/{mailboxItem-id}`]: async (call) => {
      const row = messageOf(state, open(call).id, parameter(call, 2));
      return {
        status: 200,
        json: project(await mailboxItemEntity(state, row, immutable(call)), selected(call.query.get('$select'))),
      };
    },
    [`DELETE ${base}/{mailboxFolder-id}/items/{mailboxItem-id}`]: (call) => {
      const row = messageOf(state, open(call).id, parameter(call, 2));
      state.database.transaction(() => removeMessage(state, row));
      return { status: 204 };
    },
  };
}

const immutable = (call: Call): boolean => preferences(call).get('idtype')?.toLowerCase() === 'immutableid';

function mailboxFolderEntity(state: TenantState, folder: FolderRow): Record<string, unknown> {
  const total =
    state.database.get<{ count: number }>('SELECT count(*) AS count FROM messages WHERE folder_n = ?', folder.n)
      ?.count ?? 0;
  const children =
    state.database.get<{ count: number }>(
      'SELECT count(*) AS count FROM folders WHERE parent_n = ? AND deleted = 0',
      folder.n,
    )?.count ?? 0;
  return {
    id: folderId(folder.user_id, folder.n),
    displayName: folder.name,
    parentFolderId: folder.parent_n === null ? null : folderId(folder.user_id, folder.parent_n),
    childFolderCount: children,
    totalItemCount: total,
    type: 'IPF.Note',
    wellKnownName: folder.well_known,
  };
}

async function mailboxItemEntity(
  state: TenantState,
  row: MessageRow,
  immutableId: boolean,
): Promise<Record<string, unknown>> {
  const props = propsOf(row);
  const key = changeKey(row.user_id, row.changed_seq);
  return {
    '@odata.etag': `W/"${key}"`,
    id: messageId({ userId: row.user_id, n: row.n, folderN: row.folder_n, moves: row.moves }, immutableId),
    createdDateTime: props['createdDateTime'] ?? row.received,
    lastModifiedDateTime: props['lastModifiedDateTime'] ?? row.received,
    changeKey: key,
    categories: props['categories'] ?? [],
    type: 'IPM.Note',
    size: row.ref === null ? (await mimeOf(state, row)).length : state.content.size(row.ref),
  };
}

function listFolders(state: TenantState, call: Call, parent: FolderRow): Reply {
  const rows = state.database.all<FolderRow>(
    'SELECT * FROM folders WHERE user_id = ? AND parent_n = ? AND deleted = 0 ORDER BY n',
    parent.user_id,
    parent.n,
  );
  const filter = call.query.get('$filter');
  const matches = filter === null ? () => true : parseFilter(filter).matches;
  return page(state, call, rows.map((row) => mailboxFolderEntity(state, row)).filter(matches), 'folders');
}

async function listItems(state: TenantState, call: Call, folder: FolderRow): Promise<Reply> {
  const rows = state.database.all<MessageRow>('SELECT * FROM messages WHERE folder_n = ? ORDER BY n', folder.n);
  const skip = skipFrom(call, state.tokens);
  const size = pageSize(call, 10, 1000);
  const items = await Promise.all(
    rows.slice(skip, skip + size).map((row) => mailboxItemEntity(state, row, immutable(call))),
  );
  const select = selected(call.query.get('$select'));
  return {
    status: 200,
    headers: preferenceApplied(call, ['IdType', 'odata.maxpagesize']),
    json: {
      '@odata.context': contextOf(call, 'items'),
      value: items.map((item) => project(item, select)),
      ...(rows.length > skip + size ? { '@odata.nextLink': nextLink(call, state.tokens, skip + size) } : {}),
    },
  };
}

function page(state: TenantState, call: Call, rows: readonly Record<string, unknown>[], context: string): Reply {
  const skip = skipFrom(call, state.tokens);
  const size = pageSize(call, 10, 1000);
  const select = selected(call.query.get('$select'));
  return {
    status: 200,
    headers: preferenceApplied(call, ['odata.maxpagesize']),
    json: {
      '@odata.context': contextOf(call, context),
      value: rows.slice(skip, skip + size).map((row) => project(row, select)),
      ...(rows.length > skip + size ? { '@odata.nextLink': nextLink(call, state.tokens, skip + size) } : {}),
    },
  };
}
