import { GraphError, type Call, type Reply } from '../call.ts';
import { project, selected } from '../odata.ts';
import { contextOf, link, pageSize, preferenceApplied, type Position } from '../paging.ts';
import type { TenantState } from '../tenantState.ts';
import { itemEntity } from './itemEntity.ts';
import { rootOf, type DriveRow, type ItemRow } from './items.ts';

export const driveEpoch = (state: TenantState): number => Number(state.database.meta('epoch-drive') ?? 0);

/**
 * root/delta as business drives give it: no token lists everything, later rounds give what changed with the folders
 * above it; an item may come twice and the last one counts; deleted items have no name, paths are never told.
 */
export async function driveDelta(
  state: TenantState,
  call: Call,
  drive: DriveRow,
  token: string | null,
): Promise<Reply> {
  const base = call.path.replace(/\(token='[^']*'\)$/, '');
  const latest = token === 'latest';
  const position = token === null || latest ? undefined : readToken(state, call, drive, base, token);
  const select = selected(String(position?.['select'] ?? call.query.get('$select') ?? ''));
  const common = { kind: `drive/${drive.id}`, epoch: driveEpoch(state), select: [...(select ?? [])].join(',') };
  const linkTo = (next: Position): string => link({ ...call, path: base }, { token: state.tokens.write(next) });
  const context = contextOf(call, 'Collection(driveItem)');
  if (latest)
    return {
      status: 200,
      json: {
        '@odata.context': context,
        '@odata.deltaLink': linkTo({ ...common, since: state.database.seq() }),
        value: [],
      },
    };

  const since = Number(position?.['since'] ?? 0);
  const until = Number(position?.['until'] ?? state.database.seq());
  const size = pageSize(call, Number(position?.['size'] ?? 200), 1000);
  const rows =
    since === 0
      ? everything(state, drive, position, size + 1)
      : changes(state, drive, since, until, position, size + 1);
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const more = rows.length > size && last !== undefined;
  const shown = more ? page : [...page, ...repeated(state, drive, since, page)];
  const value = await Promise.all(
    shown.map(async (row) => project(await itemEntity(state, drive, row, 'delta'), select)),
  );
  return {
    status: 200,
    headers: preferenceApplied(call, [
      'odata.maxpagesize',
      'deltashowremovedasdeleted',
      'deltatraversepermissiongaps',
      'deltashowsharingchanges',
      'hierarchicalsharing',
    ]),
    json: {
      '@odata.context': context,
      ...(more
        ? { '@odata.nextLink': linkTo({ ...common, size, since, until, n: last.n, seq: last.delta_seq }) }
        : { '@odata.deltaLink': linkTo({ ...common, size, since: Math.max(1, until - state.tunables.deltaReplay) }) }),
      value,
    },
  };
}

function readToken(state: TenantState, call: Call, drive: DriveRow, path: string, token: string): Position {
  const position = state.tokens.read(token);
  if (position === undefined || position['kind'] !== `drive/${drive.id}`)
    throw new GraphError(400, 'invalidRequest', 'The provided token is malformed or belongs to another drive.');
  if (position['epoch'] === driveEpoch(state)) return position;
  const code = state.database.meta('resync-code') ?? 'resyncChangesApplyDifferences';
  throw new GraphError(410, code, 'Resync required. Start over at the given location.', {
    headers: { Location: `${call.origin}/${call.version}${path}` },
  });
}

function everything(state: TenantState, drive: DriveRow, position: Position | undefined, limit: number): ItemRow[] {
  return state.database.all<ItemRow>(
    'SELECT * FROM items WHERE drive_id = ? AND deleted = 0 AND n > ? ORDER BY n LIMIT ?',
    drive.id,
    Number(position?.['n'] ?? 0),
    limit,
  );
}

function changes(
  state: TenantState,
  drive: DriveRow,
  since: number,
  until: number,
  position: Position | undefined,
  limit: number,
): ItemRow[] {
  return state.database.all<ItemRow>(
    'SELECT * FROM items WHERE drive_id = ? AND deleted < 2 AND delta_seq > ? AND delta_seq <= ? AND (delta_seq, n) > (?, ?) ORDER BY delta_seq, n LIMIT ?',
    drive.id,
    since,
    until,
    Number(position?.['seq'] ?? 0),
    Number(position?.['n'] ?? 0),
    limit,
  );
}

/** The last page gives the root and the first folder a second time, as the feed may do at any time. */
function repeated(state: TenantState, drive: DriveRow, since: number, page: readonly ItemRow[]): ItemRow[] {
  if (page.length === 0) return [];
  const root = rootOf(state, drive.id);
  if (since > 0) return page.some((row) => row.n === root.n) ? [] : [root];
  return page.filter((row) => row.folder === 1 && row.n !== root.n).slice(0, 1);
}
