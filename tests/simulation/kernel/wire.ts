import type { Wire } from '../../../api/graphs.ts';
import { Fault } from '../../../engine/fault.ts';
import type { Clock } from '../../../engine/ports/clock.ts';
import type { SimTenant } from '../tenant/simTenant.ts';
import { batchParts } from '../tenant/graph/batch.ts';
import { contentRoute, graphRoute } from '../tenant/graph/routes.ts';
import { GRAPH } from '../tenant/graph/request.ts';
import type { Trouble, TroubleHook } from '../tenant/trouble.ts';
import type { SentRequest } from '../../../graph/transport.ts';
import type { Boundary, Shown } from './boundary.ts';
import type { SimProcess } from './process.ts';
import { isTrouble, troublesFor, type Asked, type TroubleName } from './troubles.ts';

/** Shorter than any token lives: Entra is asked now and then, and only then is it a call. */
const TOKEN_KEPT_MS = 3_600_000;

/** How one process reaches Microsoft 365: every request, and every token that is fetched, is a call. */
export function wireOf(process: SimProcess, boundary: Boundary, clock: Clock, tenant: SimTenant): Wire {
  return (app) => {
    const { transport } = tenant;
    const { acquireToken } = tenant.connection(app);
    let kept: { readonly token: string; readonly until: number } | undefined;
    return {
      transport: {
        send: (order) =>
          boundary.pass(process, {
            name: `graph.${order.method}`,
            kind: 'request',
            about: pathOf(order.url),
            ...askedBy(order),
            act: async (shown) => {
              tenant.trouble = shown && hookOf(shown, order.method);
              const sent = transport.send(order);
              // It was for this request alone.
              tenant.trouble = undefined;
              const received = await sent;
              process.atDeath(() => received.body.destroy());
              return received;
            },
          }),
        close: async () => undefined,
      },
      async acquireToken(fresh) {
        if (!fresh && kept !== undefined && kept.until > clock.now()) return kept.token;
        const token = await boundary.pass(process, {
          name: `entra.token`,
          kind: 'key',
          about: app,
          act: async (shown) => {
            if (shown !== undefined) throw noAnswer();
            if (acquireToken === undefined) throw new TypeError('The tenant gives no tokens');
            return acquireToken(fresh);
          },
        });
        kept = { token, until: clock.now() + TOKEN_KEPT_MS };
        return token;
      },
    };
  };
}

const noAnswer = (): Fault => new Fault('unavailable', 'The sign-in service does not answer', { origin: 'graph' });

/** The request meets it, or, where only parts of a batch can, the first of them that does. */
function hookOf(shown: Shown, method: string): TroubleHook {
  const { fault } = shown;
  let isOver = false;
  return (call) => {
    if (isOver) return undefined;
    const troubles = isTrouble(fault) ? troublesFor(fault, call) : plainTroubles({ ...shown, fault }, method);
    isOver = troubles.some(({ kind }) => kind !== 'delay');
    return troubles;
  };
}

/** What a request is; nothing where the tenant does not know it. */
function askedBy({ method, url, body }: SentRequest): { readonly asked?: Asked } {
  const parsed = new URL(url);
  const isGraph = parsed.origin === GRAPH;
  const route = isGraph ? graphRoute(method, parsed.pathname.slice('/v1.0'.length)) : contentRoute(method, parsed);
  if (route === undefined) return {};
  const parts = route.operation === 'batch' && typeof body === 'string' ? batchParts(body) : [];
  return {
    asked: {
      operation: route.operation,
      parts: parts.flatMap((part) => graphRoute(part.method, part.path)?.operation ?? []),
    },
  };
}

interface ShownPlain extends Shown {
  readonly fault: Exclude<Shown['fault'], TroubleName>;
}

function plainTroubles({ fault, ms }: ShownPlain, method: string): readonly Trouble[] {
  switch (fault) {
    case 'fail-before':
      return [{ kind: 'reset' }];
    case 'fail-after':
      return [{ kind: 'lostAnswer' }];
    case 'refuse':
      return [{ kind: 'status', status: 503 }];
    case 'throttle':
      return [{ kind: 'status', status: 429, retryAfter: Math.ceil(ms / 1000) }];
    case 'corrupt':
      return [method === 'GET' ? { kind: 'wrongBytes' } : { kind: 'html' }];
    case 'twice':
    case 'never':
    case 'cut-list':
      return [];
  }
}

const pathOf = (url: string): string => (URL.canParse(url) ? new URL(url).pathname : url);
