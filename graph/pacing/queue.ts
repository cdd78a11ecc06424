import { Fault } from '../../engine/fault.ts';
import type { Priority } from '../call.ts';

const order: Record<Priority, number> = { restore: 0, incremental: 1, first: 2 };

/** A fixed number of places; who waits longest with the best priority comes next. */
export interface Places {
  /** Answers how to give the place back; doing so twice is harmless. Fault `cancelled` when `signal` fires first. */
  take(priority: Priority, signal: AbortSignal): Promise<() => void>;
}

export function createPlaces(count: number): Places {
  let free = count;
  const waiting: { readonly rank: number; readonly start: () => void }[] = [];

  const give = () => {
    free += 1;
    const next = waiting.shift();
    if (next !== undefined) next.start();
  };
  const occupied = () => {
    free -= 1;
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      give();
    };
  };

  return {
    take(priority, signal) {
      if (signal.aborted) return Promise.reject(cancelled());
      if (free > 0) return Promise.resolve(occupied());
      return new Promise((resolve, reject) => {
        const waiter = {
          rank: order[priority],
          start: () => {
            signal.removeEventListener('abort', onAbort);
            resolve(occupied());
          },
        };
        const onAbort = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          reject(cancelled());
        };
        signal.addEventListener('abort', onAbort, { once: true });
        const behind = waiting.findIndex((other) => other.rank > waiter.rank);
        waiting.splice(behind === -1 ? waiting.length : behind, 0, waiter);
      });
    },
  };
}

const cancelled = () => new Fault('cancelled', 'The call was cancelled before its turn');

const LARGEST_SHARE = 0.99;

/** Counts what happened in the last `windowMs`, in steps of a sixtieth of it. */
export interface Window {
  /** When `amount` more fits under `limit`: a time, now or later. */
  fitsAt(amount: number, limit: number, now: number): number;
  add(amount: number, now: number): void;
}

export function createWindow(windowMs: number): Window {
  const stepMs = windowMs / 60;
  let steps: { readonly at: number; amount: number }[] = [];
  return {
    fitsAt(amount, limit, now) {
      steps = steps.filter((step) => step.at + windowMs > now);
      let used = steps.reduce((sum, step) => sum + step.amount, 0);
      // What is larger than all of it goes alone; the little that came before, such as a question, does not hold it up for ever.
      const wanted = Math.min(amount, limit * LARGEST_SHARE);
      if (used + wanted <= limit) return now;
      for (const step of steps) {
        used -= step.amount;
        if (used + wanted <= limit) return step.at + windowMs;
      }
      return now + windowMs;
    },
    add(amount, now) {
      const at = Math.ceil(now / stepMs) * stepMs;
      const last = steps.at(-1);
      if (last !== undefined && last.at === at) last.amount += amount;
      else steps.push({ at, amount });
    },
  };
}
