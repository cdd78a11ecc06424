import { GraphError, type Call } from '../call.ts';
import type { Position } from '../paging.ts';
import type { TenantState } from '../tenantState.ts';

/** Grows when the control page lets every Outlook sync state expire. */
export const outlookEpoch = (state: TenantState): number => Number(state.database.meta('epoch-outlook') ?? 0);

/** The position in `$skiptoken` or `$deltatoken`; undefined at the start; 410 when the state is gone. */
export function readOutlookToken(state: TenantState, call: Call, kind: string): Position | undefined {
  const text = call.query.get('$skiptoken') ?? call.query.get('$deltatoken');
  if (text === null) return undefined;
  const position = state.tokens.read(text);
  if (position === undefined || position['kind'] !== kind)
    throw new GraphError(400, 'SyncStateInvalid', 'The sync state is invalid.');
  if (position['epoch'] !== outlookEpoch(state)) {
    throw new GraphError(
      410,
      'SyncStateNotFound',
      'The sync state generation is not found; generation: null; either the delta token has expired or is invalid. Resynchronization is required.',
    );
  }
  return position;
}
