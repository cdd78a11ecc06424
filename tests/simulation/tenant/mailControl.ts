import { contentOf } from './content.ts';
import type { Mail, NewMessage } from './controls.ts';
import { firstProps } from './graph/mailWrites.ts';
import {
  changeFolder,
  createFolder,
  deleteMessage,
  editMessage,
  folderOf,
  insertMessage,
  mailboxOf,
  messageOf,
  moveMessage,
  removeFolder,
  removeMessage,
} from './mailWorld.ts';
import type { Mailbox } from './rows.ts';
import type { World } from './world.ts';

const recipient = (text: string): object => {
  const [, name, address] = /^(.*?)\s*<(.+)>$/.exec(text) ?? [];
  return { emailAddress: { name: name ?? text, address: address ?? text } };
};

function propsOf(world: World, mailbox: Mailbox, message: NewMessage): Readonly<Record<string, unknown>> {
  const { subject, body, from = 'Olu <olu@partner.example>', to = [`${mailbox.alias}@contoso.example`] } = message;
  const number = world.nextNumber();
  const received = message.receivedAt ?? world.nowText();
  return {
    ...firstProps(world.nowText()),
    subject: subject ?? `Message ${number}`,
    body: { contentType: 'text', content: body ?? `Body of message ${number}` },
    sender: recipient(from),
    from: recipient(from),
    toRecipients: to.map(recipient),
    receivedDateTime: received,
    sentDateTime: received,
    internetMessageId: `<message.${number}@partner.example>`,
    isRead: false,
    isDraft: false,
    hasAttachments: (message.attachments ?? []).length > 0,
  };
}

export function mailControl(world: World): Mail {
  const open = (mailbox: string): Mailbox => {
    const found = world.mailboxes.get(mailbox);
    if (found === undefined) throw new Error(`There is no mailbox ${mailbox}`);
    return found;
  };
  return {
    put(id, message = {}) {
      const mailbox = open(id);
      const attachments = (message.attachments ?? []).map(({ name, content }) => ({
        name,
        contentType: 'application/octet-stream',
        isInline: false,
        contentId: undefined,
        content: contentOf(content),
      }));
      const folder = folderOf(mailbox, message.folder ?? 'inbox');
      const props = propsOf(world, mailbox, message);
      return insertMessage(world, mailbox, folder.id, {
        props,
        extended: [],
        attachments,
        fault: undefined,
        mime: message.mime,
      }).id;
    },
    update(id, messageId, { fault, mime, ...props }) {
      const mailbox = open(id);
      editMessage(world, mailbox, messageOf(mailbox, messageId), {
        props,
        ...(mime === undefined ? {} : { mime }),
        ...(fault === undefined ? {} : { fault: fault ?? undefined }),
      });
    },
    move(id, messageId, folder) {
      const mailbox = open(id);
      moveMessage(world, mailbox, messageOf(mailbox, messageId), folderOf(mailbox, folder).id);
    },
    remove(id, messageId, how) {
      const mailbox = open(id);
      (how === 'forGood' ? removeMessage : deleteMessage)(world, mailbox, messageOf(mailbox, messageId));
    },
    folder(id, name, { parent = 'msgfolderroot', hidden = false } = {}) {
      const mailbox = open(id);
      return createFolder(world, mailbox, folderOf(mailbox, parent).id, name, hidden).id;
    },
    renameFolder(id, folder, name) {
      const mailbox = open(id);
      changeFolder(world, mailbox, folderOf(mailbox, folder), { name });
    },
    moveFolder(id, folder, parent) {
      const mailbox = open(id);
      changeFolder(world, mailbox, folderOf(mailbox, folder), { parent: folderOf(mailbox, parent).id });
    },
    removeFolder(id, folder) {
      const mailbox = open(id);
      removeFolder(world, mailbox, folderOf(mailbox, folder));
    },
    folderOf: (id, role) => folderOf(mailboxOf(world, id), role).id,
  };
}
