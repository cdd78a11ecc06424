import { messageId } from './ids.ts';
import { messageSummary, messageEntity } from './messageEntity.ts';
import { folderOf, mailboxOf, type MessageRow } from './mailboxes.ts';
import { outlookEpoch, readOutlookToken } from './syncState.ts';
import { GraphError, parameter, preferences, type Call, type Reply } from '../call.ts';
import { parseFilter, project, selected, type Equality } from '../odata.ts';
import { contextOf, link, pageSize, preferenceApplied, type Position } from '../paging.ts';
import type { TenantState } from '../tenantState.ts';

/** A delta with $filter gives at most this many messages and then ends. */
const FILTER_CAP = 5_000;

/** Properties whose values need the stored bytes to be read. */
const HEAVY = ['body', 'uniqueBody', 'internetMessageHeaders'];

interface Round {
  /** 0 in a first round, which lists what is there; else the number of the last change already reported. */
  readonly since: number;
  readonly until: number;
  readonly select: string;
  readonly newestFirst: boolean;
  /** Received on or after, empty for no bound. */
  readonly from: string;
  readonly changeType: string;
  /** Listed so far, for the cap of a filtered delta. */
  readonly given: number;
}

type Render = (
  row: MessageRow,
  select: ReadonlySet<string> | undefined,
) => Record<string, unknown> | Promise<Record<string, unknown>>;

/** messages/delta: whole messages where the selection needs it, else what lists carry. */
export async function messageDelta(state: TenantState, call: Call): Promise<Reply> {
  const user = mailboxOf(state, parameter(call, 0));
  const immutable = isImmutableCall(call);
  return messageFeed(state, call, user.id, 'messages', '#microsoft.graph.message', (row, select) =>
    select === undefined || HEAVY.some((name) => select.has(name))
      ? messageEntity(state, row, immutable, select)
      : messageSummary(row, immutable),
  );
}

const isImmutableCall = (call: Call): boolean => preferences(call).get('idtype')?.toLowerCase() === 'immutableid';

/** The change feed of one folder: what is there at first, then what changed, moved away or vanished. */
export async function messageFeed(
  state: TenantState,
  call: Call,
  userId: string,
  feed: string,
  odataType: string,
  render: Render,
): Promise<Reply> {
  const folder = folderForSync(state, userId, call);
  const kind = `${feed}/${folder.n}`;
  const position = readOutlookToken(state, call, kind);
  const round = position === undefined ? startRound(state, call) : resumeRound(state, position);
  const size = pageSize(call, Number(position?.['size'] ?? 10), 1000);
  const limit = round.from === '' ? size : Math.min(size, FILTER_CAP - round.given);
  const { entries, next } =
    round.since === 0
      ? firstRound(state, folder.n, round, position, limit)
      : laterRound(state, folder.n, round, position, limit);

  const select = selected(round.select);
  const value = await Promise.all(
    entries.map(async (entry) =>
      'removed' in entry
        ? {
            '@odata.type': odataType,
            id: messageId({ userId, ...entry.removed }, isImmutableCall(call)),
            '@removed': { reason: 'deleted' },
          }
        : { '@odata.type': odataType, ...project(await render(entry.row, select), select) },
    ),
  );
  const given = round.given + entries.length;
  const capped = round.from !== '' && given >= FILTER_CAP;
  const common = { kind, epoch: outlookEpoch(state), ...round, given, size };
  const ended = { ...common, given: 0, since: Math.max(1, round.until - state.tunables.deltaReplay), ended: true };
  return {
    status: 200,
    headers: preferenceApplied(call, ['IdType', 'odata.maxpagesize']),
    json: {
      '@odata.context': contextOf(call, `Collection(${odataType.slice('#microsoft.graph.'.length)})`),
      value,
      ...(next !== undefined && !capped
        ? { '@odata.nextLink': link(call, { $skiptoken: state.tokens.write({ ...common, ...next }) }) }
        : { '@odata.deltaLink': link(call, { $deltatoken: state.tokens.write(ended) }) }),
    },
  };
}

function folderForSync(state: TenantState, userId: string, call: Call) {
  try {
    return folderOf(state, userId, parameter(call, 1));
  } catch (error) {
    if (error instanceof GraphError && error.status === 404 && call.query.has('$deltatoken')) {
      throw new GraphError(404, 'ErrorSyncFolderNotFound', 'The specified folder could not be found in the store.', {
        cause: error,
      });
    }
    throw error;
  }
}

function startRound(state: TenantState, call: Call): Round {
  const order = call.query.get('$orderby');
  if (order !== null && !/^receivedDateTime\s+desc$/i.test(order.trim())) {
    throw new GraphError(
      400,
      'ErrorInvalidUrlQuery',
      "The following parameters are not supported with change tracking over the 'Messages' resource: '$orderby' other than receivedDateTime desc.",
    );
  }
  return {
    since: 0,
    until: state.database.seq(),
    select: call.query.get('$select') ?? '',
    newestFirst: order !== null,
    from: lowerBound(call.query.get('$filter')),
    changeType: call.query.get('changeType') ?? '',
    given: 0,
  };
}

function resumeRound(state: TenantState, position: Position): Round {
  const common = {
    select: String(position['select']),
    newestFirst: position['newestFirst'] === true,
    from: String(position['from']),
    changeType: String(position['changeType']),
  };
  if (position['ended'] === true)
    return { ...common, since: Number(position['since']), until: state.database.seq(), given: 0 };
  return {
    ...common,
    since: Number(position['since']),
    until: Number(position['until']),
    given: Number(position['given']),
  };
}

function lowerBound(filter: string | null): string {
  if (filter === null) return '';
  const bounds: readonly Equality[] = parseFilter(filter).required;
  const bound = bounds[0];
  if (
    bounds.length !== 1 ||
    bound === undefined ||
    bound.name !== 'receivedDateTime' ||
    !['ge', 'gt'].includes(bound.operator)
  ) {
    throw new GraphError(
      400,
      'ErrorInvalidUrlQuery',
      'Change tracking supports only $filter=receivedDateTime ge or gt {value}.',
    );
  }
  return new Date(Date.parse(String(bound.value))).toISOString().replace(/\.\d+Z$/, 'Z');
}

type Entry =
  | { readonly row: MessageRow }
  | { readonly removed: { readonly n: number; readonly folderN: number; readonly moves: number } };

interface Page {
  readonly entries: readonly Entry[];
  readonly next: Position | undefined;
}

function firstRound(
  state: TenantState,
  folderN: number,
  round: Round,
  position: Position | undefined,
  limit: number,
): Page {
  const after = {
    received: String(position?.['received'] ?? '9999'),
    n: Number(position?.['n'] ?? (round.newestFirst ? Number.MAX_SAFE_INTEGER : 0)),
  };
  const rows = round.newestFirst
    ? state.database.all<MessageRow>(
        'SELECT * FROM messages WHERE folder_n = ? AND received >= ? AND (received, n) < (?, ?) ORDER BY received DESC, n DESC LIMIT ?',
        folderN,
        round.from,
        after.received,
        after.n,
        limit + 1,
      )
    : state.database.all<MessageRow>(
        'SELECT * FROM messages WHERE folder_n = ? AND +received >= ? AND n > ? ORDER BY n LIMIT ?',
        folderN,
        round.from,
        after.n,
        limit + 1,
      );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    entries: page.map((row) => ({ row })),
    next: rows.length > limit && last !== undefined ? { received: last.received, n: last.n } : undefined,
  };
}

interface Change {
  readonly seq: number;
  readonly n: number;
  readonly moves: number;
  readonly gone: number;
}

function laterRound(
  state: TenantState,
  folderN: number,
  round: Round,
  position: Position | undefined,
  limit: number,
): Page {
  const after = position?.['ended'] === true ? round.since : Number(position?.['after'] ?? round.since);
  const changes = state.database.all<Change>(
    `SELECT changed_seq AS seq, n, moves, 0 AS gone FROM messages WHERE folder_n = ?1 AND changed_seq > ?2 AND changed_seq <= ?3 AND received >= ?5
     UNION ALL SELECT seq, message_n AS n, moves, 1 AS gone FROM departures AS d WHERE folder_n = ?1 AND seq > ?2 AND seq <= ?3
       AND NOT EXISTS (SELECT 1 FROM messages WHERE n = d.message_n AND folder_n = ?1)
     ORDER BY seq LIMIT ?4`,
    folderN,
    after,
    round.until,
    limit + 1,
    round.from,
  );
  const page = changes.slice(0, limit);
  const entries = page.flatMap((change): Entry[] => {
    if (change.gone === 1)
      return wanted(round, 'deleted') ? [{ removed: { n: change.n, folderN, moves: change.moves } }] : [];
    const row = state.database.get<MessageRow>('SELECT * FROM messages WHERE n = ?', change.n);
    if (row === undefined) return [];
    return wanted(round, row.created_seq > round.since || row.moves > 0 ? 'created' : 'updated') ? [{ row }] : [];
  });
  return { entries, next: changes.length > limit ? { after: page.at(-1)?.seq ?? after } : undefined };
}

const wanted = (round: Round, change: string): boolean => round.changeType === '' || round.changeType === change;
