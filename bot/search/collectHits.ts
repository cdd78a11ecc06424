import type { SearchHit } from '../../engine/search/searchPoints.ts';

export interface Collected {
  readonly hits: readonly SearchHit[];
  /** There may be more than what was taken. */
  readonly more: boolean;
}

/** Takes hits until there are `most` or `ms` of the reader's patience are over; then closes the search. */
export async function collectHits(
  hits: AsyncIterable<SearchHit>,
  fits: (hit: SearchHit) => boolean,
  most: number,
  ms: number,
): Promise<Collected> {
  const found: SearchHit[] = [];
  const iterator = hits[Symbol.asyncIterator]();
  const over = Promise.withResolvers<'over'>();
  const timer = setTimeout(() => over.resolve('over'), ms);
  try {
    for (;;) {
      const next = iterator.next();
      const step = await Promise.race([next, over.promise]);
      if (step === 'over') {
        // Whoever waits for the next hit is let go; what it brings is not wanted any more.
        void next.then(() => iterator.return?.(undefined)).catch(() => undefined);
        return { hits: found, more: true };
      }
      if (step.done === true) return { hits: found, more: false };
      if (!fits(step.value)) continue;
      if (found.length === most) {
        await iterator.return?.(undefined);
        return { hits: found, more: true };
      }
      found.push(step.value);
    }
  } finally {
    clearTimeout(timer);
  }
}
