import { GraphError, jsonBody, parameter, type Call, type Handlers, type Reply } from '../call.ts';
import { project, selected } from '../odata.ts';
import { contextOf } from '../paging.ts';
import { openSession, uploadHandler } from '../uploads.ts';
import type { LinkHandler } from '../../content/contentServer.ts';
import type { Recorder } from '../recorder.ts';
import type { TenantState } from '../tenantState.ts';
import type { Throttle } from '../throttle.ts';
import {
  addAttachment,
  attachmentEntity,
  attachmentOf,
  attachmentsOf,
  removeAttachment,
  type AttachmentView,
} from './attachments.ts';
import { keepAttachment } from './createMessage.ts';
import { attachmentId } from './ids.ts';
import { mailboxOf, messageByNumber, messageOf, type MessageRow } from './mailboxes.ts';
import { readMime } from './mime.ts';
import { propsFromMime } from './mimeProps.ts';
import { refuseUnreadable } from './messageEntity.ts';
import { updateMessage } from './mutations.ts';

const MEGABYTE = 1024 * 1024;
const INLINE_LIMIT = 3 * MEGABYTE;
const SESSION_LIMIT = 150 * MEGABYTE;

/** Attachments: lists, bytes, small uploads and upload sessions of 3 to 150 MB. */
export function attachmentHandlers(state: TenantState): Handlers {
  const rowOf = (call: Call, index: number): MessageRow =>
    messageOf(state, mailboxOf(state, parameter(call, 0)).id, parameter(call, index));
  const list = async (call: Call, row: MessageRow): Promise<Reply> => {
    refuseUnreadable(row);
    const select = selected(call.query.get('$select'));
    const withBytes = select === undefined || select.has('contentBytes');
    const value = (await attachmentsOf(state, row)).map((attachment) =>
      project(attachmentEntity(row, attachment, withBytes), select),
    );
    return {
      status: 200,
      json: {
        '@odata.context': contextOf(call, `users('${row.user_id}')/messages('${parameter(call, 1)}')/attachments`),
        value,
      },
    };
  };
  const one = async (call: Call, row: MessageRow, id: string): Promise<Reply> => {
    const attachment = await attachmentOf(state, row, id);
    const expand = /itemattachment\/item/i.test(call.query.get('$expand') ?? '');
    const item =
      expand && attachment.odataType === '#microsoft.graph.itemAttachment'
        ? { item: await itemOf(attachment, row) }
        : {};
    return {
      status: 200,
      json: {
        '@odata.context': contextOf(call, 'attachments/$entity'),
        ...project(attachmentEntity(row, attachment, true), selected(call.query.get('$select'))),
        ...item,
      },
    };
  };
  const add = async (call: Call, row: MessageRow): Promise<Reply> => {
    const body = await jsonBody(call);
    const index = state.database.transaction(() => {
      const added = keepAttachment(state, row.n, body);
      updateMessage(state, row, { props: { hasAttachments: true } });
      return added;
    });
    return {
      status: 201,
      json: attachmentEntity(row, await attachmentOf(state, row, attachmentId(row.user_id, row.n, index)), false),
    };
  };
  const remove = async (row: MessageRow, id: string): Promise<Reply> => {
    const attachment = await attachmentOf(state, row, id);
    if (!removeAttachment(state, attachment.index))
      throw new GraphError(400, 'ErrorInvalidRequest', 'Attachments of stored MIME cannot be removed.');
    updateMessage(state, row, { props: {} });
    return { status: 204 };
  };
  const session = async (call: Call, row: MessageRow): Promise<Reply> => {
    const body = await jsonBody(call);
    const item = (body['AttachmentItem'] ?? body['attachmentItem'] ?? {}) as Record<string, unknown>;
    const size = Number(item['size']);
    if (item['attachmentType'] !== 'file' || typeof item['name'] !== 'string')
      throw new GraphError(
        400,
        'ErrorInvalidRequest',
        'Only file attachments with a name can be uploaded in a session.',
      );
    if (!(size >= INLINE_LIMIT))
      throw new GraphError(
        400,
        'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize',
        'The attachment size is less than the minimum size of 3 MB.',
      );
    if (size > SESSION_LIMIT)
      throw new GraphError(400, 'ErrorAttachmentSizeLimitExceeded', 'The attachment size exceeds the limit of 150 MB.');
    const opened = openSession(
      state,
      'attachment',
      { ...item, message: row.n, app: call.caller.appId },
      size,
      item['name'],
    );
    return {
      status: 201,
      json: {
        '@odata.context': contextOf(call, 'microsoft.graph.uploadSession'),
        ...opened,
        nextExpectedRanges: ['0-'],
      },
    };
  };

  const base = '/users/{user-id}/messages/{message-id}/attachments';
  const inFolder = '/users/{user-id}/mailFolders/{mailFolder-id}/messages/{message-id}/attachments';
  return {
    [`GET ${base}`]: (call) => list(call, rowOf(call, 1)),
    [`GET ${inFolder}`]: (call) => list(call, rowOf(call, 2)),
    [`POST ${base}`]: (call) => add(call, rowOf(call, 1)),
    [`POST ${inFolder}`]: (call) => add(call, rowOf(call, 2)),
    [`GET ${base}/{attachment-id}`]: (call) => one(call, rowOf(call, 1), parameter(call, 2)),
    [`GET ${inFolder}/{attachment-id}`]: (call) => one(call, rowOf(call, 2), parameter(call, 3)),
    [`DELETE ${base}/{attachment-id}`]: (call) => remove(rowOf(call, 1), parameter(call, 2)),
    [`DELETE ${inFolder}/{attachment-id}`]: (call) => remove(rowOf(call, 2), parameter(call, 3)),
    [`GET ${base}/{attachment-id}/$value`]: async (call) => {
      const attachment = await attachmentOf(state, rowOf(call, 1), parameter(call, 2));
      return {
        status: 200,
        bytes: attachment.bytes(),
        contentType: attachment.contentType ?? 'application/octet-stream',
      };
    },
    [`POST ${base}/createUploadSession`]: (call) => session(call, rowOf(call, 1)),
    [`POST ${inFolder}/createUploadSession`]: (call) => session(call, rowOf(call, 2)),
  };
}

/** The message inside an item attachment, as `$expand=microsoft.graph.itemattachment/item` shows it. */
async function itemOf(attachment: AttachmentView, row: MessageRow): Promise<Record<string, unknown>> {
  const mail = await readMime(attachment.bytes());
  return {
    '@odata.type': '#microsoft.graph.message',
    ...propsFromMime(mail, row.received, false),
    internetMessageId: mail.messageId ?? null,
    body: mail.body,
  };
}

/** Ranges of an attachment; the last one attaches it. */
export function attachmentUploads(state: TenantState, recorder: Recorder, throttle: Throttle): LinkHandler {
  return uploadHandler(state, recorder, {
    multiple: 1,
    largestRange: 4 * MEGABYTE,
    admit: (session, bytes) =>
      throttle.spendMailboxUpload(
        String(session.target['app']),
        messageByNumber(state, Number(session.target['message'])).user_id,
        bytes,
      ),
    progress: (expires, next) => ({
      status: 200,
      body: {
        '@odata.context': 'https://outlook.office.com/api/v2.0/$metadata#AttachmentSessions/$entity',
        ExpirationDateTime: expires,
        NextExpectedRanges: [String(next)],
      },
    }),
    finish: async (session, ref, response) => {
      const { target } = session;
      const row = messageByNumber(state, Number(target['message']));
      const index = state.database.transaction(() => {
        updateMessage(state, row, { props: { hasAttachments: true } });
        return addAttachment(
          state,
          row.n,
          {
            odataType: '#microsoft.graph.fileAttachment',
            name: String(target['name']),
            contentType: typeof target['contentType'] === 'string' ? target['contentType'] : 'application/octet-stream',
            isInline: target['isInline'] === true,
            contentId: typeof target['contentId'] === 'string' ? target['contentId'] : null,
          },
          ref,
        );
      });
      const id = attachmentId(row.user_id, row.n, index);
      response
        .writeHead(201, {
          Location: `${state.origins.content}/Users('${row.user_id}')/Messages/Attachments('${id}')`,
          'Content-Length': '0',
        })
        .end();
    },
  });
}
