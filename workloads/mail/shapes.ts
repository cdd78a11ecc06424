import { z } from 'zod';
import { odd } from '../reading/odd.ts';

const address = z.object({
  emailAddress: z.object({ name: odd(z.string()), address: odd(z.string()) }).nullish(),
});

/** What a listing asks of a message: enough for lists and search, and all that a restore needs beside the content. */
export const messageShape = z.object({
  id: z.string(),
  '@odata.etag': odd(z.string()),
  '@removed': z.looseObject({}).nullish(),
  changeKey: odd(z.string()),
  parentFolderId: odd(z.string()),
  internetMessageId: odd(z.string()),
  subject: odd(z.string()),
  sender: odd(address),
  from: odd(address),
  toRecipients: odd(z.array(address)),
  ccRecipients: odd(z.array(address)),
  bccRecipients: odd(z.array(address)),
  replyTo: odd(z.array(address)),
  createdDateTime: odd(z.string()),
  lastModifiedDateTime: odd(z.string()),
  receivedDateTime: odd(z.string()),
  sentDateTime: odd(z.string()),
  isRead: odd(z.boolean()),
  isDraft: odd(z.boolean()),
  hasAttachments: odd(z.boolean()),
  categories: odd(z.array(z.string())),
  importance: odd(z.string()),
  flag: odd(z.record(z.string(), z.unknown())),
  inferenceClassification: odd(z.string()),
  isReadReceiptRequested: odd(z.boolean()),
  isDeliveryReceiptRequested: odd(z.boolean()),
});
export type Message = z.infer<typeof messageShape>;

export const MESSAGE_SELECT = Object.keys(messageShape.shape)
  .filter((name) => !name.startsWith('@'))
  .join(',');

export const folderShape = z.object({
  id: z.string(),
  '@odata.type': odd(z.string()),
  '@removed': z.looseObject({}).nullish(),
  displayName: odd(z.string()),
  parentFolderId: odd(z.string()),
  childFolderCount: odd(z.number()),
  isHidden: odd(z.boolean()),
});
export type Folder = z.infer<typeof folderShape>;

export const FOLDER_SELECT = 'id,displayName,parentFolderId,childFolderCount,isHidden';
