import { createHash } from 'node:crypto';
import { GraphError, jsonBody, parameter, type Call, type Handlers, type Reply } from '../call.ts';
import { contextOf } from '../paging.ts';
import type { Recorder } from '../recorder.ts';
import type { TenantState } from '../tenantState.ts';
import { driveOf, itemNotFound, itemOf, touchAncestors, type Facets, type ItemRow } from './items.ts';

interface PermissionRow {
  readonly id: string;
  readonly props: string;
}

/** Sharing. A notice that would have reached somebody is counted. */
export function permissionHandlers(state: TenantState, recorder: Recorder): Handlers {
  const base = '/drives/{drive-id}/items/{driveItem-id}';
  const open = (call: Call): ItemRow => itemOf(state, driveOf(state, parameter(call, 0)).id, parameter(call, 1));
  const rows = (item: ItemRow): Record<string, unknown>[] => [
    ownerPermission(state, item),
    ...state.database
      .all<PermissionRow>(
        'SELECT id, props FROM permissions WHERE drive_id = ? AND item_id = ?',
        item.drive_id,
        item.id,
      )
      .map((row) => JSON.parse(row.props) as Record<string, unknown>),
  ];
  const find = (item: ItemRow, id: string): Record<string, unknown> => {
    const found = rows(item).find((permission) => permission['id'] === id);
    if (found === undefined) throw itemNotFound();
    return found;
  };
  const invite = async (call: Call): Promise<Reply> => {
    const item = open(call);
    const body = await jsonBody(call);
    const recipients = (body['recipients'] ?? []) as { email?: string; objectId?: string; alias?: string }[];
    const users = recipients.map((recipient) =>
      userNamed(state, recipient.objectId ?? recipient.email ?? recipient.alias ?? ''),
    );
    const resolved = users.filter((user) => user !== undefined);
    if (resolved.length === 0)
      throw new GraphError(400, 'noResolvedUsers', 'None of the provided recipients could be resolved.');
    if (body['sendInvitation'] === true)
      for (const user of resolved) recorder.outgoing('sharingNotice', call.caller.appId, `${user.upn}: ${item.name}`);
    const value = state.database.transaction(() =>
      resolved.map((user) =>
        keep(state, item, {
          roles: body['roles'] ?? ['read'],
          grantedToV2: { user: { id: user.id, displayName: user.upn } },
        }),
      ),
    );
    return { status: 200, json: { '@odata.context': contextOf(call, 'Collection(permission)'), value } };
  };

  return {
    [`GET ${base}/permissions`]: (call) => ({
      status: 200,
      json: { '@odata.context': contextOf(call, 'permissions'), value: rows(open(call)) },
    }),
    [`GET ${base}/permissions/{permission-id}`]: (call) => ({
      status: 200,
      json: find(open(call), parameter(call, 2)),
    }),
    [`POST ${base}/invite`]: invite,
    [`POST ${base}/createLink`]: async (call) => {
      const item = open(call);
      const body = await jsonBody(call);
      const type = String(body['type'] ?? 'view');
      const scope = String(body['scope'] ?? 'organization');
      const link = {
        type,
        scope,
        webUrl: `https://demo-my.sharepoint.example/:x:/g/${createHash('sha256').update(`${item.id}${type}${scope}`).digest('base64url').slice(0, 40)}`,
      };
      const permission = state.database.transaction(() =>
        keep(state, item, {
          roles: [type === 'edit' ? 'write' : 'read'],
          link,
          hasPassword: body['password'] !== undefined,
        }),
      );
      return { status: 201, json: permission };
    },
    [`PATCH ${base}/permissions/{permission-id}`]: async (call) => {
      const item = open(call);
      const permission = { ...find(item, parameter(call, 2)), roles: (await jsonBody(call))['roles'] };
      state.database.run(
        'UPDATE permissions SET props = ? WHERE id = ?',
        JSON.stringify(permission),
        parameter(call, 2),
      );
      return { status: 200, json: permission };
    },
    [`DELETE ${base}/permissions/{permission-id}`]: (call) => {
      const item = open(call);
      find(item, parameter(call, 2));
      state.database.transaction(() => {
        state.database.run('DELETE FROM permissions WHERE id = ?', parameter(call, 2));
        markShared(state, item);
      });
      return { status: 204 };
    },
    [`POST ${base}/permissions/{permission-id}/grant`]: async (call) => {
      const item = open(call);
      const permission = find(item, parameter(call, 2));
      const recipients = ((await jsonBody(call))['recipients'] ?? []) as { email?: string; objectId?: string }[];
      const users = recipients.flatMap(
        (recipient) => userNamed(state, recipient.objectId ?? recipient.email ?? '') ?? [],
      );
      const granted = {
        ...permission,
        grantedToIdentitiesV2: users.map((user) => ({ user: { id: user.id, displayName: user.upn } })),
      };
      state.database.run('UPDATE permissions SET props = ? WHERE id = ?', JSON.stringify(granted), parameter(call, 2));
      return { status: 200, json: { '@odata.context': contextOf(call, 'Collection(permission)'), value: [granted] } };
    },
  };
}

function ownerPermission(state: TenantState, item: ItemRow): Record<string, unknown> {
  const owner = state.database.get<{ user_id: string; name: string }>(
    'SELECT user_id, name FROM drives WHERE id = ?',
    item.drive_id,
  );
  return {
    id: `owner-${item.drive_id.slice(2, 14)}`,
    roles: ['owner'],
    grantedToV2: { user: { id: owner?.user_id ?? '', displayName: owner?.name ?? '' } },
  };
}

function userNamed(state: TenantState, key: string): { id: string; upn: string } | undefined {
  return state.database.get<{ id: string; upn: string }>(
    'SELECT id, upn FROM users WHERE deleted = 0 AND (id = ? OR upn = ?)',
    key.toLowerCase(),
    key,
  );
}

function keep(
  state: TenantState,
  item: ItemRow,
  permission: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const id = createHash('sha256')
    .update(`${item.id}${JSON.stringify(permission)}`)
    .digest('base64url')
    .slice(0, 30);
  const kept = { id, ...permission };
  state.database.run(
    'INSERT OR REPLACE INTO permissions(id, drive_id, item_id, props) VALUES(?, ?, ?, ?)',
    id,
    item.drive_id,
    item.id,
    JSON.stringify(kept),
  );
  markShared(state, item);
  return kept;
}

/** The shared facet follows the permissions, and the feed tells that it changed. */
function markShared(state: TenantState, item: ItemRow): void {
  const shared =
    state.database.get<{ id: string }>(
      'SELECT id FROM permissions WHERE drive_id = ? AND item_id = ?',
      item.drive_id,
      item.id,
    ) !== undefined;
  const facets: Facets = { ...(JSON.parse(item.facets) as Facets), shared };
  state.database.run(
    'UPDATE items SET facets = ?, delta_seq = ? WHERE n = ?',
    JSON.stringify(facets),
    state.database.nextSeq(),
    item.n,
  );
  touchAncestors(state, item.drive_id, item.parent_id);
}
