import type { WorkloadDescription } from '../../engine/connector.ts';

/** What the console, the docs and the consent page say of mail. */
export const mailDescription: WorkloadDescription = {
  workload: 'mail',
  label: 'Mail',
  icon: 'Mail',
  itemKinds: [
    { kind: 'mailFolder', label: 'Mail folder', icon: 'Folder', container: true },
    { kind: 'message', label: 'Message', icon: 'Mail', container: false },
  ],
  permissions: [
    {
      name: 'User.Read.All',
      app: 'backup',
      why: 'Finds the people whose mailboxes are protected.',
      otherwise: 'No mailbox is found: mail is not backed up.',
    },
    {
      name: 'MailboxSettings.Read',
      app: 'backup',
      why: 'Tells mailboxes of people from shared mailboxes, rooms and equipment, and from people without one.',
      otherwise: 'No mailbox is found: mail is not backed up.',
    },
    {
      name: 'Mail.Read',
      app: 'backup',
      why: 'Lists folders and messages and reads each message as MIME.',
      otherwise: 'Mail is not backed up.',
    },
    {
      name: 'MailboxItem.Export.All',
      app: 'backup',
      why: 'Reads the exact copy of each message, which comes back with everything Exchange knows of it.',
      otherwise: 'Messages are kept as MIME alone and come back approximately; each says so.',
    },
    {
      name: 'Mail.ReadWrite',
      app: 'restore',
      why: 'Makes folders and writes messages back.',
      otherwise: 'Mail can only be downloaded.',
    },
    {
      name: 'User.Read.All',
      app: 'restore',
      why: 'Reads the id under which a mailbox takes imports.',
      otherwise: 'Messages come back as new messages instead of exact copies.',
    },
    {
      name: 'MailboxItem.ImportExport.All',
      app: 'restore',
      why: 'Imports exact copies.',
      otherwise: 'Messages come back as new messages instead of exact copies.',
    },
  ],
  coverageNotes: [
    'In-place archives, public folders and group mailboxes are not covered.',
    'Recoverable items (what was deleted from Deleted Items) are left to Exchange.',
    'Microsoft Graph shows no permissions of mail folders.',
  ],
  original: () => ({ extension: 'eml', mediaType: 'message/rfc822' }),
  // The parser is loaded by whoever needs it.
  inspect: async (bytes) => (await import('./inspectMail.ts')).inspectMail(bytes),
};
