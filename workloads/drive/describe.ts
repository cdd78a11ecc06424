import path from 'node:path';
import type { WorkloadDescription } from '../../engine/connector.ts';

const notShared = 'Sharing permissions are not backed up yet: what comes back is shared as the place that it goes to.';

/** What the console, the docs and the consent page say of OneDrive. */
export const driveDescription: WorkloadDescription = {
  workload: 'drive',
  label: 'OneDrive files',
  icon: 'Folder',
  itemKinds: [
    { kind: 'folder', label: 'Folder', icon: 'Folder', container: true },
    { kind: 'notebook', label: 'OneNote notebook', icon: 'Notebook', container: true },
    { kind: 'file', label: 'File', icon: 'Document', container: false },
  ],
  permissions: [
    {
      name: 'User.Read.All',
      app: 'backup',
      why: 'Finds the people whose OneDrives are protected.',
      otherwise: 'No OneDrive is found: files are not backed up.',
    },
    {
      name: 'Sites.Read.All',
      app: 'backup',
      why: 'Lists and reads the files of every OneDrive.',
      otherwise: 'Files are not backed up.',
    },
    {
      name: 'Sites.ReadWrite.All',
      app: 'restore',
      why: 'Makes folders and writes files back.',
      otherwise: 'Files can only be downloaded.',
    },
  ],
  coverageNotes: [
    'Earlier versions of a file that OneDrive keeps are not copied; every state that a backup met is kept.',
    'Microsoft Graph cannot set who created or last changed a file: restored files name the restore app.',
    'Notebooks come back as folders of their section files.',
    'Shortcuts to other drives are left out; their files are backed up where they lie.',
    notShared,
  ],
  planNotes: [notShared],
  original: (entry) => ({
    extension: path.extname(entry.name).slice(1).toLowerCase() || 'bin',
    mediaType: mediaTypeOf(entry.name),
  }),
};

/** By extension: the entry does not hold what Graph said, and `original` is asked without its `meta`. */
function mediaTypeOf(name: string): string {
  return MEDIA_TYPES[path.extname(name).toLowerCase()] ?? 'application/octet-stream';
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.md': 'text/markdown',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.xml': 'application/xml',
  '.json': 'application/json',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.svg': 'image/svg+xml',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.zip': 'application/zip',
  '.eml': 'message/rfc822',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};
