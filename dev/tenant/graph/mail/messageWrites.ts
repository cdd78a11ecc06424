import { GraphError, jsonBody, parameter, type Call, type Handlers, type Reply } from '../call.ts';
import { contextOf } from '../paging.ts';
import type { Recorder } from '../recorder.ts';
import type { TenantState } from '../tenantState.ts';
import { createFromJson, createFromMime, extendedProperties, writable } from './createMessage.ts';
import { changeKey } from './ids.ts';
import { folderOf, mailboxOf, messageByNumber, messageOf, type MessageRow } from './mailboxes.ts';
import { messageEntity, propsOf } from './messageEntity.ts';
import { isImmutable } from './messages.ts';
import { deleteMessage, insertMessage, moveMessage, removeMessage, updateMessage } from './mutations.ts';

/** What may still change once a message is no draft (from 2026-12-31 the service refuses the rest). */
const ALWAYS_PATCHABLE = new Set([
  'isRead',
  'categories',
  'flag',
  'importance',
  'inferenceClassification',
  'singleValueExtendedProperties',
  'isDeliveryReceiptRequested',
  'isReadReceiptRequested',
]);

/** Creating, changing, moving, copying, deleting and sending messages. */
export function messageWriteHandlers(state: TenantState, recorder: Recorder): Handlers {
  const create = async (call: Call, folderKey: string): Promise<Reply> => {
    const user = mailboxOf(state, parameter(call, 0));
    const folder = folderOf(state, user.id, folderKey);
    const n = /^text\/plain/i.test(call.headers['content-type'] ?? '')
      ? await createFromMime(state, user.id, folder.n, await mimeBody(call))
      : await jsonBody(call).then((body) =>
          state.database.transaction(() => createFromJson(state, user.id, folder.n, body)),
        );
    return entityReply(state, call, 201, messageByNumber(state, n));
  };
  const patch = async (call: Call, id: string): Promise<Reply> => {
    const row = messageOf(state, mailboxOf(state, parameter(call, 0)).id, id);
    const body = await jsonBody(call);
    checkEtag(call, row);
    refuseLateEdits(call, row, body);
    const extended = mergeExtended(row, body);
    state.database.transaction(() =>
      updateMessage(state, row, {
        props: { ...writable(body), ...(extended === undefined ? {} : { extended }) },
        ...(typeof body['isRead'] === 'boolean' ? { unread: !body['isRead'] } : {}),
      }),
    );
    return entityReply(state, call, 200, messageByNumber(state, row.n));
  };
  const found = (call: Call, id: string): MessageRow => messageOf(state, mailboxOf(state, parameter(call, 0)).id, id);
  const remove = (row: MessageRow): Reply => {
    state.database.transaction(() => deleteMessage(state, row));
    return { status: 204 };
  };

  return {
    'POST /users/{user-id}/messages': (call) => create(call, 'drafts'),
    'POST /users/{user-id}/mailFolders/{mailFolder-id}/messages': (call) => create(call, parameter(call, 1)),
    'PATCH /users/{user-id}/messages/{message-id}': (call) => patch(call, parameter(call, 1)),
    'PATCH /users/{user-id}/mailFolders/{mailFolder-id}/messages/{message-id}': (call) =>
      patch(call, parameter(call, 2)),
    'DELETE /users/{user-id}/messages/{message-id}': (call) => remove(found(call, parameter(call, 1))),
    'DELETE /users/{user-id}/mailFolders/{mailFolder-id}/messages/{message-id}': (call) =>
      remove(found(call, parameter(call, 2))),
    'POST /users/{user-id}/messages/{message-id}/permanentDelete': (call) => {
      state.database.transaction(() => removeMessage(state, found(call, parameter(call, 1))));
      return { status: 204 };
    },
    'POST /users/{user-id}/messages/{message-id}/move': async (call) => {
      const row = found(call, parameter(call, 1));
      const target = await destination(state, call);
      state.database.transaction(() => moveMessage(state, row, target));
      return entityReply(state, call, 201, messageByNumber(state, row.n));
    },
    'POST /users/{user-id}/messages/{message-id}/copy': async (call) => {
      const row = found(call, parameter(call, 1));
      const target = await destination(state, call);
      const n = state.database.transaction(() => copyMessage(state, row, target));
      return entityReply(state, call, 201, messageByNumber(state, n));
    },
    'POST /users/{user-id}/sendMail': async (call) => {
      const user = mailboxOf(state, parameter(call, 0));
      const body = await jsonBody(call);
      const message = (body['message'] ?? body['Message'] ?? {}) as Record<string, unknown>;
      recorder.outgoing('mail', call.caller.appId, `${user.upn}: ${String(message['subject'] ?? '')}`);
      if ((body['saveToSentItems'] ?? body['SaveToSentItems']) !== false)
        createFromJson(state, user.id, folderOf(state, user.id, 'sentitems').n, message);
      return { status: 202 };
    },
  };
}

async function entityReply(state: TenantState, call: Call, status: number, row: MessageRow): Promise<Reply> {
  const entity = await messageEntity(state, row, isImmutable(call), undefined);
  return {
    status,
    headers: { ETag: String(entity['@odata.etag']) },
    json: { '@odata.context': contextOf(call, `users('${row.user_id}')/messages/$entity`), ...entity },
  };
}

async function mimeBody(call: Call): Promise<Buffer> {
  const text = (await call.body.bytes()).toString('latin1').replace(/\s+/g, '');
  if (text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    throw new GraphError(400, 'ErrorMimeContentInvalidBase64String', 'Invalid base64 string for MIME content.');
  return Buffer.from(text, 'base64');
}

function checkEtag(call: Call, row: MessageRow): void {
  const wanted = call.headers['if-match'];
  if (wanted === undefined || wanted === '*') return;
  if (!wanted.includes(changeKey(row.user_id, row.changed_seq)))
    throw new GraphError(
      412,
      'ErrorIrresolvableConflict',
      'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
    );
}

function refuseLateEdits(call: Call, row: MessageRow, body: Readonly<Record<string, unknown>>): void {
  if (
    propsOf(row)['isDraft'] === true ||
    [...call.caller.roles].some((role) => role.startsWith('Mail-Advanced.ReadWrite'))
  )
    return;
  const late = Object.keys(body).filter((name) => !name.includes('@') && !ALWAYS_PATCHABLE.has(name));
  if (late.length > 0)
    throw new GraphError(
      403,
      'ErrorAccessDenied',
      `Updating ${late.join(', ')} of a message that is not a draft needs Mail-Advanced.ReadWrite.`,
    );
}

function mergeExtended(
  row: MessageRow,
  body: Readonly<Record<string, unknown>>,
): { id: string; value: string }[] | undefined {
  const given = extendedProperties(body);
  if (given.length === 0) return undefined;
  const kept = (propsOf(row)['extended'] as { id: string; value: string }[] | undefined) ?? [];
  const names = new Set(given.map(({ id }) => id.toLowerCase()));
  return [...kept.filter(({ id }) => !names.has(id.toLowerCase())), ...given];
}

async function destination(state: TenantState, call: Call): Promise<number> {
  const body = await jsonBody(call);
  const user = mailboxOf(state, parameter(call, 0));
  return folderOf(state, user.id, String(body['destinationId'] ?? body['DestinationId'] ?? '')).n;
}

/** A copy in another folder, with a new identity. */
export function copyMessage(state: TenantState, row: MessageRow, folderN: number): number {
  const n = insertMessage(state, {
    userId: row.user_id,
    folderN,
    received: row.received,
    internetId: row.internet_id,
    unread: row.unread === 1,
    props: propsOf(row),
    ref: row.ref,
  });
  state.database.run(
    'INSERT INTO attachments(message_n, props, ref) SELECT ?, props, ref FROM attachments WHERE message_n = ? ORDER BY n',
    n,
    row.n,
  );
  return n;
}
