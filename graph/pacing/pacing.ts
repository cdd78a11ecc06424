import type { Scope } from '../call.ts';
import type { Lane, LaneContext, Pacing, PacingOptions } from './lane.ts';
import { createMailboxLane } from './mailboxLane.ts';
import { createOpenLane } from './openLane.ts';
import { createSharepointLane } from './sharepointLane.ts';

export function createPacing(options: PacingOptions): Pacing {
  const context: LaneContext = {
    ...options,
    partition: `pacing/${options.clientId}`,
    patienceMs: options.patienceMs ?? 5_000,
  };
  const lanes = new Map<Scope, Lane>();
  const laneOf = (scope: Scope): Lane => {
    const known = lanes.get(scope);
    if (known !== undefined) return known;
    const lane = makeLane(scope, context);
    lanes.set(scope, lane);
    return lane;
  };
  return {
    enter: (turn) => laneOf(turn.scope).enter(turn),
    block: (scope, forMs) => laneOf(scope).block(options.clock.now() + forMs),
    saw: (scope, headers) => laneOf(scope).saw(headers),
  };
}

function makeLane(scope: Scope, context: LaneContext): Lane {
  if (scope.startsWith('mailbox/')) return createMailboxLane(scope, context);
  return scope === 'sharepoint' ? createSharepointLane(context) : createOpenLane(scope, context);
}
