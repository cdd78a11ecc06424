import type { Clock } from '../engine/ports/clock.ts';

/** Gives `work` a signal that fires after `ms` of `clock`, unless the work is done by then. */
export async function withinTime<T>(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(ms, done.signal).then(
    () => late.abort(),
    // The work was done in time.
    () => undefined,
  );
  try {
    return await work(late.signal);
  } finally {
    done.abort();
  }
}
