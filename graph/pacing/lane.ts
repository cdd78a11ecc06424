import { Fault } from '../../engine/fault.ts';
import type { Priority, Scope } from '../call.ts';
import type { Headers } from '../retryAfter.ts';
import type { Clock, LeaseRows } from '../surroundings.ts';

export interface Turn {
  readonly scope: Scope;
  readonly priority: Priority;
  readonly signal: AbortSignal;
  /** Units of the scope's budget. */
  readonly cost: number;
  readonly uploadBytes: number;
}

/**
 * Who may call Microsoft 365, and when. No call enters a blocked scope before its time, in any process that shares the
 * lease rows.
 */
export interface Pacing {
  /**
   * Waits for a place in the scope's lane, at most a few seconds, and answers how to give it back (once or more often).
   * Fault `throttled` with scope and time when the wait would be longer.
   */
  enter(turn: Turn): Promise<() => void>;
  /** The service asked `scope` to wait. Durable before it answers. */
  block(scope: Scope, forMs: number): Promise<void>;
  /** Looks at the budget headers of an answer. */
  saw(scope: Scope, headers: Headers): void;
}

/** One scope's lane. */
export interface Lane {
  enter(turn: Turn): Promise<() => void>;
  block(untilMs: number): Promise<void>;
  saw(headers: Headers): void;
}

export interface PacingOptions {
  readonly clock: Clock;
  /** The app whose budget this is: each app registration has its own. */
  readonly clientId: string;
  /** Without rows this process paces itself alone. */
  readonly rows?: LeaseRows;
  /** Names this process in leases. */
  readonly holder: string;
  /** Is the process behind that name known to be gone? Its leases count as expired. */
  readonly isDead?: (holder: string) => boolean;
  /**
   * Licences of the tenant: they decide SharePoint's band. Asked with the first call to SharePoint and now and then later;
   * undefined, or no answer to ask for: smallest band. Must not itself wait for the lane of SharePoint.
   */
  readonly licences?: () => Promise<number | undefined>;
  /** Waits up to this are slept through; longer ones end the call. */
  readonly patienceMs?: number;
}

/** What every lane needs. */
export interface LaneContext extends PacingOptions {
  readonly partition: string;
  readonly patienceMs: number;
}

/** Sleeps until `untilMs` when that is near; Fault `throttled` when it is not. */
export async function waitFor(
  untilMs: number,
  scope: Scope,
  signal: AbortSignal,
  { clock, patienceMs }: LaneContext,
): Promise<void> {
  const wait = untilMs - clock.now();
  if (wait <= 0) return;
  if (wait > patienceMs)
    throw new Fault('throttled', `Microsoft 365 asks to wait before the next call to ${scope}`, {
      origin: 'graph',
      scope,
      retryAfterMs: wait,
    });
  await clock.sleep(wait, signal);
}
