import { setTimeout as delay } from 'node:timers/promises';
import { GraphError, type Reply } from './call.ts';

export const DROP_CONNECTION = 'x-demo-drop-connection';
export const TRUNCATE = 'x-demo-truncate';

/** What shall go wrong, how often, and for which requests. */
export interface FaultRule {
  /** Regular expression over method, path and query, such as `GET .*root/delta`. */
  readonly match: string;
  /** How often it strikes; default 1. */
  readonly times?: number;
  readonly action: FaultAction;
}

export type FaultAction =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: string;
      readonly retryAfter?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly emptyBody?: boolean;
    }
  | { readonly kind: 'drop' }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'html' }
  | { readonly kind: 'loop' }
  | { readonly kind: 'dropAfter' };

interface Armed {
  readonly pattern: RegExp;
  readonly action: FaultAction;
  left: number;
}

/** Faults armed through the control endpoints. `drop` strikes before the request acts, `dropAfter` after it did. */
export class Faults {
  #armed: Armed[] = [];

  arm(rule: FaultRule): void {
    this.#armed.push({ pattern: new RegExp(rule.match, 'i'), action: rule.action, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#armed = [];
  }

  list(): { match: string; left: number; action: FaultAction }[] {
    return this.#armed.map((fault) => ({ match: fault.pattern.source, left: fault.left, action: fault.action }));
  }

  /** A reply that takes the place of the real one, before the request acts. */
  async before(method: string, target: string): Promise<Reply | undefined> {
    const action = this.#strike(method, target, ['status', 'drop', 'slow', 'html']);
    switch (action?.kind) {
      case 'slow':
        await delay(action.ms);
        return undefined;
      case 'drop':
        return { status: 500, headers: { [DROP_CONNECTION]: '1' } };
      case 'html':
        return {
          status: 200,
          bytes: Buffer.from('<html><body><h1>Please sign in</h1></body></html>'),
          contentType: 'text/html',
        };
      case 'status': {
        const headers: Record<string, string> = {
          ...action.headers,
          ...(action.retryAfter === undefined ? {} : { 'Retry-After': action.retryAfter }),
        };
        if (action.emptyBody === true) return { status: action.status, headers };
        throw new GraphError(
          action.status,
          action.code ?? 'serviceNotAvailable',
          'This answer was asked for by the control page.',
          { headers },
        );
      }
      default:
        return undefined;
    }
  }

  /** Changes the real reply on its way out. */
  after(method: string, target: string, reply: Reply): Reply {
    const action = this.#strike(method, target, ['truncate', 'loop', 'dropAfter']);
    if (action?.kind === 'truncate') return { ...reply, headers: { ...reply.headers, [TRUNCATE]: '1' } };
    if (action?.kind === 'dropAfter') return { ...reply, headers: { ...reply.headers, [DROP_CONNECTION]: '1' } };
    if (action?.kind === 'loop' && isPage(reply.json)) {
      const { '@odata.deltaLink': ended, ...page } = reply.json;
      const self = `${originOf(page, ended)}${target}`;
      return { ...reply, json: { ...page, '@odata.nextLink': self } };
    }
    return reply;
  }

  #strike(method: string, target: string, kinds: readonly FaultAction['kind'][]): FaultAction | undefined {
    const hit = this.#armed.find(
      (fault) => kinds.includes(fault.action.kind) && fault.left > 0 && fault.pattern.test(`${method} ${target}`),
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    if (hit.left === 0) this.#armed = this.#armed.filter((fault) => fault !== hit);
    return hit.action;
  }
}

type Page = Record<string, unknown>;

function isPage(value: unknown): value is Page {
  return typeof value === 'object' && value !== null && 'value' in value;
}

function originOf(page: Page, ended: unknown): string {
  const some = String(page['@odata.nextLink'] ?? ended ?? page['@odata.context'] ?? '');
  return URL.canParse(some) ? new URL(some).origin : '';
}
