import { GraphError, jsonBody, parameter, preferences, type Call, type Handlers, type Reply } from '../call.ts';
import { parseFilter, project, selected, type Equality } from '../odata.ts';
import { contextOf, nextLink, pageSize, preferenceApplied, skipFrom } from '../paging.ts';
import type { TenantState } from '../tenantState.ts';
import { composeMime } from './composeMime.ts';
import { folderId, folderNumber } from './ids.ts';
import { folderOf, mailboxOf, messageOf, type MessageRow } from './mailboxes.ts';
import { messageDelta } from './messageDelta.ts';
import { messageEntity, messageSummary, propsOf, refuseUnreadable } from './messageEntity.ts';

/** Reading messages: lists, single ones, their MIME and the delta feed. */
export function messageReadHandlers(state: TenantState): Handlers {
  const one = async (call: Call, id: string): Promise<Reply> => {
    const user = mailboxOf(state, parameter(call, 0));
    const row = messageOf(state, user.id, id);
    refuseUnreadable(row);
    const select = selected(call.query.get('$select'));
    const entity = await messageEntity(state, row, isImmutable(call), select);
    return {
      status: 200,
      headers: preferenceApplied(call, ['IdType']),
      json: {
        '@odata.context': contextOf(call, `users('${user.id}')/messages/$entity`),
        ...project(entity, select),
        ...expanded(call, row),
      },
    };
  };
  const mime = async (call: Call, id: string): Promise<Reply> => {
    const row = messageOf(state, mailboxOf(state, parameter(call, 0)).id, id);
    refuseUnreadable(row);
    if (row.ref === null || hasAdded(state, row))
      return { status: 200, bytes: await composeMime(state, row), contentType: 'text/plain' };
    return {
      status: 200,
      stream: state.content.read(row.ref),
      length: state.content.size(row.ref),
      contentType: 'text/plain',
    };
  };
  return {
    'GET /users/{user-id}/messages': (call) => list(state, call, undefined),
    'GET /users/{user-id}/mailFolders/{mailFolder-id}/messages': (call) => list(state, call, parameter(call, 1)),
    'GET /users/{user-id}/mailFolders/{mailFolder-id}/messages/delta': (call) => messageDelta(state, call),
    'GET /users/{user-id}/messages/{message-id}': (call) => one(call, parameter(call, 1)),
    'GET /users/{user-id}/mailFolders/{mailFolder-id}/messages/{message-id}': (call) => one(call, parameter(call, 2)),
    'GET /users/{user-id}/messages/{message-id}/$value': (call) => mime(call, parameter(call, 1)),
    'GET /users/{user-id}/mailFolders/{mailFolder-id}/messages/{message-id}/$value': (call) =>
      mime(call, parameter(call, 2)),
    'POST /users/{user-id}/translateExchangeIds': (call) => translate(state, call),
  };
}

export const isImmutable = (call: Call): boolean => preferences(call).get('idtype')?.toLowerCase() === 'immutableid';

/** The stored bytes, or for a message written as JSON the MIME Exchange would make of it. */
export async function mimeOf(state: TenantState, row: MessageRow): Promise<Buffer> {
  return row.ref !== null && !hasAdded(state, row) ? state.content.bytes(row.ref) : composeMime(state, row);
}

function hasAdded(state: TenantState, row: MessageRow): boolean {
  return (
    state.database.get<{ n: number }>('SELECT n FROM attachments WHERE message_n = ? LIMIT 1', row.n) !== undefined
  );
}

const COLUMNS: Readonly<Record<string, string>> = { receivedDateTime: 'received', internetMessageId: 'internet_id' };
const SQL: Readonly<Record<string, string>> = { eq: '=', ge: '>=', gt: '>', le: '<=', lt: '<' };

async function list(state: TenantState, call: Call, folderKey: string | undefined): Promise<Reply> {
  const user = mailboxOf(state, parameter(call, 0));
  const folder = folderKey === undefined ? undefined : folderOf(state, user.id, folderKey);
  const filterText = call.query.get('$filter');
  const filter = filterText === null ? undefined : parseFilter(filterText);
  const select = selected(call.query.get('$select'));
  const size = pageSize(call, 10, 1000);
  const offset = skipFrom(call, state.tokens);
  const conditions = [folder === undefined ? 'user_id = ?' : 'folder_n = ?', ...indexed(filter?.required ?? [])];
  const values = [folder?.n ?? user.id, ...indexedValues(filter?.required ?? [])];
  const ascending = /^receivedDateTime(\s+asc)?$/i.test(call.query.get('$orderby') ?? '');
  const order = ascending ? 'received, n' : 'received DESC, n DESC';
  const rows: MessageRow[] = [];
  let matched = 0;
  for (const row of state.database.each<MessageRow>(
    `SELECT * FROM messages WHERE ${conditions.join(' AND ')} ORDER BY ${order}`,
    ...values,
  )) {
    if (filter !== undefined && !filter.matches(filterView(row))) continue;
    matched += 1;
    if (matched > offset) rows.push(row);
    if (rows.length > size && call.query.get('$count') !== 'true') break;
  }
  const page = rows.slice(0, size);
  const light =
    select !== undefined && !['body', 'uniqueBody', 'internetMessageHeaders'].some((name) => select.has(name));
  const value = await Promise.all(
    page.map(async (row) => ({
      ...project(
        light ? messageSummary(row, isImmutable(call)) : await messageEntity(state, row, isImmutable(call), select),
        select,
      ),
      ...expanded(call, row),
    })),
  );
  return {
    status: 200,
    headers: preferenceApplied(call, ['IdType', 'odata.maxpagesize']),
    json: {
      '@odata.context': contextOf(call, `users('${user.id}')/messages`),
      ...(call.query.get('$count') === 'true' ? { '@odata.count': matched } : {}),
      value,
      ...(rows.length > size ? { '@odata.nextLink': nextLink(call, state.tokens, offset + size) } : {}),
    },
  };
}

/** Comparisons a table index answers; the rest of the filter is evaluated per row. */
function indexed(required: readonly Equality[]): string[] {
  return required.flatMap(({ name, operator, value }, index) => {
    const column = COLUMNS[name];
    const sql = SQL[operator];
    if (column !== undefined && sql !== undefined) return [`${column} ${sql} ?`];
    const mark = required[index + 1];
    if (
      name.endsWith('/id') &&
      operator === 'eq' &&
      mark?.name.endsWith('/value') === true &&
      mark.operator === 'eq' &&
      typeof value === 'string'
    ) {
      return ['n IN (SELECT message_n FROM message_marks WHERE id = ? AND value = ?)'];
    }
    return [];
  });
}

function indexedValues(required: readonly Equality[]): string[] {
  return required.flatMap(({ name, operator, value }, index) => {
    if (COLUMNS[name] !== undefined && SQL[operator] !== undefined) {
      return [
        name === 'receivedDateTime'
          ? new Date(Date.parse(String(value))).toISOString().replace(/\.000Z$/, 'Z')
          : String(value),
      ];
    }
    const mark = required[index + 1];
    if (
      name.endsWith('/id') &&
      operator === 'eq' &&
      mark?.name.endsWith('/value') === true &&
      mark.operator === 'eq' &&
      typeof value === 'string'
    ) {
      return [value.toLowerCase(), String(mark.value)];
    }
    return [];
  });
}

function filterView(row: MessageRow): Record<string, unknown> {
  const props = propsOf(row);
  return { ...messageSummary(row, false), singleValueExtendedProperties: props['extended'] ?? [] };
}

function expanded(call: Call, row: MessageRow): Record<string, unknown> {
  const asked = /singleValueExtendedProperties\(\$filter=(.*)\)/i.exec(call.query.get('$expand') ?? '')?.[1];
  if (asked === undefined) return {};
  const kept = (propsOf(row)['extended'] as { id: string; value: string }[] | undefined) ?? [];
  const filter = parseFilter(asked);
  const found = kept.filter((property) => filter.matches(property));
  return found.length === 0 ? {} : { singleValueExtendedProperties: found };
}

const MAX_TRANSLATIONS = 1000;

async function translate(state: TenantState, call: Call): Promise<Reply> {
  const user = mailboxOf(state, parameter(call, 0));
  const body = await jsonBody(call);
  const ids = (body['inputIds'] ?? body['InputIds'] ?? []) as string[];
  const target = String(body['targetIdType'] ?? body['TargetIdType'] ?? '').toLowerCase();
  if (ids.length > MAX_TRANSLATIONS)
    throw new GraphError(400, 'ErrorInvalidRequest', `No more than ${MAX_TRANSLATIONS} ids can be translated at once.`);
  const value = ids.map((sourceId) => {
    const folder = state.database.get<{ n: number }>(
      'SELECT n FROM folders WHERE user_id = ? AND n = ?',
      user.id,
      folderNumber(user.id, sourceId) ?? 0,
    );
    if (folder !== undefined) return { sourceId, targetId: folderId(user.id, folder.n) };
    try {
      const row = messageOf(state, user.id, sourceId);
      return { sourceId, targetId: String(messageSummary(row, target.includes('immutable'))['id']) };
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      return { sourceId, errorDetails: { code: error.code, message: error.message } };
    }
  });
  return {
    status: 200,
    json: { '@odata.context': contextOf(call, 'Collection(microsoft.graph.convertIdResult)'), value },
  };
}
