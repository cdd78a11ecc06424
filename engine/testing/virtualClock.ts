import type { Clock } from '../ports/clock.ts';
import { Fault } from '../fault.ts';

export interface VirtualClockOptions {
  /** Where time starts; default 2026-03-01T00:00:00Z. */
  readonly startAt?: string;
  /**
   * `jump` (default): a sleep moves time to its end at once. `wait`: a sleep lasts until somebody calls `advance`.
   */
  readonly sleeps?: 'jump' | 'wait';
}

export interface VirtualClock extends Clock {
  /** Moves time on by `ms` and wakes whoever is due, in order, letting each run on before the next. */
  advance(ms: number): Promise<void>;
  /** Sets time without waking anybody, backwards too: a clock that was put right. */
  set(now: number): void;
  /** Another clock that shows the same time now; whoever sleeps by this one goes on doing so. */
  fork(): VirtualClock;
  /** How many sleep at the moment. */
  readonly sleepers: number;
  /** Every sleep that was asked for, in milliseconds. */
  readonly slept: readonly number[];
}

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** Time that moves only when told to. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  let now = Date.parse(options.startAt ?? '2026-03-01T00:00:00Z');
  const sleepers = new Set<Sleeper>();
  const slept: number[] = [];

  const nextDue = (until: number): Sleeper | undefined => {
    let next: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (sleeper.until <= until && (next === undefined || sleeper.until < next.until)) next = sleeper;
    }
    return next;
  };

  return {
    now: () => now,

    sleep(ms, signal) {
      slept.push(ms);
      if (signal?.aborted) return Promise.reject(cancelled());
      if (options.sleeps !== 'wait') {
        now += Math.max(0, ms);
        return Promise.resolve();
      }
      return new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          sleepers.delete(sleeper);
          reject(cancelled());
        };
        const sleeper: Sleeper = {
          until: now + Math.max(0, ms),
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', stop);
            resolve();
          },
        };
        signal?.addEventListener('abort', stop, { once: true });
        sleepers.add(sleeper);
      });
    },

    async advance(ms) {
      const until = now + ms;
      await settle();
      for (let due = nextDue(until); due; due = nextDue(until)) {
        now = Math.max(now, due.until);
        due.wake();
        await settle();
      }
      now = Math.max(now, until);
    },

    set(to) {
      now = to;
    },

    fork: () => virtualClock({ ...options, startAt: new Date(now).toISOString() }),

    get sleepers() {
      return sleepers.size;
    },
    slept,
  };
}

const cancelled = (): Fault => new Fault('cancelled', 'The wait was cancelled');

/** Lets promises that need no real input or output run on. 200 turns are far more than any chain of ours is long. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}
