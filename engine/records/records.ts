import type { Brake, LegalHold } from '../model/hold.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { Instant, PolicyId, RequestId, ResourceId, RunId, UserId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Run, RunResource } from '../model/run.ts';
import type { WaitingChange } from '../model/waitingChange.ts';

/** A record with the version it was read at. */
export interface Versioned<T> {
  readonly value: T;
  readonly etag: string;
}

export interface Page<T> {
  readonly value: readonly T[];
  readonly nextPageToken?: string;
}

/**
 * Primary data: not rebuildable from restore points. Names and reasons are sealed columns. Every change of policies,
 * settings, holds, brakes, waiting changes and audit is first written as a blob `repository/records/{time}-{id}`, then takes effect in its row.
 */
export interface Records {
  readonly policies: {
    /** In the admin's order. */
    list(): Promise<readonly Versioned<BackupPolicy>[]>;
    get(id: PolicyId): Promise<Versioned<BackupPolicy> | undefined>;
    /** With `noted` the change and its audit entry take effect together: neither is there without the other. */
    create(policy: BackupPolicy, noted?: NewAuditEntry): Promise<Versioned<BackupPolicy>>;
    /** Fault `conflict` when it changed since `etag`. `noted` as in `create`. */
    update(policy: BackupPolicy, etag: string, noted?: NewAuditEntry): Promise<Versioned<BackupPolicy>>;
    remove(id: PolicyId, etag: string, noted?: NewAuditEntry): Promise<void>;
  };
  readonly resources: {
    get(id: ResourceId): Promise<Versioned<ProtectedResource> | undefined>;
    /**
     * In id order. Filters are applied page by page: a page may be short and still have a token. Records that do not open
     * are named in `unreadable`, whatever the filter, and keep nobody from the others.
     */
    list(
      filter?: { readonly workload?: string; readonly state?: string; readonly q?: string; readonly ownerId?: string },
      pageToken?: string,
    ): Promise<ResourcePage>;
    /** With `etag` only while it is as it was read, with an empty one only while there is none; else Fault `conflict`. */
    put(resource: ProtectedResource, etag?: string): Promise<void>;
    /** For what never held anything; one that is not there is fine. */
    remove(id: ResourceId): Promise<void>;
  };
  readonly runs: {
    /** False when this run exists already: a timer that fires twice makes one run. */
    create(run: Run): Promise<boolean>;
    get(id: RunId): Promise<Versioned<Run> | undefined>;
    /** Newest first. */
    list(pageToken?: string): Promise<Page<Run>>;
    /** Runs that have not ended. */
    open(): Promise<readonly Versioned<Run>[]>;
    update(run: Run, etag: string): Promise<Versioned<Run>>;
    resources: {
      /** Inserts where missing; may be repeated. */
      plan(run: RunId, rows: readonly RunResource[]): Promise<void>;
      get(run: RunId, resource: ResourceId): Promise<Versioned<RunResource> | undefined>;
      list(run: RunId, pageToken?: string): Promise<Page<RunResource>>;
      update(row: RunResource, etag: string): Promise<Versioned<RunResource>>;
    };
  };
  /** Restore requests, their journals and results: shapes belong to engine/restore and are stored sealed as JSON. */
  readonly requests: {
    create(
      id: RequestId,
      value: unknown,
      idempotencyKey?: string,
    ): Promise<{ readonly etag: string; readonly existing?: RequestId }>;
    get(id: RequestId): Promise<Versioned<unknown> | undefined>;
    /** Newest first. Rows that do not open are named in `unreadable` and keep nobody from the others. */
    list(pageToken?: string): Promise<RequestPage>;
    update(id: RequestId, value: unknown, etag: string): Promise<string>;
    /** One journal row per item (or other key) of a request. */
    journal: {
      get(id: RequestId, key: string): Promise<Versioned<unknown> | undefined>;
      /** Without etag: insert, Fault `conflict` when it exists. */
      put(id: RequestId, key: string, value: unknown, etag?: string): Promise<string>;
      list(id: RequestId, pageToken?: string): Promise<Page<{ readonly key: string; readonly value: unknown }>>;
      /** Rows whose keys begin with `prefix`, in key order. `value` is undefined where a row does not open any more. */
      listUnder(
        id: RequestId,
        prefix: string,
        pageToken?: string,
      ): Promise<Page<{ readonly key: string; readonly value: unknown }>>;
    };
  };
  readonly settings: {
    get<T>(name: string): Promise<Versioned<T> | undefined>;
    /** Those of `names` that were ever put, with one request for all. */
    some(names: readonly string[]): Promise<ReadonlyMap<string, Versioned<unknown>>>;
    /** `noted` as for policies: what an admin changes is noted; the app's own notes are not. */
    put<T>(name: string, value: T, etag?: string, noted?: NewAuditEntry): Promise<string>;
  };
  /** By their ids; those that were released stay as they were. */
  readonly holds: LoggedValues<LegalHold>;
  /** By the id of the resource whose expiry is paused; lifting removes it. */
  readonly brakes: LoggedValues<Brake>;
  /** By their ids; those that ended stay as they were. */
  readonly waitingChanges: LoggedValues<WaitingChange>;
  /** Append-only, each entry holds the hash of the one before. */
  readonly audit: {
    append(entry: NewAuditEntry): Promise<AuditEntry>;
    /** Newest first. */
    list(pageToken?: string): Promise<Page<AuditEntry>>;
    /** Where the chain ends now. */
    head(): Promise<AuditHead>;
    /**
     * Index of the first entry that is not vouched for: whose chain does not hold, or that comes after the newest of
     * `outside` that the chain still goes through, while a later one of them was left behind or contradicted. Undefined
     * when all hold.
     */
    verify(outside?: readonly AuditHead[]): Promise<number | undefined>;
  };
  /** Verifications and restore drills, each with what it found or did. Shapes belong to engine/verify and are stored sealed. */
  readonly inspections: {
    /** False when there is one of this id. */
    create(id: string, kind: 'verify' | 'drill', startedAtMs: number, value: unknown): Promise<boolean>;
    get(id: string): Promise<Versioned<unknown> | undefined>;
    /** Newest first. */
    list(kind: 'verify' | 'drill', pageToken?: string): Promise<Page<Versioned<unknown>>>;
    /** Fault `conflict` when it changed since `etag`. */
    update(id: string, value: unknown, etag: string): Promise<string>;
    /** Findings and results, by keys of their own: what is put again takes the place of the former. */
    evidence: {
      get(id: string, key: string): Promise<unknown>;
      put(id: string, evidence: readonly { readonly key: string; readonly value: unknown }[]): Promise<void>;
      /** In the order of their keys. */
      list(id: string, pageToken?: string): Promise<Page<unknown>>;
    };
  };
  /** Things to be told to people; taken by the bot, kept until sent. */
  readonly outbox: {
    /** Nothing happens when `id` is there already. */
    add(id: string, message: unknown): Promise<void>;
    /** `message` is undefined where it does not open any more: one such keeps nobody from the others. */
    list(): Promise<readonly { readonly id: string; readonly message: unknown }[]>;
    done(id: string): Promise<void>;
  };
}

/** Values that take effect together with their audit entry, and are made again from the blobs when the table is lost. */
export interface LoggedValues<T> {
  /** In id order. */
  list(): Promise<readonly Versioned<T>[]>;
  get(id: string): Promise<Versioned<T> | undefined>;
  /** Fault `conflict` when it exists. */
  create(id: string, value: T, noted: NewAuditEntry): Promise<Versioned<T>>;
  /** Fault `conflict` when it changed since `etag`. */
  update(id: string, value: T, etag: string, noted: NewAuditEntry): Promise<Versioned<T>>;
  remove(id: string, etag: string, noted: NewAuditEntry): Promise<void>;
}

export interface ResourcePage extends Page<ProtectedResource> {
  readonly unreadable: readonly ResourceId[];
}

export interface RequestPage extends Page<{ readonly id: RequestId; readonly value: unknown }> {
  readonly unreadable: readonly RequestId[];
}

/**
 * How many entries there are, and the hash of the newest (empty when there are none). Noted outside of storage it tells
 * later whether the log was cut, put back or written anew since.
 */
export interface AuditHead {
  readonly count: number;
  /** 64 hex. */
  readonly hash: string;
}

/** An entry before it has its place in the chain. */
export type NewAuditEntry = Omit<AuditEntry, 'id' | 'previous' | 'hash'>;

export interface AuditEntry {
  readonly id: string;
  readonly at: Instant;
  readonly who: UserId | 'system';
  readonly name?: string;
  /** `content.read`, `restore.run`, `policy.change`, … */
  readonly action: string;
  /** Ids and plain words; never content. */
  readonly on: Readonly<Record<string, string>>;
  readonly from?: string;
  readonly result: 'done' | 'refused' | 'failed';
  readonly previous: string;
  readonly hash: string;
}
