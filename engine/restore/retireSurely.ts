import type { Connector, Existing, RestoreContext } from '../connector.ts';
import { isFault } from '../fault.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Clock } from '../ports/clock.ts';

/** How often a service is asked for one thing before its silence counts. */
export const attemptsPerItem = 4;
/** How long (ms) to wait after that many attempts without an answer. */
export const pauseAfter = (attempts: number): number => 1_000 * 2 ** attempts;

/**
 * Moves what was replaced out of the way, in as many tries as a write gets: asking again does no harm. What is not there
 * any more is out of the way.
 */
export async function retireSurely(
  { connector, place }: { readonly connector: Connector; readonly place: ProtectedResource },
  existing: Existing,
  clock: Clock,
  context: RestoreContext,
): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await connector.restore.retire(place, existing, context);
    } catch (error) {
      if (isFault(error, 'not-found')) return;
      if (!isFault(error, 'unavailable') || attempts === attemptsPerItem) throw error;
      await clock.sleep(pauseAfter(attempts), context.signal);
    }
  }
}
