import type { ServerResponse } from 'node:http';
import { readBody, sendJson } from '../../http/listen.ts';
import { refuse, type LinkHandler } from '../../content/contentServer.ts';
import { GraphError, jsonBody, parameter, type Call, type Handlers, type Reply } from '../call.ts';
import { contextOf } from '../paging.ts';
import type { Recorder } from '../recorder.ts';
import type { TenantState } from '../tenantState.ts';
import type { Throttle } from '../throttle.ts';
import { changeKey, messageId } from './ids.ts';
import {
  folderOf,
  mailboxById,
  mailboxId,
  mailboxOf,
  messageByNumber,
  messageOf,
  requireImportExport,
  type MailboxOwner,
  type MessageRow,
} from './mailboxes.ts';
import { propsOf, refuseUnreadable } from './messageEntity.ts';
import { insertMessage, updateMessage } from './mutations.ts';
import { readTransferStream, writeTransferStream, type StoredContent, type StoredItem } from './transferStream.ts';
import { mailboxFolderHandlers } from './mailboxFolders.ts';

const EXPORT_LIMIT = 20;
/** Nothing is published; a message with two attachments of 100 MB passes. */
const IMPORT_BYTES = 400 * 1024 * 1024;

/** Mailbox import and export: opaque streams that carry an item exactly. */
export function importExportHandlers(state: TenantState): Handlers {
  return {
    ...mailboxFolderHandlers(state),
    'GET /users/{user-id}/settings/exchange': (call) => {
      const user = mailboxOf(state, parameter(call, 0));
      return {
        status: 200,
        json: {
          '@odata.context': contextOf(call, `users('${user.id}')/settings/exchange/$entity`),
          primaryMailboxId: mailboxId(state, user),
        },
      };
    },
    'POST /admin/exchange/mailboxes/{mailbox-id}/exportItems': (call) => exportItems(state, call),
    'POST /admin/exchange/mailboxes/{mailbox-id}/createImportSession': (call) => {
      requireImportExport(state);
      const user = mailboxById(state, parameter(call, 0));
      const token = state.links.write(
        { kind: 'import', user: user.id, app: call.caller.appId },
        state.tunables.linkSeconds,
      );
      return {
        status: 200,
        json: {
          '@odata.context': contextOf(call, 'microsoft.graph.mailboxItemImportSession'),
          importUrl: `${state.origins.content}/import/Mailboxes('${mailboxId(state, user)}')/importItem?tempauth=${token}`,
          expirationDateTime: new Date(Date.now() + state.tunables.linkSeconds * 1000).toISOString(),
        },
      };
    },
  };
}

async function exportItems(state: TenantState, call: Call): Promise<Reply> {
  requireImportExport(state);
  const user = mailboxById(state, parameter(call, 0));
  const body = await jsonBody(call);
  const ids = (body['itemIds'] ?? body['ItemIds']) as string[] | undefined;
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > EXPORT_LIMIT) {
    throw new GraphError(400, 'ErrorInvalidRequest', `exportItems takes 1 to ${EXPORT_LIMIT} item ids.`);
  }
  const context = contextOf(call, 'Collection(microsoft.graph.exportItemResponse)');
  return {
    status: 200,
    stream: exportedJson(state, user, context, ids),
    contentType: 'application/json;odata.metadata=minimal;charset=utf-8',
  };
}

/** The answer is written as it is read: twenty large items never lie in memory together. */
async function* exportedJson(
  state: TenantState,
  user: MailboxOwner,
  context: string,
  ids: readonly string[],
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`{"@odata.context":${JSON.stringify(context)},"value":[`);
  for (const [index, itemId] of ids.entries()) {
    const found = exportable(state, user, itemId);
    const open = `${index === 0 ? '' : ','}${JSON.stringify({ itemId, ...('error' in found ? { [state.tunables.exportErrorName]: found.error } : { changeKey: changeKey(user.id, found.row.changed_seq) }) }).slice(0, -1)}`;
    yield Buffer.from('error' in found ? `${open}}` : `${open},"data":"`);
    if ('error' in found) continue;
    for await (const text of writeTransferStream(storedItem(state, found.row))) yield Buffer.from(text, 'latin1');
    yield Buffer.from('"}');
  }
  yield Buffer.from(']}');
}

type Exportable =
  { readonly row: MessageRow } | { readonly error: { readonly code: string; readonly message: string } };

function exportable(state: TenantState, user: MailboxOwner, itemId: string): Exportable {
  try {
    if (itemId.startsWith('AAkAL') && !state.tunables.exportTakesImmutableIds)
      throw new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
    const row = messageOf(state, user.id, itemId);
    refuseUnreadable(row);
    return { row };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

function storedItem(state: TenantState, row: MessageRow): StoredItem {
  const contentOf = (ref: string): StoredContent =>
    ref === ''
      ? { size: 0, read: async function* () {} }
      : { size: state.content.size(ref), read: () => state.content.read(ref) };
  const attachments = state.database.all<{ props: string; ref: string }>(
    'SELECT props, ref FROM attachments WHERE message_n = ? ORDER BY n',
    row.n,
  );
  return {
    received: row.received,
    internetId: row.internet_id,
    unread: row.unread === 1,
    props: propsOf(row),
    mime: row.ref === null ? null : contentOf(row.ref),
    attachments: attachments.map(({ props, ref }) => ({ props, content: contentOf(ref) })),
  };
}

/** One item per POST to the import link. Nothing is sent to anybody. */
export function importLink(state: TenantState, recorder: Recorder, throttle: Throttle): LinkHandler {
  return async (grant, request, response) => {
    if (request.method !== 'POST') return refuse(response, 405, 'ErrorInvalidRequest', 'Import links take POST.');
    const bytes = await readBody(request, IMPORT_BYTES);
    if (bytes === undefined) return refuse(response, 413, 'RequestEntityTooLarge', 'The item is too large.');
    const userId = String(grant['user']);
    try {
      throttle.spendMailboxUpload(String(grant['app']), userId, bytes.length);
      const body = parse(bytes);
      recorder.bytes('written', bytes.length);
      importItem(state, userId, body, response, /idtype="?immutableid/i.test(String(request.headers['prefer'] ?? '')));
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      if (error.status === 400) recorder.violation('body', 'POST import', error.message);
      sendJson(response, error.status, error.body('import'), error.headers);
    }
  };
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new GraphError(400, 'ErrorInvalidRequest', 'The body is not JSON.', { cause });
  }
}

function importItem(
  state: TenantState,
  userId: string,
  body: Readonly<Record<string, unknown>>,
  response: ServerResponse,
  immutable: boolean,
): void {
  const value = (name: string): unknown => body[name] ?? body[name.charAt(0).toLowerCase() + name.slice(1)];
  const folder = folderOf(state, userId, String(value('FolderId') ?? ''));
  const item = readTransferStream(Buffer.from(String(value('Data') ?? ''), 'base64'));
  if (item === undefined) throw new GraphError(400, 'ErrorCorruptData', 'The data is not the output of exportItems.');
  const mode = String(value('Mode') ?? '').toLowerCase();
  if (mode !== 'create' && mode !== 'update')
    throw new GraphError(400, 'ErrorInvalidRequest', "Mode must be 'create' or 'update'.");
  const ref = item.mime === null ? null : state.content.keep(item.mime);
  const n = state.database.transaction(() => {
    if (mode === 'create')
      return insertMessage(state, {
        userId,
        folderN: folder.n,
        received: item.received,
        internetId: item.internetId,
        unread: item.unread,
        props: item.props,
        ref,
      });
    const row = messageOf(state, userId, String(value('ItemId') ?? ''));
    if (value('ChangeKey') !== changeKey(userId, row.changed_seq))
      throw new GraphError(
        409,
        'ErrorIrresolvableConflict',
        'The change key does not match the current change key for the item.',
      );
    updateMessage(state, row, { props: item.props, unread: item.unread, received: item.received, ref });
    state.database.run('DELETE FROM attachments WHERE message_n = ?', row.n);
    return row.n;
  });
  for (const { props, bytes } of item.attachments) {
    state.database.run(
      'INSERT INTO attachments(message_n, props, ref) VALUES(?, ?, ?)',
      n,
      props,
      bytes.length === 0 ? '' : state.content.keep(bytes),
    );
  }
  const row = messageByNumber(state, n);
  sendJson(response, 200, {
    '@odata.context': 'https://outlook.office365.com/api/g1/$metadata#microsoft.graph.importMailboxItemResponse',
    itemId: messageId({ userId, n, folderN: row.folder_n, moves: row.moves }, immutable),
    changeKey: changeKey(userId, row.changed_seq),
  });
}
