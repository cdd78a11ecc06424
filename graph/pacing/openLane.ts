import type { Scope } from '../call.ts';
import { createBlock } from './block.ts';
import { waitFor, type Lane, type LaneContext } from './lane.ts';
import { createPlaces } from './queue.ts';

const IN_FLIGHT = 4;

/**
 * A lane without a budget of ours (the directory's is far above what discovery asks); it only keeps blocks. No process
 * holds it, and its calls are few: each of them looks at the row that all processes share.
 */
export function createOpenLane(scope: Scope, context: LaneContext): Lane {
  const places = createPlaces(IN_FLIGHT);
  const block = createBlock(scope, context);

  return {
    async enter({ priority, signal }) {
      const leave = await places.take(priority, signal);
      try {
        for (;;) {
          await block.hear();
          if (block.until <= context.clock.now()) return leave;
          // Somebody may be asked for a longer pause meanwhile.
          await waitFor(block.until, scope, signal, context);
        }
      } catch (error) {
        leave();
        throw error;
      }
    },
    block: (untilMs) => block.set(untilMs),
    saw: () => undefined,
  };
}
