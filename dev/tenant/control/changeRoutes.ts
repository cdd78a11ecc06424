import { createFolder } from '../graph/mail/folders.ts';
import { createFromJson } from '../graph/mail/createMessage.ts';
import { messageId } from '../graph/mail/ids.ts';
import { messageByNumber } from '../graph/mail/mailboxes.ts';
import { propsFromMime } from '../graph/mail/mimeProps.ts';
import { readMime } from '../graph/mail/mime.ts';
import {
  deleteMessage,
  insertMessage,
  moveMessage,
  nowSeconds,
  removeFolder,
  removeMessage,
  updateMessage,
} from '../graph/mail/mutations.ts';
import {
  deleteItem,
  itemAtPath,
  itemOf,
  relocate,
  replaceContent,
  type DriveRow,
  type ItemRow,
} from '../graph/drive/items.ts';
import type { TenantState } from '../graph/tenantState.ts';
import { placeFile } from '../seed/seedFiles.ts';
import { addGeneratedMessages, addLargeMessage } from '../seed/seedMail.ts';
import type { Language } from '../seed/people.ts';
import { numberOr, optionalText, text } from './arguments.ts';
import { churn, massDelete } from './churn.ts';
import { ControlError } from './controlError.ts';
import type { ControlParts, ControlRoutes } from './parts.ts';
import { insertPerson, removePerson } from './population.ts';
import { findFolder, findItem, findMessage, findUser, requireDrive } from './targets.ts';

type Body = Readonly<Record<string, unknown>>;

/** Changes that people make: mail comes, files are edited, colleagues join and leave. */
export function changeRoutes({ state }: ControlParts): ControlRoutes {
  const inOne = <Result>(work: () => Result): Result => state.database.transaction(work);
  return {
    'POST /control/churn': (body) =>
      inOne(() =>
        churn(state, numberOr(body, 'count', 50), optionalText(body, 'seed') ?? String(state.database.seq())),
      ),
    'POST /control/mass-delete': (body) =>
      inOne(() => massDelete(state, requireDrive(state, text(body, 'user')), numberOr(body, 'share', 0.6))),
    'POST /control/users': (body) => ({ id: inOne(() => addPerson(state, body)) }),
    'DELETE /control/users': (_, query) =>
      inOne(() => removePerson(state, findUser(state, query.get('user') ?? '').id)),
    'POST /control/messages': (body) => addMessage(state, body),
    'POST /control/messages/change': (body) => inOne(() => changeMessage(state, body)),
    'POST /control/folders': (body) => inOne(() => changeFolder(state, body)),
    'POST /control/files': (body) => inOne(() => addFile(state, body)),
    'POST /control/files/change': (body) => inOne(() => changeFile(state, body)),
    'POST /control/generated': (body) => addGenerated(state, body),
  };
}

function addPerson(state: TenantState, body: Body): string {
  const alias = text(body, 'alias');
  return insertPerson(state, {
    alias,
    name: optionalText(body, 'name') ?? alias,
    job: optionalText(body, 'job') ?? 'New colleague',
    department: optionalText(body, 'department') ?? 'Operations',
    language: (optionalText(body, 'language') ?? 'en') as Language,
    appRoles: (body['appRoles'] as string[] | undefined) ?? [],
    kind: (optionalText(body, 'kind') ?? 'user') as 'user' | 'shared' | 'room' | 'none',
  });
}

/** New mail: `mime` (base64) as it arrived, or the properties of a message as JSON. */
async function addMessage(state: TenantState, body: Body): Promise<Record<string, unknown>> {
  const user = findUser(state, text(body, 'user'));
  const folder = findFolder(state, user.id, optionalText(body, 'folder') ?? 'inbox');
  const mime = optionalText(body, 'mime');
  let n: number;
  if (mime === undefined) {
    const message = {
      singleValueExtendedProperties: [{ id: 'Integer 0x0E07', value: '0' }],
      ...(body['message'] as Body | undefined),
    };
    n = state.database.transaction(() => createFromJson(state, user.id, folder.n, message));
  } else {
    const bytes = Buffer.from(mime, 'base64');
    const mail = await readMime(bytes);
    const received = optionalText(body, 'received') ?? nowSeconds();
    n = insertMessage(state, {
      userId: user.id,
      folderN: folder.n,
      received,
      internetId: mail.messageId,
      unread: true,
      ref: state.content.keep(bytes),
      props: propsFromMime(mail, received, false),
    });
  }
  const row = messageByNumber(state, n);
  const place = { userId: user.id, n, folderN: row.folder_n, moves: row.moves };
  return { id: messageId(place, false), immutableId: messageId(place, true) };
}

/**
 * `action`: edit (with `props`), read, unread, move (with `folder`), delete (as a person does), remove (for good),
 * fault (opening it gives the error `code` from now on; without code it is well again).
 */
function changeMessage(state: TenantState, body: Body): void {
  const user = findUser(state, text(body, 'user'));
  const row = findMessage(state, user.id, body);
  switch (text(body, 'action')) {
    case 'edit':
      return updateMessage(state, row, {
        props: (body['props'] as Record<string, unknown> | undefined) ?? { categories: ['Edited'] },
      });
    case 'read':
      return updateMessage(state, row, { props: {}, unread: false });
    case 'unread':
      return updateMessage(state, row, { props: {}, unread: true });
    case 'move':
      return moveMessage(state, row, findFolder(state, user.id, text(body, 'folder')).n);
    case 'delete':
      return deleteMessage(state, row);
    case 'remove':
      return removeMessage(state, row);
    case 'fault':
      return updateMessage(state, row, { props: { fault: optionalText(body, 'code') } });
    default:
      throw new ControlError('"action" is edit, read, unread, move, delete, remove or fault.');
  }
}

/** `action`: create (`name` below `folder`), rename, move (to `target`), remove. */
function changeFolder(state: TenantState, body: Body): unknown {
  const user = findUser(state, text(body, 'user'));
  const folder = findFolder(state, user.id, optionalText(body, 'folder') ?? 'msgfolderroot');
  const change = (column: 'name' | 'parent_n', value: string | number): void => {
    state.database.run(
      `UPDATE folders SET ${column} = ?, changed_seq = ? WHERE n = ?`,
      value,
      state.database.nextSeq(),
      folder.n,
    );
  };
  switch (text(body, 'action')) {
    case 'create':
      return createFolder(state, user.id, folder.n, text(body, 'name'), body['hidden'] === true);
    case 'rename':
      return change('name', text(body, 'name'));
    case 'move':
      return change('parent_n', findFolder(state, user.id, text(body, 'target')).n);
    case 'remove':
      return removeFolder(state, folder);
    default:
      throw new ControlError('"action" is create, rename, move or remove.');
  }
}

/** A new file at `path` from `content` (base64) or made-up bytes of `size`. */
function addFile(state: TenantState, body: Body): Record<string, unknown> {
  const drive = driveRow(state, requireDrive(state, text(body, 'user')));
  const { ref, size } = contentOf(state, body);
  const item = placeFile(state, drive, { path: text(body, 'path'), ref, size }, Date.now());
  return { driveId: drive.id, id: item.id, name: item.name };
}

function contentOf(state: TenantState, body: Body): { ref: string; size: number } {
  const content = optionalText(body, 'content');
  if (content !== undefined) {
    const bytes = Buffer.from(content, 'base64');
    return { ref: state.content.keep(bytes), size: bytes.length };
  }
  const size = numberOr(body, 'size', 1000);
  return {
    ref: `gen:${body['kind'] === 'text' ? 'text' : 'random'}:${size}:${optionalText(body, 'seed') ?? String(state.database.seq())}`,
    size,
  };
}

/** `action`: edit (new content), rename (`name`), move (to the folder at `target`), delete, malware, clean, fault, touch. */
function changeFile(state: TenantState, body: Body): void {
  const driveId = requireDrive(state, text(body, 'user'));
  const item = findItem(state, driveId, body);
  const facet = (changes: Record<string, unknown>): void => {
    const facets = { ...(JSON.parse(item.facets) as Record<string, unknown>), ...changes };
    const seq = state.database.nextSeq();
    state.database.run(
      'UPDATE items SET facets = ?, etag_seq = ?, delta_seq = ? WHERE n = ?',
      JSON.stringify(facets),
      seq,
      seq,
      item.n,
    );
  };
  switch (text(body, 'action')) {
    case 'edit': {
      const { ref, size } = contentOf(state, body);
      return replaceContent(state, item, ref, size, optionalText(body, 'modified'));
    }
    case 'rename':
      return relocate(state, item, itemOf(state, driveId, item.parent_id ?? 'root'), text(body, 'name'));
    case 'move':
      return relocate(state, item, folderAt(state, driveId, text(body, 'target')), item.name);
    case 'delete':
      return deleteItem(state, item);
    case 'malware':
      return facet({ malware: optionalText(body, 'description') ?? 'Virus: EICAR_Test_File' });
    case 'clean':
      return facet({ malware: undefined });
    case 'fault':
      return facet({
        fault:
          body['code'] === undefined ? undefined : { status: numberOr(body, 'status', 503), code: text(body, 'code') },
      });
    case 'touch':
      return facet({});
    default:
      throw new ControlError('"action" is edit, rename, move, delete, malware, clean, fault or touch.');
  }
}

function folderAt(state: TenantState, driveId: string, path: string): ItemRow {
  if (path === '/' || path === '') return itemOf(state, driveId, 'root');
  const { item } = itemAtPath(state, driveId, path);
  if (item === undefined || item.folder === 0) throw new ControlError(`There is no folder "${path}".`);
  return item;
}

function driveRow(state: TenantState, driveId: string): DriveRow {
  const row = state.database.get<DriveRow>('SELECT * FROM drives WHERE id = ?', driveId);
  if (row === undefined) throw new ControlError('That drive is gone.');
  return row;
}

/**
 * Content that is only numbers until it is read: `messages` in the inbox, one message with
 * `largeMessageAttachments` (one unless it is said) of `largeMessageBytes` each, a file of `fileBytes`.
 */
function addGenerated(state: TenantState, body: Body): Record<string, unknown> {
  const user = findUser(state, text(body, 'user'));
  const seed = optionalText(body, 'seed') ?? 'bulk';
  const messages = numberOr(body, 'messages', 0);
  if (messages > 0)
    addGeneratedMessages(
      state,
      user.id,
      findFolder(state, user.id, optionalText(body, 'folder') ?? 'inbox').n,
      seed,
      messages,
    );
  const attachmentBytes = numberOr(body, 'largeMessageBytes', 0);
  if (attachmentBytes > 0)
    addLargeMessage(
      state,
      user.id,
      findFolder(state, user.id, optionalText(body, 'folder') ?? 'inbox').n,
      seed,
      attachmentBytes,
      numberOr(body, 'largeMessageAttachments', 1),
    );
  const size = numberOr(body, 'fileBytes', 0);
  return size === 0
    ? { messages }
    : { messages, ...addFile(state, { path: `Generated/${seed} ${size}.bin`, ...body, seed, size }) };
}
