import type { Readable } from 'node:stream';
import type { Context, MiddlewareOptions } from '@microsoft/microsoft-graph-client';
import type { Headers } from './retryAfter.ts';

/** `restore` before `incremental` before `first`: who gets the allowance first. */
export type Priority = 'restore' | 'incremental' | 'first';

/** Whose budget a call is charged to: `mailbox/{user id}`, `sharepoint`, `directory`. */
export type Scope = string;

export const mailboxScope = (userId: string): Scope => `mailbox/${userId}`;
export const sharepointScope: Scope = 'sharepoint';
export const directoryScope: Scope = 'directory';

/** One call on its way through the middleware chain, and what came back. */
export class Call implements MiddlewareOptions {
  readonly method: string;
  /** Absolute and exact: a link that Graph gave is sent as it came. */
  readonly url: string;
  readonly scope: Scope;
  readonly priority: Priority;
  readonly signal: AbortSignal;
  /** False when repeating it could do something twice. */
  readonly repeatable: boolean;
  /** `json`: the whole body is read before the answer counts. `stream`: the caller reads it. */
  readonly want: 'json' | 'stream';
  readonly body: Buffer | string | undefined;
  readonly prefer: readonly string[];
  /** Units of the scope's budget. */
  readonly cost: number;
  readonly maxBytes: number;
  answer: Answer | undefined;
  failure: unknown;
  /** Gives back the place in the scope's lane; set while the call is in flight. */
  leave: (() => void) | undefined;

  constructor(order: CallOrder) {
    this.method = order.method;
    this.url = order.url;
    this.scope = order.scope;
    this.priority = order.priority;
    this.signal = order.signal;
    // A DELETE whose answer got lost finds nothing the second time: only its caller knows what that means.
    this.repeatable = order.repeatable ?? order.method === 'GET';
    this.want = order.want ?? 'json';
    this.body = order.body;
    this.prefer = order.prefer ?? [];
    this.cost = order.cost ?? 1;
    this.maxBytes = order.maxBytes ?? 64 * 1024 * 1024;
    this.answer = undefined;
    this.failure = undefined;
    this.leave = undefined;
  }

  /** Method and path with ids taken out: fit for messages and logs. */
  get what(): string {
    return `${this.method} ${pathWithoutIds(this.url)}`;
  }
}

export interface CallOrder {
  readonly method: string;
  readonly url: string;
  readonly scope: Scope;
  readonly priority: Priority;
  readonly signal: AbortSignal;
  readonly repeatable?: boolean;
  readonly want?: 'json' | 'stream';
  readonly body?: Buffer | string;
  readonly prefer?: readonly string[];
  readonly cost?: number;
  readonly maxBytes?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Read bytes (`json`), or the start of an error body. */
  readonly bytes: Buffer;
  /** The unread body (`stream`, success only). */
  readonly stream?: Readable;
}

/** The call that a middleware is working on. */
export function callOf(context: Context): Call {
  const call: unknown = context.middlewareControl?.getMiddlewareOptions(Call);
  if (!(call instanceof Call)) throw new TypeError('A request came through the Graph client without a Call');
  return call;
}

/** A path's own words: letters only and short. Ids hold digits or are long, addresses hold dots. */
const word = /^\$?[a-zA-Z]{1,24}$/;

/** `/users/{id}/messages/{id}/$value`: keeps the words, drops ids, names and the query. */
export function pathWithoutIds(url: string): string {
  const path = new URL(url).pathname.replace(/^\/(v1\.0|beta)/, '');
  const segments = path.split('/');
  return segments
    .map((segment, index) => {
      // In `items/{id}:/{name}:/content` a name stands between colons.
      if (segments[index - 1]?.endsWith(':') === true && segment.endsWith(':')) return '{name}:';
      return segment === '' || word.test(segment) ? segment : '{id}';
    })
    .join('/');
}
