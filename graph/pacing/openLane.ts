import type { Scope } from '../call.ts';
import { changeRow, numberIn } from './leaseRow.ts';
import { waitFor, type Lane, type LaneContext } from './lane.ts';
import { createPlaces } from './queue.ts';

const IN_FLIGHT = 4;
const READ_AGAIN_MS = 5_000;

/** A lane without a budget of ours (the directory's is far above what discovery asks); it only keeps blocks. */
export function createOpenLane(scope: Scope, context: LaneContext): Lane {
  const { clock } = context;
  const places = createPlaces(IN_FLIGHT);
  let blockedUntil = 0;
  let readAt = -Infinity;

  return {
    async enter({ priority, signal }) {
      if (clock.now() - readAt > READ_AGAIN_MS) {
        readAt = clock.now();
        await changeRow(scope, context, (row) => {
          blockedUntil = Math.max(blockedUntil, numberIn(row, 'blockedUntil'));
          return undefined;
        });
      }
      const leave = await places.take(priority, signal);
      try {
        await waitFor(blockedUntil, scope, signal, context);
        return leave;
      } catch (error) {
        leave();
        throw error;
      }
    },
    async block(untilMs) {
      blockedUntil = Math.max(blockedUntil, untilMs);
      await changeRow(scope, context, (row) => ({
        blockedUntil: Math.max(blockedUntil, numberIn(row, 'blockedUntil')),
      }));
    },
    saw: () => undefined,
  };
}
