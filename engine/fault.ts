/**
 * Every trouble that Holdfast expects, in its own words. Adapters translate what a service says into a Fault where it
 * enters; whatever is not a Fault is a defect in our code and is reported as such.
 */
export type FaultKind =
  /** It is not there (any more). */
  | 'not-found'
  /** It exists already, or another writer was faster (409, 412). */
  | 'conflict'
  /** The service asks to wait: `retryAfterMs` and `scope` say how long and how far it reaches. */
  | 'throttled'
  /** Passing trouble: timeouts, resets, 5xx. Worth another try. */
  | 'unavailable'
  /** The token was not accepted (401, wrong secret). */
  | 'unauthorized'
  /** A permission is missing or consent was withdrawn (403). */
  | 'forbidden'
  /** The place is locked or read-only (423). */
  | 'locked'
  /** A saved place in a change feed is dead (410, syncStateNotFound): the listing starts over. */
  | 'resync'
  /** The service says that the item holds malware and will not hand it out. */
  | 'malware'
  /** The item is damaged at its source. */
  | 'source-corrupt'
  /** Larger than the service takes or gives. */
  | 'too-large'
  /** What was asked for is malformed: a defect of the caller or bad input. */
  | 'invalid'
  /** What was read is not what was written: a tag, a hash or a length does not match. */
  | 'corrupt'
  /** Something a restore point needs is gone from storage. */
  | 'missing'
  /** No room, or an account limit of the storage. */
  | 'storage-full'
  /** A key cannot be had: disabled, deleted, wrong recovery key. */
  | 'key-unavailable'
  /** Another job took this resource over; nothing of this one counts any more. */
  | 'stale-fence'
  /** Somebody asked to stop. */
  | 'cancelled'
  /** Microsoft gives no way to do this. */
  | 'unsupported';

/** Where the trouble sits. A storage, key or code trouble never becomes a skip. */
export type FaultOrigin = 'graph' | 'storage' | 'keys' | 'engine' | 'input';

export interface FaultDetail {
  readonly origin?: FaultOrigin;
  /** The service's own code, for example `ErrorItemNotFound`. Never holds content. */
  readonly code?: string;
  readonly status?: number;
  /** How long to wait before the next call to `scope`. */
  readonly retryAfterMs?: number;
  /** Budget scope of a throttle: `mailbox/{id}` or `sharepoint`. */
  readonly scope?: string;
  /** Where a change feed starts over, when the service named a place. */
  readonly location?: string;
  /** Was the call possibly carried out although no answer came? Then the effect must be looked up, not repeated. */
  readonly outcomeUnknown?: boolean;
  readonly cause?: unknown;
}

/** A trouble with a name. The message is for people: what, where, and what to do. It never holds content or secrets. */
export class Fault extends Error {
  readonly kind: FaultKind;
  readonly origin: FaultOrigin;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly scope: string | undefined;
  readonly location: string | undefined;
  readonly outcomeUnknown: boolean;

  constructor(kind: FaultKind, message: string, detail: FaultDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'Fault';
    this.kind = kind;
    this.origin = detail.origin ?? 'engine';
    this.code = detail.code;
    this.status = detail.status;
    this.retryAfterMs = detail.retryAfterMs;
    this.scope = detail.scope;
    this.location = detail.location;
    this.outcomeUnknown = detail.outcomeUnknown ?? false;
  }
}

/** True for a Fault, of one of `kinds` when any are given. */
export const isFault = <Kind extends FaultKind = FaultKind>(
  error: unknown,
  ...kinds: readonly Kind[]
): error is Fault & { readonly kind: Kind } =>
  error instanceof Fault && (kinds.length === 0 || kinds.some((kind) => kind === error.kind));
