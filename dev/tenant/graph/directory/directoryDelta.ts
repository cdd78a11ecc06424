import { GraphError, type Call, type Reply } from '../call.ts';
import { project, selected } from '../odata.ts';
import { contextOf, link, type Position } from '../paging.ts';
import type { TenantState } from '../tenantState.ts';
import { entity, type ObjectRow } from './objects.ts';

const PAGE = 100;

export const directoryEpoch = (state: TenantState): number => Number(state.database.meta('epoch-directory') ?? 0);

/** users/delta and groups/delta: the selection is fixed by the first call; group changes carry their members. */
export function directoryDelta(state: TenantState, call: Call, table: 'users' | 'groups'): Reply {
  const position = readToken(state, call, table);
  const select = selected(String(position?.['select'] ?? call.query.get('$select') ?? ''));
  const since = Number(position?.['since'] ?? 0);
  const until = Number(position?.['until'] ?? state.database.seq());
  const common = { kind: table, epoch: directoryEpoch(state), select: [...(select ?? [])].join(',') };
  const context = contextOf(call, table);
  if (call.query.get('$deltatoken') === 'latest') {
    return {
      status: 200,
      json: {
        '@odata.context': context,
        '@odata.deltaLink': deltaLink(state, call, { ...common, since: state.database.seq() }),
        value: [],
      },
    };
  }
  const size = Number(position?.['size'] ?? call.query.get('$top') ?? PAGE);
  const rows = changedRows(state, table, since, until, String(position?.['after'] ?? ''), size + 1);
  const page = rows.slice(0, size);
  const next = { ...common, since, until, size, after: page.at(-1)?.id ?? '' };
  const done = { ...common, size, since: Math.max(0, until - state.tunables.deltaReplay) };
  return {
    status: 200,
    json: {
      '@odata.context': context,
      ...(rows.length > size
        ? { '@odata.nextLink': link(call, { $skiptoken: state.tokens.write(next) }) }
        : { '@odata.deltaLink': deltaLink(state, call, done) }),
      value: page.map((row) => view(state, table, row, select, since)),
    },
  };
}

const deltaLink = (state: TenantState, call: Call, position: Position): string =>
  link(call, { $deltatoken: state.tokens.write(position) });

function readToken(state: TenantState, call: Call, table: string): Position | undefined {
  const text = call.query.get('$skiptoken') ?? call.query.get('$deltatoken');
  if (text === null || text === 'latest') return undefined;
  const position = state.tokens.read(text);
  if (position === undefined || position['kind'] !== table)
    throw new GraphError(400, 'Request_UnsupportedQuery', 'The provided token is invalid.');
  if (position['epoch'] !== directoryEpoch(state)) {
    throw new GraphError(410, 'syncStateNotFound', 'The sync state is too old. Start with a full synchronization.', {
      headers: { Location: `${call.origin}/${call.version}/${table}/delta` },
    });
  }
  return position;
}

function changedRows(
  state: TenantState,
  table: 'users' | 'groups',
  since: number,
  until: number,
  after: string,
  limit: number,
): ObjectRow[] {
  const changedMembers =
    table === 'groups'
      ? ' OR EXISTS (SELECT 1 FROM members m WHERE m.group_id = id AND m.changed_seq > ?1 AND m.changed_seq <= ?2)'
      : '';
  return state.database.all<ObjectRow>(
    `SELECT id, props, changed_seq, deleted FROM ${table}
     WHERE ((changed_seq > ?1 AND (?1 = 0 OR changed_seq <= ?2))${changedMembers}) AND (deleted = 0 OR ?1 > 0) AND id > ?3 ORDER BY id LIMIT ?4`,
    since,
    until,
    after,
    limit,
  );
}

function view(
  state: TenantState,
  table: 'users' | 'groups',
  row: ObjectRow,
  select: ReadonlySet<string> | undefined,
  since: number,
): Record<string, unknown> {
  if (row.deleted === 1) return { id: row.id, '@removed': { reason: 'changed' } };
  const shown = project(entity(row), select);
  if (table === 'users' || (select !== undefined && !select.has('members'))) return shown;
  const members = state.database.all<{ member_id: string; kind: string; removed: number }>(
    'SELECT member_id, kind, removed FROM members WHERE group_id = ? AND changed_seq > ? AND (removed = 0 OR ? > 0)',
    row.id,
    since,
    since,
  );
  return {
    ...shown,
    'members@delta': members.map((member) => ({
      '@odata.type': `#microsoft.graph.${member.kind}`,
      id: member.member_id,
      ...(member.removed === 1 ? { '@removed': { reason: 'deleted' } } : {}),
    })),
  };
}
