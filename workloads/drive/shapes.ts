import { z } from 'zod';
import { odd } from '../reading/odd.ts';

const identity = z.object({
  user: odd(z.object({ displayName: odd(z.string()), email: odd(z.string()), id: odd(z.string()) })),
});

export const driveItemShape = z.object({
  id: z.string(),
  name: odd(z.string()),
  size: odd(z.number()),
  eTag: odd(z.string()),
  cTag: odd(z.string()),
  webUrl: odd(z.string()),
  description: odd(z.string()),
  createdDateTime: odd(z.string()),
  lastModifiedDateTime: odd(z.string()),
  createdBy: odd(identity),
  lastModifiedBy: odd(identity),
  fileSystemInfo: odd(z.object({ createdDateTime: odd(z.string()), lastModifiedDateTime: odd(z.string()) })),
  parentReference: odd(z.object({ id: odd(z.string()), driveId: odd(z.string()) })),
  root: z.object({}).nullish(),
  folder: z.object({ childCount: odd(z.number()) }).nullish(),
  file: z.object({ mimeType: odd(z.string()), hashes: odd(z.object({ quickXorHash: odd(z.string()) })) }).nullish(),
  package: z.object({ type: odd(z.string()) }).nullish(),
  remoteItem: z.object({}).nullish(),
  malware: z.object({ description: odd(z.string()) }).nullish(),
  deleted: z.object({ state: odd(z.string()) }).nullish(),
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
