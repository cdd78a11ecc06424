import type { ContentStore } from '../../content/contentStore.ts';
import { GraphError } from '../call.ts';
import { attachmentsOf } from './attachments.ts';
import { changeKey, folderId, messageId } from './ids.ts';
import type { MessageRow } from './mailboxes.ts';
import { readMime } from './mime.ts';
import type { TenantState } from '../tenantState.ts';

export interface MessageProps {
  readonly [name: string]: unknown;
}

export function propsOf(row: MessageRow): MessageProps {
  return JSON.parse(row.props) as MessageProps;
}

/** Statuses of the errors that some messages give whenever they are opened. */
const FAULTS: Readonly<Record<string, number>> = {
  ErrorCorruptData: 500,
  ErrorInvalidRecipients: 400,
  ErrorItemNotFound: 404,
  ErrorAccessDenied: 403,
};

/** A message may be listed and yet not be readable; the control page makes such ones. */
export function refuseUnreadable(row: MessageRow): void {
  const fault = propsOf(row)['fault'];
  if (typeof fault === 'string') throw new GraphError(FAULTS[fault] ?? 500, fault, 'The item could not be read.');
}

/** What lists carry: everything but the body, which is read from the stored bytes only when it is asked for. */
export function messageSummary(row: MessageRow, immutable: boolean): Record<string, unknown> {
  const { extended: _extended, body: _body, fault: _fault, ...props } = propsOf(row);
  const key = changeKey(row.user_id, row.changed_seq);
  return {
    '@odata.etag': `W/"${key}"`,
    id: messageId({ userId: row.user_id, n: row.n, folderN: row.folder_n, moves: row.moves }, immutable),
    changeKey: key,
    parentFolderId: folderId(row.user_id, row.folder_n),
    receivedDateTime: row.received,
    internetMessageId: row.internet_id,
    isRead: row.unread === 0,
    ...props,
  };
}

/** The whole message, with the body and, where selected, its headers. */
export async function messageEntity(
  state: TenantState,
  row: MessageRow,
  immutable: boolean,
  select: ReadonlySet<string> | undefined,
): Promise<Record<string, unknown>> {
  const entity = messageSummary(row, immutable);
  const needsBody = select === undefined || select.has('body') || select.has('uniqueBody');
  if (needsBody || select?.has('internetMessageHeaders') === true)
    Object.assign(entity, await bodyOf(state.content, row, select));
  if (select === undefined || select.has('hasAttachments'))
    entity['hasAttachments'] = entity['hasAttachments'] ?? (await attachmentsOf(state, row)).length > 0;
  return entity;
}

async function bodyOf(
  content: ContentStore,
  row: MessageRow,
  select: ReadonlySet<string> | undefined,
): Promise<Record<string, unknown>> {
  const kept = propsOf(row)['body'] as { contentType: string; content: string } | undefined;
  const large = row.ref !== null && content.largeAttachments(row.ref) !== undefined;
  const parsed = row.ref === null || large ? undefined : await readMime(content.bytes(row.ref));
  const body = kept ?? parsed?.body ?? { contentType: 'text', content: '' };
  return {
    body,
    ...(select?.has('uniqueBody') === true ? { uniqueBody: body } : {}),
    ...(select?.has('internetMessageHeaders') === true ? { internetMessageHeaders: parsed?.headers ?? [] } : {}),
  };
}
