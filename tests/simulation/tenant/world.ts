import { HistoryBook } from './historyBook.ts';
import type { DriveRow, Group, Mailbox, Person, Session } from './rows.ts';

/** Only what changes: how the tenant answers is said elsewhere. */
export class World {
  readonly now: () => number;
  readonly history: HistoryBook;
  /** By person id. */
  readonly people: Map<string, Person>;
  readonly groups: Map<string, Group>;
  /** By person id. */
  readonly mailboxes: Map<string, Mailbox>;
  readonly drives: Map<string, DriveRow>;
  readonly sessions: Map<string, Session>;
  /** Every `$select` that a feed began with: its links go on with the same. */
  readonly selects: string[];
  licences: number;
  exportsAllowed: boolean;
  /** Grows when every saved place dies. */
  epoch: number;
  resyncCode: string;
  made: number;

  /** A new one, or a copy of `from` that goes on by itself. */
  constructor(now: () => number, from?: World) {
    this.now = now;
    this.history = new HistoryBook(from?.history);
    this.people = new Map(from?.people);
    this.groups = new Map(from?.groups);
    this.mailboxes = new Map();
    for (const [id, mailbox] of from?.mailboxes ?? [])
      this.mailboxes.set(id, { ...mailbox, folders: new Map(mailbox.folders), messages: new Map(mailbox.messages) });
    this.drives = new Map();
    for (const [id, drive] of from?.drives ?? []) this.drives.set(id, { ...drive, items: new Map(drive.items) });
    this.sessions = new Map(from?.sessions);
    this.selects = [...(from?.selects ?? [''])];
    this.licences = from?.licences ?? 25;
    this.exportsAllowed = from?.exportsAllowed ?? true;
    this.epoch = from?.epoch ?? 0;
    this.resyncCode = from?.resyncCode ?? 'resyncChangesApplyDifferences';
    this.made = from?.made ?? 0;
  }

  nextSeq(): number {
    return this.history.next(this.now());
  }

  /** `2026-03-01T00:00:00Z`: Graph gives whole seconds. */
  nowText(): string {
    return secondsText(this.now());
  }

  /** A number that was never given before, for what has no row of its own. */
  nextNumber(): number {
    this.made += 1;
    return this.made;
  }

  selectNumber(select: string): number {
    const known = this.selects.indexOf(select);
    return known === -1 ? this.selects.push(select) - 1 : known;
  }
}

export const secondsText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
