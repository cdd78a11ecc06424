import { z } from 'zod';

const address = z.object({
  emailAddress: z.object({ name: z.string().nullish(), address: z.string().nullish() }).nullish(),
});

/** What a listing asks of a message: enough for lists and search, and all that a restore needs beside the content. */
export const messageShape = z.object({
  id: z.string(),
  '@odata.etag': z.string().optional(),
  '@removed': z.object({ reason: z.string().optional() }).optional(),
  changeKey: z.string().nullish(),
  parentFolderId: z.string().nullish(),
  internetMessageId: z.string().nullish(),
  subject: z.string().nullish(),
  sender: address.nullish(),
  from: address.nullish(),
  toRecipients: z.array(address).nullish(),
  ccRecipients: z.array(address).nullish(),
  bccRecipients: z.array(address).nullish(),
  replyTo: z.array(address).nullish(),
  createdDateTime: z.string().nullish(),
  lastModifiedDateTime: z.string().nullish(),
  receivedDateTime: z.string().nullish(),
  sentDateTime: z.string().nullish(),
  isRead: z.boolean().nullish(),
  isDraft: z.boolean().nullish(),
  hasAttachments: z.boolean().nullish(),
  categories: z.array(z.string()).nullish(),
  importance: z.string().nullish(),
  flag: z.record(z.string(), z.unknown()).nullish(),
  inferenceClassification: z.string().nullish(),
  isReadReceiptRequested: z.boolean().nullish(),
  isDeliveryReceiptRequested: z.boolean().nullish(),
});
export type Message = z.infer<typeof messageShape>;

export const MESSAGE_SELECT = Object.keys(messageShape.shape)
  .filter((name) => !name.startsWith('@'))
  .join(',');

export const folderShape = z.object({
  id: z.string(),
  '@odata.type': z.string().optional(),
  '@removed': z.object({ reason: z.string().optional() }).optional(),
  displayName: z.string().nullish(),
  parentFolderId: z.string().nullish(),
  childFolderCount: z.number().nullish(),
  isHidden: z.boolean().nullish(),
});
export type Folder = z.infer<typeof folderShape>;

export const FOLDER_SELECT = 'id,displayName,parentFolderId,childFolderCount,isHidden';
