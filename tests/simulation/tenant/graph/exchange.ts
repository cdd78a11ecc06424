import { exactCopy, readExactCopy } from '../exact.ts';
import { GraphError, malformedId } from '../graphError.ts';
import { changeKeyOf } from '../ids.ts';
import { folderOf, insertMessage, mailboxOf, messageOf, ordinaryId } from '../mailWorld.ts';
import type { Mailbox } from '../rows.ts';
import type { World } from '../world.ts';
import { contextOf } from './mailFeeds.ts';
import { idFor, refuseUnreadable } from './mailReads.ts';
import { wroteMessage } from './mailWrites.ts';
import { json, jsonBody, OUTLOOK, param, type Handler } from './request.ts';

const MOST_EXPORTS = 20;

export const mailboxIdOf = (mailbox: Mailbox): string => `MBX:${mailbox.owner}@contoso`;

/** The mailbox by its id in the import and export API. */
function mailboxById(world: World, id: string): Mailbox {
  if (!world.exportsAllowed)
    throw new GraphError(403, 'ErrorAccessDenied', 'Mailbox import and export are not allowed in this organization.');
  const owner = /^MBX:([^@]+)@/.exec(id)?.[1];
  if (owner === undefined) throw new GraphError(404, 'ErrorNonExistentMailbox', 'The mailbox does not exist.');
  return mailboxOf(world, owner);
}

export const exchangeSettings: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  return json(200, {
    '@odata.context': contextOf(`users('${mailbox.owner}')/settings/exchange/$entity`),
    primaryMailboxId: mailboxIdOf(mailbox),
  });
};

export const exportItems: Handler = (request) => {
  const mailbox = mailboxById(request.world, param(request, 0));
  const ids = jsonBody(request)['itemIds'];
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > MOST_EXPORTS)
    throw new GraphError(400, 'ErrorInvalidRequest', `exportItems takes 1 to ${MOST_EXPORTS} item ids.`);
  const exported = ids.map((itemId: string) => {
    try {
      if (request.limits.exportIds === 'ordinary' && itemId.startsWith('AAkAL')) throw malformedId();
      const message = messageOf(mailbox, itemId);
      refuseUnreadable(message);
      // Base64 needs no escaping.
      return `{"itemId":${JSON.stringify(itemId)},"changeKey":"${changeKeyOf(message.changedSeq)}","data":"${exactCopy(message).base64}"}`;
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      return JSON.stringify({ itemId, error: { code: error.code, message: error.message } });
    }
  });
  return {
    status: 200,
    text: `{"@odata.context":"${contextOf('Collection(microsoft.graph.exportItemResponse)')}","value":[${exported.join(',')}]}`,
  };
};

export const importSession: Handler = (request) => {
  const { world, call, limits } = request;
  const mailbox = mailboxById(world, param(request, 0));
  const expiresAt = world.now() + limits.sessionMs;
  return json(200, {
    '@odata.context': contextOf('microsoft.graph.mailboxItemImportSession'),
    importUrl: `${OUTLOOK}/api/gv1.0/Mailboxes('${mailbox.owner}')/importItem?tempauth=i.${call.app}.${expiresAt}`,
    expirationDateTime: new Date(expiresAt).toISOString(),
  });
};

/** One item per POST. Nothing is sent to anybody. */
export const importItem: Handler = (request) => {
  const { world } = request;
  const mailbox = mailboxOf(world, param(request, 0));
  let body: Readonly<Record<string, unknown>>;
  try {
    body = JSON.parse(request.body.toString('utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    throw new GraphError(400, 'ErrorInvalidRequest', 'The body is not JSON.');
  }
  const folder = folderOf(mailbox, String(body['FolderId'] ?? ''));
  const carried = readExactCopy(Buffer.from(String(body['Data'] ?? ''), 'base64'));
  if (carried === undefined)
    throw new GraphError(400, 'ErrorCorruptData', 'The data is not the output of exportItems.');
  if (body['Mode'] !== 'create') throw new TypeError(`The simulated tenant imports in no mode ${String(body['Mode'])}`);
  const message = insertMessage(world, mailbox, folder.id, { ...carried, fault: undefined });
  wroteMessage(request, 'created', mailbox, message);
  return json(200, {
    '@odata.context': 'https://outlook.office365.com/api/g1/$metadata#microsoft.graph.importMailboxItemResponse',
    itemId: idFor(request, mailbox, message),
    changeKey: changeKeyOf(message.changedSeq),
  });
};

const MOST_TRANSLATIONS = 1000;

export const translateIds: Handler = (request) => {
  const mailbox = mailboxOf(request.world, param(request, 0));
  const { inputIds, targetIdType } = jsonBody(request);
  if (!Array.isArray(inputIds) || inputIds.length > MOST_TRANSLATIONS)
    throw new GraphError(400, 'ErrorInvalidRequest', `No more than ${MOST_TRANSLATIONS} ids at once.`);
  const value = inputIds.map((sourceId: string) => {
    try {
      const message = messageOf(mailbox, sourceId);
      return { sourceId, targetId: targetIdType === 'restId' ? ordinaryId(mailbox, message) : message.id };
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      return { sourceId, errorDetails: { code: error.code, message: error.message } };
    }
  });
  return json(200, { '@odata.context': contextOf('Collection(microsoft.graph.convertIdResult)'), value });
};
