/** Somebody in the directory. */
export interface NewPerson {
  /** `anna`: her address is anna@contoso.example. */
  readonly alias: string;
  /** What the mailbox is for; `none`: there is none. Default `user`. */
  readonly mailbox?: 'user' | 'shared' | 'room' | 'equipment' | 'none';
  /** Default true. */
  readonly drive?: boolean;
  readonly isGuest?: boolean;
  /** So many messages in the inbox and files in the drive, made at the start. */
  readonly messages?: number;
  readonly files?: number;
}

/** People, groups and licences. */
export interface People {
  /** Person id (which is the id of the mailbox too). */
  id(alias: string): string;
  driveId(alias: string): string;
  join(person: NewPerson): string;
  /** Out of the directory: with the mailbox and the drive. */
  leave(alias: string): void;
  /** The mailbox or the drive goes, comes back, or is locked against everybody (423). */
  setMailbox(alias: string, state: 'there' | 'gone'): void;
  setDrive(alias: string, state: 'there' | 'gone' | 'locked'): void;
  /** Makes a group or gives it other members; answers its id. Members are people's aliases or ids of groups. */
  group(name: string, members: readonly string[]): string;
  setLicences(count: number): void;
}

export interface NewMessage {
  /** Id or role of the folder; default `inbox`. */
  readonly folder?: string;
  readonly subject?: string;
  readonly body?: string;
  readonly from?: string;
  readonly to?: readonly string[];
  /** `2026-02-01T10:00:00Z`; default now. */
  readonly receivedAt?: string;
  readonly attachments?: readonly { readonly name: string; readonly content: Uint8Array }[];
  /** In place of what is made of the above. */
  readonly mime?: Uint8Array;
}

export interface MessageChange {
  readonly isRead?: boolean;
  readonly subject?: string;
  readonly categories?: readonly string[];
  readonly mime?: Uint8Array;
  /** What is answered whenever it is opened or exported; null puts it right. */
  readonly fault?: 'ErrorCorruptData' | 'ErrorInvalidRecipients' | 'ErrorAccessDenied' | null;
}

/** What happens in a mailbox beside the backup. Mailboxes go by person id; an id of a folder may also be a role. */
export interface Mail {
  put(mailbox: string, message?: NewMessage): string;
  update(mailbox: string, message: string, change: MessageChange): void;
  move(mailbox: string, message: string, folder: string): void;
  /** As Outlook does: to Deleted Items and from there to where no backup looks. `forGood`: at once. */
  remove(mailbox: string, message: string, how?: 'forGood'): void;
  folder(mailbox: string, name: string, place?: { readonly parent?: string; readonly hidden?: boolean }): string;
  renameFolder(mailbox: string, folder: string, name: string): void;
  moveFolder(mailbox: string, folder: string, parent: string): void;
  /** With all that is in it. */
  removeFolder(mailbox: string, folder: string): void;
  folderOf(mailbox: string, role: string): string;
}

export interface NewFile {
  readonly name: string;
  readonly content?: Uint8Array;
  /** Folder; default: the root. */
  readonly parent?: string;
  readonly modifiedAt?: string;
  /** Its content is not handed out. */
  readonly malware?: boolean;
}

/** What happens in a drive beside the backup. */
export interface Drive {
  put(drive: string, file: NewFile): string;
  folder(drive: string, name: string, parent?: string): string;
  rename(drive: string, item: string, name: string): void;
  move(drive: string, item: string, parent: string): void;
  /** A folder with all that is in it: the feed names the folder alone. */
  remove(drive: string, item: string): void;
  replaceContent(drive: string, item: string, content: Uint8Array): void;
  share(drive: string, item: string): void;
  /** What is answered whenever its content is asked for; null puts it right. */
  setFault(drive: string, item: string, fault: 'malware' | 'locked' | 'denied' | 'broken' | null): void;
  /** From now on it says no hash of any file. */
  hideHashes(drive: string): void;
  rootOf(drive: string): string;
}
