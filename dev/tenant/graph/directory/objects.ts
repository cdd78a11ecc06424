import { GraphError } from '../call.ts';
import type { TenantState } from '../tenantState.ts';

/** A user or a group as it is kept. */
export interface ObjectRow {
  readonly id: string;
  readonly props: string;
  readonly changed_seq: number;
  readonly deleted: number;
}

export function entity(row: ObjectRow): Record<string, unknown> {
  return { id: row.id, ...(JSON.parse(row.props) as Record<string, unknown>) };
}

export function userOf(state: TenantState, key: string): ObjectRow {
  const user = state.database.get<ObjectRow>(
    'SELECT id, props, changed_seq, deleted FROM users WHERE deleted = 0 AND (id = ? OR upn = ?)',
    key.toLowerCase(),
    key,
  );
  if (user === undefined) throw notFound(key);
  return user;
}

export function groupOf(state: TenantState, id: string): ObjectRow {
  const group = state.database.get<ObjectRow>('SELECT * FROM groups WHERE deleted = 0 AND id = ?', id.toLowerCase());
  if (group === undefined) throw notFound(id);
  return group;
}

const notFound = (key: string): GraphError =>
  new GraphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${key}' does not exist or one of its queried reference-property objects are not present.`,
  );
