import type { ZodType } from 'zod';
import type { Fault } from '../engine/fault.ts';
import type { Priority, Scope } from './call.ts';
import type { StreamedBody } from './content.ts';
import type { UploadTarget } from './upload.ts';

/** What every call says about itself. */
export interface CallContext {
  readonly scope: Scope;
  readonly priority: Priority;
  readonly signal: AbortSignal;
}

export interface CallOptions extends CallContext {
  /** Sent as query; values are encoded here. */
  readonly query?: Readonly<Record<string, string>>;
  /** Wishes beside those that every call carries: `odata.maxpagesize=200`. */
  readonly prefer?: readonly string[];
  readonly ifMatch?: string;
  /** True for a POST without effect: it may be repeated. */
  readonly repeatable?: boolean;
  /** Most bytes of an answer; more is Fault `too-large` with code `AnswerTooLarge`. */
  readonly maxBytes?: number;
}

export interface Page<Item> {
  readonly value: readonly Item[];
  readonly nextLink?: string;
  readonly deltaLink?: string;
}

export interface BatchRequest {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** From the version on: `/users/{id}?$select=id`. */
  readonly url: string;
  readonly body?: unknown;
}

/** What one request of a batch came to. Throttled ones were repeated before; `fault` is what stayed. */
export type BatchAnswer =
  | { readonly id: string; readonly ok: true; readonly body: unknown }
  | { readonly id: string; readonly ok: false; readonly fault: Fault };

/** A body on its way. Read it once and to its end, or break off: either gives the place in the lane back. */
export interface Download {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Length of what follows, when it was said. */
  readonly length?: number;
  readonly etag?: string;
  /** What the service says that it is: `text/html; charset=utf-8`. */
  readonly contentType?: string;
}

/**
 * Microsoft Graph as the workloads see it. Every trouble leaves as a Fault: throttled (with scope and time),
 * unavailable (outcomeUnknown after a write), unauthorized, forbidden, not-found, conflict, locked, resync, malware,
 * source-corrupt, too-large, storage-full, invalid, cancelled. Short waits and passing troubles were sat out before.
 *
 * `path` starts after the version (`/users/…`), with its parts encoded (`segment`), or is a link that Graph gave.
 */
export interface Graph {
  get<T>(shape: ZodType<T>, path: string, options: CallOptions): Promise<T>;
  post<T>(shape: ZodType<T>, path: string, body: unknown, options: CallOptions): Promise<T>;
  patch<T>(shape: ZodType<T>, path: string, body: unknown, options: CallOptions): Promise<T>;
  /** Raw bytes (small files). `contentType` defaults to application/octet-stream. */
  put<T>(shape: ZodType<T>, path: string, bytes: Buffer, options: CallOptions): Promise<T>;
  remove(path: string, options: CallOptions): Promise<void>;

  /** One page of a collection or change feed. */
  page<Item>(item: ZodType<Item>, path: string, options: CallOptions): Promise<Page<Item>>;
  /** At most 20 requests in one; answers in the order asked. Costs each of them from the scope's budget. */
  batch(requests: readonly BatchRequest[], options: CallContext): Promise<readonly BatchAnswer[]>;

  /** Bytes that Graph itself gives (`$value`, a large JSON answer to `post`). */
  read(path: string, options: CallOptions & { readonly post?: unknown }): Promise<Download>;
  /**
   * Content behind Graph's redirect to a pre-authenticated address (`…/content`). `from` continues at that byte. The
   * address is checked, gets no token, and a fresh one is asked for each call.
   */
  download(path: string, options: CallOptions & { readonly from?: number }): Promise<Download>;
  /** A pre-authenticated upload session. */
  upload(url: string, options: CallContext): UploadTarget;
  /**
   * POST of JSON to a pre-authenticated address (mailbox import). Never repeated after an unknown outcome; when a
   * streamed body throws, the request is broken off and its error is passed on.
   */
  postContent<T>(
    shape: ZodType<T>,
    url: string,
    body: Buffer | string | StreamedBody,
    options: CallContext,
  ): Promise<T>;
}

/** A value as one segment of a path. */
export const segment = (value: string): string => encodeURIComponent(value).replace(/'/g, '%27');
