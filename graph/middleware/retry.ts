import type { Context, Middleware } from '@microsoft/microsoft-graph-client';
import { Fault, isFault } from '../../engine/fault.ts';
import { callOf, type Call } from '../call.ts';
import { toFault } from '../faults.ts';
import type { Pacing } from '../pacing/lane.ts';
import type { Clock, Log, Random } from '../surroundings.ts';

const TRIES_WHEN_UNAVAILABLE = 4;
const TRIES_WHEN_THROTTLED = 6;
const FIRST_PAUSE_MS = 400;
/** What a throttle without a time costs at least; `Retry-After: 0` must not make a loop without a pause. */
const SHORTEST_BLOCK_MS = 250;

/**
 * Passing troubles get a few more tries here, short and bounded; what stays leaves as a Fault. A throttle blocks the
 * whole scope first: the lane then either waits it out, when it is short, or ends the call with Fault `throttled`.
 * Writes that may have had an effect are never repeated.
 */
export function retry(pacing: Pacing, clock: Clock, random: Random, log: Log): Middleware {
  let next: Middleware | undefined;
  const attempt = async (context: Context, call: Call): Promise<Fault | undefined> => {
    try {
      await next?.execute(context);
    } catch (error) {
      if (isFault(error, 'unavailable')) return error;
      throw error;
    }
    const answer = call.answer;
    if (answer === undefined) throw new TypeError('A request ended without an answer');
    if (answer.status < 400) return undefined;
    const { what, scope, method } = call;
    const isWrite = method !== 'GET' && !call.repeatable;
    return toFault({ ...answer, body: answer.bytes.toString('utf8'), what, scope, now: clock.now(), isWrite });
  };

  return {
    async execute(context) {
      const call = callOf(context);
      for (let failures = 0, throttles = 0; ;) {
        const fault = await attempt(context, call);
        if (fault === undefined) return;
        if (fault.kind === 'throttled') {
          throttles += 1;
          const pause = Math.max(SHORTEST_BLOCK_MS, fault.retryAfterMs ?? 1_000 * 2 ** (throttles - 1));
          await pacing.block(call.scope, pause);
          log.info('graph.throttled', { scope: call.scope, pauseMs: pause, code: fault.code ?? fault.status ?? '' });
          if (throttles < TRIES_WHEN_THROTTLED) continue;
          throw new Fault('throttled', fault.message, {
            origin: 'graph',
            scope: call.scope,
            retryAfterMs: Math.max(pause, 30_000),
            cause: fault,
          });
        }
        if (fault.kind !== 'unavailable') throw fault;
        // A gateway that names a time means it as a throttle does.
        if (fault.retryAfterMs !== undefined) await pacing.block(call.scope, fault.retryAfterMs);
        if (fault.outcomeUnknown) throw fault;
        failures += 1;
        if (failures >= TRIES_WHEN_UNAVAILABLE) throw fault;
        const pause = FIRST_PAUSE_MS * 2 ** (failures - 1);
        await clock.sleep(pause * spread(random), call.signal);
      }
    },
    setNext: (middleware) => (next = middleware),
  };
}

/** From three to five quarters, so that those who failed together do not come back together. */
const spread = (random: Random): number => 0.75 + (random.bytes(1)[0] ?? 0) / 512;
