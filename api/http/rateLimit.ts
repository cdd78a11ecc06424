/** Allowance of one caller: so many calls at once, so many a second after that. */
export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

const MOST_CALLERS = 10_000;

/**
 * One bucket per caller and purpose, in this process. `take` answers 0 when the call may go on, else the seconds to wait.
 * It keeps one person from starving the others; it is no billing and no protection from a flood of connections.
 */
export function rateLimit(now: () => number): { take(key: string, allowance: Allowance): number } {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(key, { burst, perSecond }) {
      const at = now();
      const bucket = buckets.get(key) ?? { left: burst, at };
      const left = Math.min(burst, bucket.left + ((at - bucket.at) / 1000) * perSecond);
      // Put last, so that the first entry is the one that was quiet for longest.
      buckets.delete(key);
      buckets.set(key, { left: left < 1 ? left : left - 1, at });
      if (buckets.size > MOST_CALLERS) for (const [oldest] of buckets.entries().take(1)) buckets.delete(oldest);
      return left < 1 ? Math.ceil((1 - left) / perSecond) : 0;
    },
  };
}
