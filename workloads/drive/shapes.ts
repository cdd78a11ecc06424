import { z } from 'zod';

const identity = z.object({
  user: z
    .object({ displayName: z.string().nullish(), email: z.string().nullish(), id: z.string().nullish() })
    .nullish(),
});

export const driveItemShape = z.object({
  id: z.string(),
  name: z.string().nullish(),
  size: z.number().nullish(),
  eTag: z.string().nullish(),
  cTag: z.string().nullish(),
  webUrl: z.string().nullish(),
  description: z.string().nullish(),
  createdDateTime: z.string().nullish(),
  lastModifiedDateTime: z.string().nullish(),
  createdBy: identity.nullish(),
  lastModifiedBy: identity.nullish(),
  fileSystemInfo: z
    .object({ createdDateTime: z.string().nullish(), lastModifiedDateTime: z.string().nullish() })
    .nullish(),
  parentReference: z.object({ id: z.string().nullish(), driveId: z.string().nullish() }).nullish(),
  root: z.object({}).nullish(),
  folder: z.object({ childCount: z.number().nullish() }).nullish(),
  file: z
    .object({ mimeType: z.string().nullish(), hashes: z.object({ quickXorHash: z.string().nullish() }).nullish() })
    .nullish(),
  package: z.object({ type: z.string().nullish() }).nullish(),
  remoteItem: z.object({}).nullish(),
  malware: z.object({ description: z.string().nullish() }).nullish(),
  deleted: z.object({ state: z.string().nullish() }).nullish(),
});
export type DriveItem = z.infer<typeof driveItemShape>;

export const DRIVE_ITEM_SELECT = Object.keys(driveItemShape.shape).join(',');

/** What the stream `meta` of a file or folder holds: what a restore needs beside the content. */
export const driveMetaShape = z.object({
  fileSystemInfo: z
    .object({ createdDateTime: z.string().optional(), lastModifiedDateTime: z.string().optional() })
    .optional(),
  mimeType: z.string().optional(),
  quickXorHash: z.string().optional(),
  description: z.string().optional(),
  packageType: z.string().optional(),
  createdBy: z.string().optional(),
  lastModifiedBy: z.string().optional(),
  webUrl: z.string().optional(),
});
export type DriveMeta = z.infer<typeof driveMetaShape>;
