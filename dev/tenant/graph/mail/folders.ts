import { GraphError, jsonBody, parameter, type Call, type Handlers, type Reply } from '../call.ts';
import { parseFilter, project, selected } from '../odata.ts';
import { contextOf, link, nextLink, pageSize, preferenceApplied, skipFrom } from '../paging.ts';
import type { TenantState } from '../tenantState.ts';
import { folderId } from './ids.ts';
import { folderEntity, folderOf, mailboxOf, type FolderRow } from './mailboxes.ts';
import { outlookEpoch, readOutlookToken } from './syncState.ts';
import { removeFolder } from './mutations.ts';

/** Mail folders: lists, delta, creation, rename, move and removal. */
export function folderHandlers(state: TenantState): Handlers {
  const list = (call: Call, userId: string, parentN: number): Reply => {
    const hidden = call.query.get('includeHiddenFolders') === 'true';
    const filter = call.query.get('$filter');
    const matches = filter === null ? () => true : parseFilter(filter).matches;
    const rows = state.database
      .all<FolderRow>(
        'SELECT * FROM folders WHERE user_id = ? AND parent_n = ? AND deleted = 0 ORDER BY name COLLATE NOCASE, n',
        userId,
        parentN,
      )
      .filter((row) => hidden || row.hidden === 0)
      .map((row) => folderEntity(state, row))
      .filter(matches);
    const skip = skipFrom(call, state.tokens);
    const size = pageSize(call, 10, 1000);
    const select = selected(call.query.get('$select'));
    const more = rows.length > skip + size;
    return {
      status: 200,
      headers: preferenceApplied(call, ['odata.maxpagesize']),
      json: {
        '@odata.context': contextOf(call, `users('${userId}')/mailFolders`),
        ...(call.query.get('$count') === 'true' ? { '@odata.count': rows.length } : {}),
        value: rows.slice(skip, skip + size).map((row) => project(row, select)),
        ...(more ? { '@odata.nextLink': nextLink(call, state.tokens, skip + size) } : {}),
      },
    };
  };

  const create = async (call: Call, userId: string, parentN: number): Promise<Reply> => {
    const body = await jsonBody(call);
    const name = body['displayName'];
    if (typeof name !== 'string' || name === '')
      throw new GraphError(400, 'ErrorInvalidRequest', 'The folder needs a displayName.');
    return {
      status: 201,
      json: {
        '@odata.context': contextOf(call, `users('${userId}')/mailFolders/$entity`),
        ...createFolder(state, userId, parentN, name, body['isHidden'] === true),
      },
    };
  };

  return {
    'GET /users/{user-id}/mailFolders': (call) => {
      const user = mailboxOf(state, parameter(call, 0));
      return list(call, user.id, folderOf(state, user.id, 'msgfolderroot').n);
    },
    'POST /users/{user-id}/mailFolders': (call) => {
      const user = mailboxOf(state, parameter(call, 0));
      return create(call, user.id, folderOf(state, user.id, 'msgfolderroot').n);
    },
    'GET /users/{user-id}/mailFolders/{mailFolder-id}': (call) => {
      const user = mailboxOf(state, parameter(call, 0));
      const entity = folderEntity(state, folderOf(state, user.id, parameter(call, 1)));
      return {
        status: 200,
        json: {
          '@odata.context': contextOf(call, `users('${user.id}')/mailFolders/$entity`),
          ...project(entity, selected(call.query.get('$select'))),
        },
      };
    },
    'GET /users/{user-id}/mailFolders/{mailFolder-id}/childFolders': (call) => {
      const user = mailboxOf(state, parameter(call, 0));
      return list(call, user.id, folderOf(state, user.id, parameter(call, 1)).n);
    },
    'POST /users/{user-id}/mailFolders/{mailFolder-id}/childFolders': (call) => {
      const user = mailboxOf(state, parameter(call, 0));
      return create(call, user.id, folderOf(state, user.id, parameter(call, 1)).n);
    },
    'PATCH /users/{user-id}/mailFolders/{mailFolder-id}': async (call) => {
      const user = mailboxOf(state, parameter(call, 0));
      const folder = folderOf(state, user.id, parameter(call, 1));
      const name = (await jsonBody(call))['displayName'];
      if (typeof name !== 'string' || folder.well_known !== null)
        throw new GraphError(400, 'ErrorInvalidRequest', 'This folder cannot be renamed.');
      refuseTakenName(state, folder.parent_n, name, folder.n);
      state.database.run(
        'UPDATE folders SET name = ?, changed_seq = ? WHERE n = ?',
        name,
        state.database.nextSeq(),
        folder.n,
      );
      return { status: 200, json: folderEntity(state, folderOf(state, user.id, parameter(call, 1))) };
    },
    'POST /users/{user-id}/mailFolders/{mailFolder-id}/move': async (call) => {
      const user = mailboxOf(state, parameter(call, 0));
      const folder = folderOf(state, user.id, parameter(call, 1));
      const target = folderOf(
        state,
        user.id,
        String((await jsonBody(call))['destinationId'] ?? (await jsonBody(call))['DestinationId']),
      );
      refuseTakenName(state, target.n, folder.name, folder.n);
      state.database.run(
        'UPDATE folders SET parent_n = ?, changed_seq = ? WHERE n = ?',
        target.n,
        state.database.nextSeq(),
        folder.n,
      );
      return { status: 201, json: folderEntity(state, folderOf(state, user.id, parameter(call, 1))) };
    },
    'DELETE /users/{user-id}/mailFolders/{mailFolder-id}': (call) => remove(call),
    'POST /users/{user-id}/mailFolders/{mailFolder-id}/permanentDelete': (call) => remove(call),
    'GET /users/{user-id}/mailFolders/delta': (call) => mailFolderDelta(call),
    'GET /users/{user-id}/mailFolders/{mailFolder-id}/childFolders/delta': (call) => mailFolderDelta(call),
  };

  function mailFolderDelta(call: Call): Reply {
    const user = mailboxOf(state, parameter(call, 0));
    return folderFeed(state, call, user.id, '#microsoft.graph.mailFolder', (folder) => folderEntity(state, folder));
  }

  function remove(call: Call): Reply {
    const user = mailboxOf(state, parameter(call, 0));
    const folder = folderOf(state, user.id, parameter(call, 1));
    if (folder.well_known !== null)
      throw new GraphError(400, 'ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be deleted.');
    state.database.transaction(() => removeFolder(state, folder));
    return { status: 204 };
  }
}

/** Makes a folder or refuses the name, as Exchange does, when a sibling has it. */
export function createFolder(
  state: TenantState,
  userId: string,
  parentN: number,
  name: string,
  hidden: boolean,
): Record<string, unknown> {
  refuseTakenName(state, parentN, name, 0);
  const n = state.database.run(
    'INSERT INTO folders(user_id, parent_n, name, hidden, changed_seq) VALUES(?, ?, ?, ?, ?)',
    userId,
    parentN,
    name,
    hidden ? 1 : 0,
    state.database.nextSeq(),
  );
  return folderEntity(state, folderOf(state, userId, folderId(userId, n)));
}

function refuseTakenName(state: TenantState, parentN: number | null, name: string, except: number): void {
  const taken = state.database.get<{ n: number }>(
    'SELECT n FROM folders WHERE parent_n = ? AND name = ? COLLATE NOCASE AND deleted = 0 AND n <> ?',
    parentN,
    name,
    except,
  );
  if (taken !== undefined)
    throw new GraphError(
      409,
      'ErrorFolderExists',
      `A folder with the specified name already exists., Could not create folder with the name ${name}.`,
    );
}

/** All folders of all levels in one flat feed; the subtree of dumpster folders is not part of it. */
export function folderFeed(
  state: TenantState,
  call: Call,
  userId: string,
  odataType: string,
  render: (folder: FolderRow) => Record<string, unknown>,
): Reply {
  const kind = `folders/${odataType}`;
  const from = readOutlookToken(state, call, kind);
  const since = Number(from?.['since'] ?? 0);
  const until = Number(from?.['until'] ?? state.database.seq());
  const select = selected(String(from?.['select'] ?? call.query.get('$select') ?? ''));
  const size = pageSize(call, Number(from?.['size'] ?? 10), 1000);
  const rows = state.database.all<FolderRow>(
    `SELECT * FROM folders WHERE user_id = ? AND parent_n IS NOT NULL AND changed_seq > ? AND (? = 0 OR changed_seq <= ?) AND (deleted = 0 OR ? > 0)
     AND coalesce(well_known, '') NOT LIKE 'recoverable%' AND n > ? ORDER BY n LIMIT ?`,
    userId,
    since,
    since,
    until,
    since,
    Number(from?.['after'] ?? 0),
    size + 1,
  );
  const page = rows.slice(0, size);
  const common = { kind, epoch: outlookEpoch(state), size, select: [...(select ?? [])].join(',') };
  const next = { ...common, since, until, after: page.at(-1)?.n ?? 0 };
  return {
    status: 200,
    headers: preferenceApplied(call, ['odata.maxpagesize']),
    json: {
      '@odata.context': contextOf(call, `Collection(${odataType.slice('#microsoft.graph.'.length)})`),
      value: page.map((row) =>
        row.deleted === 1
          ? { '@odata.type': odataType, id: folderId(userId, row.n), '@removed': { reason: 'deleted' } }
          : { '@odata.type': odataType, ...project(render(row), select) },
      ),
      ...(rows.length > size
        ? { '@odata.nextLink': link(call, { $skiptoken: state.tokens.write(next) }) }
        : {
            '@odata.deltaLink': link(call, {
              $deltatoken: state.tokens.write({ ...common, since: Math.max(0, until - state.tunables.deltaReplay) }),
            }),
          }),
    },
  };
}
