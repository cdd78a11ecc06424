import type { Database } from '../store/database.ts';

/** What a client did against the contract: undeclared path, query name or method, missing role, malformed body, misuse of a link. */
export type ViolationKind =
  'path' | 'method' | 'query' | 'role' | 'body' | 'authorization' | 'link' | 'schema' | 'limit' | 'internal';

export interface Violation {
  readonly at: string;
  readonly kind: ViolationKind;
  readonly request: string;
  readonly detail: string;
}

export type OutgoingKind = 'mail' | 'invitation' | 'sharingNotice';

export interface Outgoing {
  readonly kind: OutgoingKind;
  readonly at: string;
  readonly app: string | null;
  readonly detail: string;
}

/** Remembers what clients did: requests by kind in memory, violations and outgoing mail with the data. */
export class Recorder {
  readonly #database: Database;
  readonly #requests = new Map<string, number>();
  readonly #statuses = new Map<string, number>();
  readonly #bytes = { read: 0, written: 0 };

  constructor(database: Database) {
    this.#database = database;
  }

  request(kind: string, status: number): void {
    this.#requests.set(kind, (this.#requests.get(kind) ?? 0) + 1);
    this.#statuses.set(String(status), (this.#statuses.get(String(status)) ?? 0) + 1);
  }

  bytes(direction: 'read' | 'written', count: number): void {
    this.#bytes[direction] += count;
  }

  violation(kind: ViolationKind, request: string, detail: string): void {
    this.#database.run(
      'INSERT INTO violations(at, kind, request, detail) VALUES(?, ?, ?, ?)',
      new Date().toISOString(),
      kind,
      request,
      detail,
    );
  }

  violations(): Violation[] {
    return this.#database.all<Violation>('SELECT at, kind, request, detail FROM violations ORDER BY n');
  }

  outgoing(kind: OutgoingKind, app: string | null, detail: string): void {
    this.#database.run(
      'INSERT INTO outgoing(kind, at, app, detail) VALUES(?, ?, ?, ?)',
      kind,
      new Date().toISOString(),
      app,
      detail,
    );
  }

  outgoings(): Outgoing[] {
    return this.#database.all<Outgoing>('SELECT kind, at, app, detail FROM outgoing ORDER BY n');
  }

  counters(): Record<string, unknown> {
    return {
      total: [...this.#requests.values()].reduce((sum, count) => sum + count, 0),
      requests: Object.fromEntries([...this.#requests].sort()),
      statuses: Object.fromEntries([...this.#statuses].sort()),
      bytes: { ...this.#bytes },
    };
  }

  forget(what: 'violations' | 'outgoing' | 'counters'): void {
    if (what !== 'counters') this.#database.run(`DELETE FROM ${what}`);
    else {
      this.#requests.clear();
      this.#statuses.clear();
      Object.assign(this.#bytes, { read: 0, written: 0 });
    }
  }
}
