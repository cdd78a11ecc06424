/**
 * What graph/ takes from outside. These are slices of the engine's ports, written down again here because graph/ knows
 * nothing of the engine but its faults.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`; rejects when `signal` fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Where chance comes from. */
export interface Random {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
}

type Facts = Readonly<Record<string, string | number | boolean>>;

/** Event names, ids, codes and counts only. */
export interface Log {
  info(event: string, facts?: Facts): void;
  warn(event: string, facts?: Facts): void;
}

type Column = string | number | boolean | Uint8Array;
interface Row {
  readonly partition: string;
  readonly key: string;
  readonly columns: Readonly<Record<string, Column>>;
}

/** The `leases` table, where all workers read which scopes are blocked and what is left of a budget. */
export interface LeaseRows {
  get(
    table: 'leases',
    partition: string,
    key: string,
  ): Promise<{ readonly columns: Row['columns']; readonly etag: string } | undefined>;
  change(
    table: 'leases',
    partition: string,
    change:
      | { readonly kind: 'insert'; readonly row: Row }
      | { readonly kind: 'update'; readonly row: Row; readonly ifMatch: string },
  ): Promise<string>;
}
