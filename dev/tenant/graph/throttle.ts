import type { ThrottleOptions } from '../options.ts';
import { GraphError, type Call } from './call.ts';

/** Held while a request is worked on. */
export interface Admission {
  /** Rate headers to add to the answer. */
  headers(): Record<string, string>;
  leave(): void;
}

interface Window {
  readonly limit: number;
  readonly ms: number;
  used: number;
  startedAt: number;
}

interface ForcedThrottle {
  readonly match: RegExp;
  readonly status: 429 | 503;
  /** Seconds, or an HTTP date. */
  readonly retryAfter: string;
  left: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
export const SHAREPOINT_BANDS = [
  { licences: 1_000, perMinute: 1_250, perDay: 1_200_000 },
  { licences: 5_000, perMinute: 2_500, perDay: 2_400_000 },
  { licences: 15_000, perMinute: 3_750, perDay: 3_600_000 },
  { licences: 50_000, perMinute: 5_000, perDay: 4_800_000 },
  { licences: Infinity, perMinute: 6_250, perDay: 6_000_000 },
] as const;

/** Budgets as published in graph-limits.json. Refused calls cost as much as answered ones. */
export class Throttle {
  #options: ThrottleOptions;
  readonly #sameMailbox: (name: string) => string;
  readonly #windows = new Map<string, Window>();
  readonly #inFlight = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  #forced: ForcedThrottle[] = [];
  /** What was told to wait, and until when. */
  #waiting: { readonly match: RegExp; readonly until: number }[] = [];
  #highestInFlight = 0;

  constructor(options: ThrottleOptions, sameMailbox: (name: string) => string) {
    this.#options = options;
    this.#sameMailbox = sameMailbox;
  }

  get options(): ThrottleOptions {
    return this.#options;
  }

  configure(options: Partial<ThrottleOptions>): void {
    this.#options = { ...this.#options, ...options };
    this.#windows.clear();
  }

  /** Refuses the next `count` matching requests whatever the budgets say. */
  force(count: number, retryAfter: string, match = '.*', status: 429 | 503 = 429): void {
    this.#forced.push({ match: new RegExp(match, 'i'), status, retryAfter, left: count });
  }

  /** Admits the request or throws the documented refusal. */
  enter(call: Call): Admission {
    this.#forcedRefusal(call);
    const mailbox = mailboxOf(call);
    if (mailbox !== undefined) return this.#enterMailbox(call, `${call.caller.appId}/${this.#sameMailbox(mailbox)}`);
    if (/^\/drives\/|\/drives?(\/|$)/.test(call.match.rule.path)) return this.#enterSharePoint(call);
    return { headers: () => ({}), leave: () => undefined };
  }

  /** Import links count as uploads to the mailbox although they carry no token. */
  spendMailboxUpload(app: string, userId: string, bytes: number): void {
    if (!this.#options.enabled) return;
    const scope = `${app}/${userId}`;
    this.#spend(`mailbox ${scope} requests`, this.#options.outlookRequestsPer10Min, 10 * MINUTE, 1);
    this.#spend(`mailbox ${scope} upload`, this.#options.outlookUploadBytesPer5Min, 5 * MINUTE, bytes);
  }

  counters(): Record<string, unknown> {
    return {
      refused: Object.fromEntries(this.#refused),
      highestMailboxConcurrency: this.#highestInFlight,
      windows: Object.fromEntries(
        [...this.#windows].map(([name, window]) => [name, { used: window.used, limit: window.limit }]),
      ),
    };
  }

  #forcedRefusal(call: Call): void {
    const now = Date.now();
    this.#waiting = this.#waiting.filter(({ until }) => until > now);
    if (this.#waiting.some(({ match }) => match.test(`${call.method} ${call.path}`))) this.#count('before Retry-After');
    const forced = this.#forced.find((entry) => entry.match.test(`${call.method} ${call.path}`));
    if (forced === undefined) return;
    forced.left -= 1;
    this.#forced = this.#forced.filter((entry) => entry.left > 0);
    this.#count('forced');
    const seconds = Number(forced.retryAfter);
    const until = Number.isNaN(seconds) ? Date.parse(forced.retryAfter) : now + seconds * 1000;
    this.#waiting.push({ match: forced.match, until });
    throw new GraphError(
      forced.status,
      forced.status === 503 ? 'serviceNotAvailable' : 'TooManyRequests',
      'Please retry again later.',
      { headers: { 'Retry-After': forced.retryAfter } },
    );
  }

  #enterMailbox(call: Call, scope: string): Admission {
    if (!this.#options.enabled) return { headers: () => ({}), leave: () => undefined };
    const { outlookConcurrency, outlookRequestsPer10Min, outlookUploadBytesPer5Min } = this.#options;
    const running = this.#inFlight.get(scope) ?? 0;
    this.#spend(`mailbox ${scope} requests`, outlookRequestsPer10Min, 10 * MINUTE, 1);
    const length = ['POST', 'PATCH', 'PUT'].includes(call.method) ? Number(call.headers['content-length'] ?? 0) : 0;
    if (length > 0) this.#spend(`mailbox ${scope} upload`, outlookUploadBytesPer5Min, 5 * MINUTE, length);
    if (running >= outlookConcurrency) {
      this.#count('mailbox concurrency');
      throw new GraphError(429, 'ApplicationThrottled', 'Application is over its MailboxConcurrency limit.', {
        headers: { 'Retry-After': '1' },
      });
    }
    this.#inFlight.set(scope, running + 1);
    this.#highestInFlight = Math.max(this.#highestInFlight, running + 1);
    return { headers: () => ({}), leave: () => this.#inFlight.set(scope, (this.#inFlight.get(scope) ?? 1) - 1) };
  }

  #enterSharePoint(call: Call): Admission {
    if (!this.#options.enabled) return { headers: () => ({}), leave: () => undefined };
    const band =
      SHAREPOINT_BANDS.find((candidate) => this.#options.licences <= candidate.licences) ?? SHAREPOINT_BANDS[4];
    const cost = resourceUnits(call);
    const app = call.caller.appId;
    this.#spend(`sharepoint ${app} day`, band.perDay, DAY, cost);
    const window = this.#spend(`sharepoint ${app} minute`, band.perMinute, MINUTE, cost);
    return { headers: () => rateHeaders(window, this.#secondsLeft(window)), leave: () => undefined };
  }

  #spend(name: string, limit: number, ms: number, cost: number): Window {
    const now = Date.now() * this.#options.compression;
    let window = this.#windows.get(name);
    if (window === undefined || now - window.startedAt >= ms) {
      window = { limit, ms, used: 0, startedAt: now };
      this.#windows.set(name, window);
    }
    window.used += cost;
    if (window.used > limit) {
      this.#count(name.replace(/ \S*-\S*/, ''));
      const seconds = this.#secondsLeft(window);
      throw new GraphError(
        429,
        name.startsWith('sharepoint') ? 'activityLimitReached' : 'TooManyRequests',
        'The app has exceeded its limit. Please retry again later.',
        {
          headers: { 'Retry-After': String(seconds), ...rateHeaders(window, seconds) },
        },
      );
    }
    return window;
  }

  #secondsLeft(window: Window): number {
    const left = window.startedAt + window.ms - Date.now() * this.#options.compression;
    return Math.max(1, Math.ceil(left / this.#options.compression / 1000));
  }

  #count(reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
  }
}

function rateHeaders(window: Window, seconds: number): Record<string, string> {
  if (window.used < window.limit * 0.8) return {};
  return {
    'RateLimit-Limit': String(window.limit),
    'RateLimit-Remaining': String(Math.max(0, window.limit - window.used)),
    'RateLimit-Reset': String(seconds),
  };
}

/** The mailbox a request talks to, whichever of the two surfaces it uses. */
function mailboxOf(call: Call): string | undefined {
  const path = call.match.rule.path;
  if (/^\/users\/\{user-id\}\/(mail|messages|sendMail|translateExchangeIds)/.test(path))
    return call.match.parameters[0];
  if (path.startsWith('/admin/exchange/mailboxes/')) return call.match.parameters[0];
  return undefined;
}

/** SharePoint's price list. */
function resourceUnits(call: Call): number {
  const path = call.match.rule.path;
  if (/permissions|invite|createLink|grant/.test(path) || (call.query.get('$expand') ?? '').includes('permissions'))
    return 5;
  if (call.method !== 'GET') return 2;
  if (path.includes('delta'))
    return call.query.has('token') || call.query.has('$skiptoken') || path.includes('token=') ? 1 : 2;
  return /children|versions$|drives$/.test(path) ? 2 : 1;
}
