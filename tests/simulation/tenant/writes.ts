import type { App } from './calls.ts';

/** One change that a request made: what restores do to their targets. */
export interface TargetWrite {
  readonly app: App;
  /** Number of the call. */
  readonly call: number;
  readonly at: number;
  /** Sequence number of the source after it. */
  readonly seq: number;
  readonly kind: 'created' | 'changed' | 'moved' | 'removed';
  readonly what: 'mailFolder' | 'message' | 'attachment' | 'folder' | 'file';
  /** Mailbox (person id) or drive. */
  readonly resource: string;
  readonly sourceId: string;
  /** Folder after the change. */
  readonly parent?: string;
  readonly name: string;
  /** What a restored message is marked with: request and item. Imports and files carry none. */
  readonly mark?: string;
  /** SHA-256 in hex of the object's bytes after the change: MIME, or content of a file. */
  readonly original?: string;
}
