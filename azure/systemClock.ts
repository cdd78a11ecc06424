import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '../engine/fault.ts';
import type { Clock } from '../engine/ports/clock.ts';

/** This machine's clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal ? { signal } : {});
    } catch (cause) {
      throw new Fault('cancelled', 'The wait was cancelled', { cause });
    }
  },
};
