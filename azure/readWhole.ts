import { Fault, isFault } from '../engine/fault.ts';

/** What the SDKs call an answer that ends before its end; their own retries do not reach that far. */
const brokenOff = 'PARSE_ERROR';
const mostTries = 4;

/** Repeats a read whose answer broke off half way. Everything else, waiting included, is the SDK's own affair. */
export async function readWhole<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (error) {
      if (!isFault(error, 'unavailable') || error.code !== brokenOff || tries === mostTries) throw error;
    }
  }
}

/** The Fault for a body that ended before its end. */
export const brokeOff = (what: string, cause?: unknown): Fault =>
  new Fault('unavailable', `Reading ${what} broke off`, { origin: 'storage', code: brokenOff, cause });
