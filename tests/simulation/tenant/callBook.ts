import type { App, LoggedCall, Operation, TenantCall } from './calls.ts';
import type { Reply } from './graph/request.ts';
import type { Route } from './graph/routes.ts';

interface Asked {
  readonly app: App;
  readonly method: string;
  readonly target: string;
  readonly isWrite: boolean;
  /** What else tells it from others: the body, or the query of a link. */
  readonly body: string;
  readonly batch?: number;
}

/** A line of the log while it is written. */
export class Entry implements LoggedCall {
  readonly number: number;
  readonly operation: Operation;
  readonly app: App;
  readonly method: string;
  readonly target: string;
  readonly scope: string;
  readonly resource?: string;
  readonly item?: string;
  readonly isWrite: boolean;
  readonly batch?: number;
  readonly at: number;
  readonly inFlight: number;
  outcome: number | 'broken' | 'open' = 'open';
  troubles: readonly string[] = [];
  hidden: readonly string[] = [];
  answeredAt?: number;
  readonly #body: string;
  readonly #before: readonly Entry[];

  constructor(route: Route, asked: Asked, before: readonly Entry[], at: number, inFlight: number) {
    this.number = before.length + 1;
    this.operation = route.operation;
    this.app = asked.app;
    this.method = asked.method;
    this.target = asked.target;
    this.scope = route.scope;
    if (route.resource !== undefined) this.resource = route.resource;
    if (route.item !== undefined) this.item = route.item;
    this.isWrite = asked.isWrite;
    if (asked.batch !== undefined) this.batch = asked.batch;
    this.at = at;
    this.inFlight = inFlight;
    this.#body = asked.body;
    this.#before = before;
  }

  get attempt(): number {
    let count = 1;
    for (const one of this.#before) {
      if (one === this) break;
      if (one.target === this.target && one.method === this.method && one.#body === this.#body) count += 1;
    }
    return count;
  }
}

/** That a scope was asked to wait. */
interface Block {
  readonly from: number;
  readonly until: number;
}

/** Microsoft's limit for one app and one mailbox. */
const MOST_IN_FLIGHT = 4;
const WANTS_IMMUTABLE_IDS =
  /^(mailFolders|messages|attachments|exchangeIds|mailboxSettings)\.|^exchange\.(export|create)/;

/** Everything that was asked, and whether it was asked as it should be. */
export class CallBook {
  readonly calls: Entry[] = [];
  readonly violations: string[] = [];
  readonly #now: () => number;
  readonly #inFlight = new Map<string, number>();
  readonly #blocks = new Map<string, Block>();
  /** Parts of a batch that were told to wait, by its number, until it is answered. */
  readonly #waits = new Map<number, readonly { readonly entry: Entry; readonly wait: number }[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  open(route: Route, asked: Asked): Entry {
    const lane = `${asked.app} ${route.scope}`;
    const isCounted = asked.batch === undefined && route.scope.startsWith('mailbox/');
    const inFlight = (this.#inFlight.get(lane) ?? 0) + (isCounted ? 1 : 0);
    if (isCounted) this.#inFlight.set(lane, inFlight);
    const entry = new Entry(route, asked, this.calls, this.#now(), inFlight);
    this.calls.push(entry);
    if (inFlight > MOST_IN_FLIGHT) this.#violation(entry, `${inFlight} requests in flight for one mailbox`);
    if (asked.batch === undefined) this.#checkBlock(entry, lane);
    return entry;
  }

  checkHeaders(entry: TenantCall, headers: Readonly<Record<string, string>>, isGraph: boolean): void {
    const hasToken = headers['authorization'] !== undefined;
    if (isGraph !== hasToken)
      this.#violation(entry, isGraph ? 'carries no token' : 'carries a token to a link that needs none');
    if (WANTS_IMMUTABLE_IDS.test(entry.operation) && !/idtype="immutableid"/i.test(headers['prefer'] ?? ''))
      this.#violation(entry, 'does not ask for immutable ids');
  }

  /**
   * The answer is on its way to who asked; `isWhole`: its body can be read. That part of a batch has to wait is known to
   * who can read the answer to the batch.
   */
  answered(entry: Entry, { status, headers }: Reply, isWhole: boolean): void {
    entry.answeredAt = this.#now();
    entry.outcome = status;
    const wait = status === 429 || status === 503 ? waitOf(headers ?? {}, this.#now()) : undefined;
    if (wait !== undefined && wait > 0) {
      if (entry.batch === undefined) this.#block(entry, wait);
      else this.#waits.set(entry.batch, [...(this.#waits.get(entry.batch) ?? []), { entry, wait }]);
    }
    if (entry.operation !== 'batch') return;
    if (isWhole && status === 200)
      for (const part of this.#waits.get(entry.number) ?? []) this.#block(part.entry, part.wait);
    this.#waits.delete(entry.number);
  }

  #block({ app, scope }: Entry, wait: number): void {
    const lane = `${app} ${scope}`;
    const until = Math.max(this.#now() + wait, this.#blocks.get(lane)?.until ?? 0);
    this.#blocks.set(lane, { from: this.#now(), until });
  }

  /** The request is over: its answer was read, or there is none. */
  close(entry: Entry, outcome: number | 'broken'): void {
    entry.outcome = outcome;
    if (entry.batch !== undefined || !entry.scope.startsWith('mailbox/')) return;
    const lane = `${entry.app} ${entry.scope}`;
    this.#inFlight.set(lane, (this.#inFlight.get(lane) ?? 1) - 1);
  }

  /** Answers take no time here: who asks in the moment in which the scope is told to wait was on the way already. */
  #checkBlock(entry: Entry, lane: string): void {
    const block = this.#blocks.get(lane);
    if (block === undefined || entry.at >= block.until) return;
    if (entry.at > block.from)
      this.#violation(
        entry,
        `came ${block.until - entry.at} ms before the time that ${entry.scope} was asked to wait for`,
      );
  }

  #violation({ number, operation, target }: TenantCall, what: string): void {
    this.violations.push(`call ${number} ${operation} ${target.slice(0, 120)}: ${what}`);
  }
}

const LONGEST_WAIT_MS = 86_400_000;

/** What `Retry-After` asks for, read here once more: whoever misreads it must not be judged by the same reading. */
function waitOf(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  const named = headers['date'] === undefined ? now : Date.parse(headers['date']);
  const wait = /^\d+(\.\d+)?$/.test(text) ? Math.ceil(Number(text) * 1000) : Date.parse(text) - named;
  return Number.isNaN(wait) ? undefined : Math.min(LONGEST_WAIT_MS, Math.max(0, wait));
}
