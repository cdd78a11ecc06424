/** One state of one item, and when the source held it: from `from` up to, not including, `to`. */
export interface ItemState {
  readonly resource: string;
  readonly sourceId: string;
  readonly kind: 'mailFolder' | 'message' | 'folder' | 'file';
  /** Sequence numbers of the source; they grow with every change anywhere in it. */
  readonly from: number;
  readonly to: number;
  /** The same in milliseconds. */
  readonly fromAt: number;
  readonly toAt: number;
  /** The last state of an item that is gone, or lies where no backup looks (recoverable items). Nothing else is said of it. */
  readonly deleted: boolean;
  /** Folder that holds it; undefined directly under the mailbox or drive. */
  readonly parent?: string;
  readonly name: string;
  /** Change key of a message, eTag of a file. Folders have none that counts: their name and parent are their state. */
  readonly versionTag?: string;
  /** Of a folder: `inbox`. */
  readonly role?: string;
  readonly size: number;
  /** SHA-256 in hex of the bytes that Graph gives: MIME of a message, content of a file. */
  readonly original?: string;
  /** The same of the exact copy of a message. */
  readonly exact?: string;
  /** Can its content be read? A message may be corrupt, a file infected. */
  readonly readable: boolean;
}

/** Everything that the source ever held. */
export interface History {
  /** The newest change. */
  readonly seq: number;
  /** Number of the newest change that had happened at this time. */
  seqAt(time: number): number;
  /** Mailboxes (by person) and drives that ever were. */
  readonly resources: readonly string[];
  /** Ids of everything that the resource ever held, roots excepted. */
  items(resource: string): readonly string[];
  /** Every state of an item, oldest first. */
  statesOf(resource: string, sourceId: string): readonly ItemState[];
  /** The states that it had at some moment from `from` to `to`, both included. */
  statesIn(resource: string, sourceId: string, from: number, to: number): readonly ItemState[];
  /** What the resource held right after change `seq` (default: now), by id; nothing that was gone. */
  contentsAt(resource: string, seq?: number): ReadonlyMap<string, ItemState>;
}
