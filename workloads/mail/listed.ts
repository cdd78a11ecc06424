import { createHash } from 'node:crypto';
import { parseInstant } from '../../engine/model/ids.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import type { Folder, Message } from './shapes.ts';

type Address = NonNullable<Message['from']>;

/** `Name <address>`, or whichever of the two there is. */
const personOf = (recipient: Address): string => {
  const { name, address } = recipient.emailAddress ?? {};
  if (!name || name === address) return address ?? '';
  return address ? `${name} <${address}>` : name;
};

/** A message as the engine lists it. Its size shows only when the content was read. */
export function listedMessage(message: Message, folderId: string): ListedItem {
  const { '@odata.etag': etag, '@removed': _removed, ...properties } = message;
  const sender = message.from ?? message.sender;
  const recipients = [
    ...(message.toRecipients ?? []),
    ...(message.ccRecipients ?? []),
    ...(message.bccRecipients ?? []),
  ];
  return {
    sourceId: message.id,
    parentSourceId: message.parentFolderId ?? folderId,
    versionTag: message.changeKey ?? bare(etag) ?? digestOf(properties),
    name: message.subject ?? '',
    kind: 'message',
    container: false,
    size: 0,
    hasContent: true,
    ...when(message.createdDateTime, (createdAt) => ({ createdAt })),
    ...when(message.lastModifiedDateTime, (modifiedAt) => ({ modifiedAt })),
    ...when(message.sentDateTime, (sentAt) => ({ sentAt })),
    ...when(message.receivedDateTime, (receivedAt) => ({ receivedAt })),
    ...(sender === null || sender === undefined ? {} : { from: personOf(sender) }),
    ...(recipients.length === 0 ? {} : { to: recipients.map(personOf) }),
    meta: properties,
  };
}

/** A mail folder. Its tag covers what we keep of it, not its counts, which change with every message. */
export function listedFolder(folder: Folder, role: string | undefined, rootId: string | undefined): ListedItem {
  const name = folder.displayName ?? '';
  const parent = folder.parentFolderId === rootId ? undefined : (folder.parentFolderId ?? undefined);
  const kept = { displayName: name, isHidden: folder.isHidden ?? false, ...(role === undefined ? {} : { role }) };
  return {
    sourceId: folder.id,
    ...(parent === undefined ? {} : { parentSourceId: parent }),
    versionTag: digestOf([kept, parent]),
    name,
    kind: 'mailFolder',
    container: true,
    size: 0,
    hasContent: false,
    ...(role === undefined ? {} : { role }),
    meta: kept,
  };
}

/** `W/"CQAAA"` → `CQAAA`: the tag of a message, weak or strong, is its change key. */
const bare = (etag: string | null | undefined): string | undefined => etag?.replace(/^(?:W\/)?"(.*)"$/, '$1');

/** What is null in one answer may be absent in the next. */
const digestOf = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(value, (_, one: unknown) => one ?? undefined))
    .digest('base64url')
    .slice(0, 22);

function when<Fact extends object>(value: string | null | undefined, fact: (time: string) => Fact): Fact | undefined {
  const time = value === null || value === undefined ? undefined : parseInstant(value);
  return time === undefined ? undefined : fact(time);
}
