import type { App } from './calls.ts';
import type { Content } from './content.ts';

/*
 * What the tenant holds. Rows are never changed, only replaced: a fork shares them, and what lists them may keep what it
 * made of them.
 */

export interface Person {
  readonly id: string;
  readonly alias: string;
  readonly name: string;
  readonly address: string;
  readonly isGuest: boolean;
  /** Undefined: no mailbox. */
  readonly purpose: 'user' | 'shared' | 'room' | 'equipment' | undefined;
  readonly hasDrive: boolean;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  /** Ids of people and groups. */
  readonly members: readonly string[];
}

export interface Folder {
  readonly n: number;
  readonly id: string;
  /** Undefined: the root, which holds the top-level ones. */
  readonly parent: string | undefined;
  readonly name: string;
  readonly role: string | undefined;
  readonly hidden: boolean;
  readonly changedSeq: number;
  readonly deleted: boolean;
}

export interface Attachment {
  readonly name: string;
  readonly contentType: string;
  readonly isInline: boolean;
  readonly contentId: string | undefined;
  readonly content: Content;
}

export interface Message {
  readonly n: number;
  /** The immutable one. */
  readonly id: string;
  readonly folder: string;
  readonly moves: number;
  /** What Graph shows beside the ids. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly extended: readonly { readonly id: string; readonly value: string }[];
  readonly mime: Content;
  /** Those that were added one by one or came with JSON. */
  readonly attachments: readonly Attachment[];
  readonly fault: string | undefined;
  readonly changedSeq: number;
  /** The version before this one. */
  readonly former: Message | undefined;
}

/** That a message left a folder. */
export interface Departure {
  readonly folder: string;
  readonly n: number;
  readonly id: string;
  readonly moves: number;
  readonly seq: number;
}

export interface Mailbox {
  readonly owner: string;
  readonly alias: string;
  isGone: boolean;
  room: number | undefined;
  made: number;
  readonly folders: Map<string, Folder>;
  /** By immutable id. */
  readonly messages: Map<string, Message>;
  departures: readonly Departure[];
}

export interface Item {
  readonly n: number;
  readonly id: string;
  /** Undefined: the root. */
  readonly parent: string | undefined;
  readonly name: string;
  /** Undefined: a folder. */
  readonly content: Content | undefined;
  readonly created: string;
  readonly modified: string;
  readonly fsCreated: string;
  readonly fsModified: string;
  readonly etagSeq: number;
  readonly ctagSeq: number;
  /** When the feed shows it again. */
  readonly deltaSeq: number;
  /** `below`: gone with the folder above it, without a line of its own in the feed. */
  readonly deleted: false | 'itself' | 'below';
  readonly fault: 'malware' | 'locked' | 'denied' | 'broken' | undefined;
  readonly isShared: boolean;
  readonly former: Item | undefined;
}

export interface DriveRow {
  readonly id: string;
  readonly owner: string;
  readonly alias: string;
  readonly rootId: string;
  state: 'there' | 'gone' | 'locked';
  room: number | undefined;
  /** Does it say the hashes of files? Not every drive does. */
  tellsHashes: boolean;
  made: number;
  readonly items: Map<string, Item>;
}

/** An upload under way. */
export interface Session {
  readonly id: string;
  readonly app: App;
  readonly target:
    | {
        readonly kind: 'file';
        readonly drive: string;
        readonly parent: string;
        readonly name: string;
        readonly conflict: Conflict;
        readonly times: FileTimes;
      }
    | {
        readonly kind: 'attachment';
        readonly mailbox: string;
        readonly message: string;
        readonly attachment: Omit<Attachment, 'content'>;
      };
  readonly size: number | undefined;
  readonly chunks: readonly Buffer[];
  readonly received: number;
  readonly expiresAt: number;
}

export type Conflict = 'fail' | 'replace' | 'rename';

export interface FileTimes {
  readonly createdDateTime?: string;
  readonly lastModifiedDateTime?: string;
}
