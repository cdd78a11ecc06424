import type { Wire } from '../../../api/graphs.ts';
import { Fault } from '../../../engine/fault.ts';
import type { Clock } from '../../../engine/ports/clock.ts';
import type { SimTenant } from '../tenant/simTenant.ts';
import type { Trouble } from '../tenant/trouble.ts';
import type { Boundary, Shown } from './boundary.ts';
import type { SimProcess } from './process.ts';

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
            act: async (shown) => {
              if (shown !== undefined) befall(tenant, troubleOf(shown, order.method));
              const received = await transport.send(order);
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

/** The very next request meets this; the parts of a batch do not. */
function befall(tenant: SimTenant, trouble: Trouble | undefined): void {
  tenant.trouble = () => {
    tenant.trouble = undefined;
    return trouble;
  };
}

function troubleOf({ fault, ms }: Shown, method: string): Trouble | undefined {
  switch (fault) {
    case 'fail-before':
      return { kind: 'reset' };
    case 'fail-after':
      return { kind: 'lostAnswer' };
    case 'refuse':
      return { kind: 'status', status: 503 };
    case 'throttle':
      return { kind: 'status', status: 429, retryAfter: Math.ceil(ms / 1000) };
    case 'corrupt':
      return method === 'GET' ? { kind: 'wrongBytes' } : { kind: 'html' };
    case 'twice':
    case 'never':
      return undefined;
  }
}

const pathOf = (url: string): string => (URL.canParse(url) ? new URL(url).pathname : url);
