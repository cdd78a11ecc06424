import type { ProtectedResource } from '../../engine/model/resource.ts';
import type { SearchHit } from '../../engine/search/searchPoints.ts';

export interface Collected {
  readonly hits: readonly SearchHit[];
  /** There may be more than what was taken. */
  readonly more: boolean;
  /** Resources whose copies could not be read, each once: what they hold may be missing. */
  readonly unreadable: readonly ProtectedResource[];
}

/** A search that tells of each resource whose copy it cannot read. */
export type Look = (unreadable: (resource: ProtectedResource) => void) => AsyncIterable<SearchHit>;

/** Takes hits until there are `most` or `ms` of the reader's patience are over; then closes the search. */
export async function collectHits(
  look: Look,
  fits: (hit: SearchHit) => boolean,
  most: number,
  ms: number,
): Promise<Collected> {
  const found: SearchHit[] = [];
  const damaged = new Map<string, ProtectedResource>();
  const collected = (more: boolean): Collected => ({ hits: found, more, unreadable: [...damaged.values()] });
  const iterator = look((resource) => damaged.set(resource.id, resource))[Symbol.asyncIterator]();
  const over = Promise.withResolvers<'over'>();
  const timer = setTimeout(() => over.resolve('over'), ms);
  try {
    for (;;) {
      const next = iterator.next();
      const step = await Promise.race([next, over.promise]);
      if (step === 'over') {
        // Whoever waits for the next hit is let go; what it brings is not wanted any more.
        void next.then(() => iterator.return?.(undefined)).catch(() => undefined);
        return collected(true);
      }
      if (step.done === true) return collected(false);
      if (!fits(step.value)) continue;
      if (found.length === most) {
        await iterator.return?.(undefined);
        return collected(true);
      }
      found.push(step.value);
    }
  } finally {
    clearTimeout(timer);
  }
}
