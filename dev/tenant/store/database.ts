import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { randomBytes } from 'node:crypto';
import { SCHEMA } from './schema.ts';

/**
 * The state of the tenant in one SQLite file. Every mutation takes the next number of one growing sequence;
 * delta links are positions in that sequence, so they outlive the process. Writes survive `kill -9` (the
 * operating system holds them), not a power cut: this is a demo.
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  constructor(file: string) {
    this.#sqlite = new DatabaseSync(file);
    this.#sqlite.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY',
    );
    this.#sqlite.exec(SCHEMA);
  }

  /** Rows of a query as `Row`; the caller names the columns it selects. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values) as unknown as Row[];
  }

  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as unknown as Row | undefined;
  }

  /** Streams rows; nothing may be written while it is open. */
  *each<Row>(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    for (const row of this.#sqlite.prepare(sql).iterate(...values)) yield row as unknown as Row;
  }

  /** Number of the row that was inserted last. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).lastInsertRowid);
  }

  /** All or nothing; calls may nest. */
  transaction<Result>(work: () => Result): Result {
    if (this.#depth > 0) return work();
    this.#depth += 1;
    this.#sqlite.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#sqlite.exec('COMMIT');
      return result;
    } catch (error) {
      this.#sqlite.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  /** The next number of the change sequence. */
  nextSeq(): number {
    return this.get<{ value: number }>('UPDATE sequence SET value = value + 1 RETURNING value')?.value ?? 0;
  }

  seq(): number {
    return this.get<{ value: number }>('SELECT value FROM sequence')?.value ?? 0;
  }

  meta(key: string): string | undefined {
    return this.get<{ value: string }>('SELECT value FROM meta WHERE key = ?', key)?.value;
  }

  setMeta(key: string, value: string): void {
    this.run(
      'INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  }

  /** A random secret that is made once and stays with the data. */
  secret(key: string): Buffer {
    const kept = this.meta(key);
    if (kept !== undefined) return Buffer.from(kept, 'base64');
    const made = randomBytes(32);
    this.setMeta(key, made.toString('base64'));
    return made;
  }

  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
