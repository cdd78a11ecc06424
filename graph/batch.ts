import { z } from 'zod';
import { Fault } from '../engine/fault.ts';
import { pathWithoutIds, type Answer } from './call.ts';
import { toFault } from './faults.ts';
import type { BatchAnswer, BatchRequest, CallContext } from './graph.ts';
import { preferOf } from './middleware/decorate.ts';
import { costOf } from './pacing/costs.ts';
import type { Pacing } from './pacing/lane.ts';
import type { Headers } from './retryAfter.ts';
import type { Clock } from './surroundings.ts';

export const BATCH_LIMIT = 20;
const ROUNDS = 5;

const batchShape = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.number(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown(),
    }),
  ),
});

interface BatchDeps {
  readonly pacing: Pacing;
  readonly clock: Clock;
  readonly base: string;
  readonly send: (body: string, cost: number) => Promise<Answer>;
}

/**
 * Sends up to 20 requests as one. The outer 200 hides what happened inside: each throttled inner request blocks the
 * scope for its own Retry-After and is sent again with the others that were throttled, a bounded number of times.
 */
export async function batchOf(
  requests: readonly BatchRequest[],
  { scope }: CallContext,
  { pacing, clock, base, send }: BatchDeps,
): Promise<readonly BatchAnswer[]> {
  if (requests.length > BATCH_LIMIT) throw new RangeError(`A batch takes at most ${BATCH_LIMIT} requests`);
  const answers = new Map<string, BatchAnswer>();
  let open = requests;
  for (let round = 1; open.length > 0; round++) {
    const cost = open.reduce((sum, request) => sum + costOf(request.method, base + request.url), 0);
    const { responses } = batchShape.parse(
      JSON.parse((await send(JSON.stringify({ requests: open.map(wire) }), cost)).bytes.toString('utf8')),
    );
    const throttled: BatchRequest[] = [];
    let pause = 0;
    for (const request of open) {
      const response = responses.find(({ id }) => id === request.id);
      if (response === undefined) {
        answers.set(request.id, {
          id: request.id,
          ok: false,
          fault: new Fault('unavailable', 'A batch left out an answer', { origin: 'graph' }),
        });
        continue;
      }
      if (response.status < 400) {
        answers.set(request.id, { id: request.id, ok: true, body: response.body });
        continue;
      }
      const fault = toFault({
        status: response.status,
        headers: lowerCase(response.headers ?? {}),
        body: typeof response.body === 'string' ? response.body : JSON.stringify(response.body ?? ''),
        what: `${request.method} ${pathWithoutIds(base + request.url)}`,
        scope,
        now: clock.now(),
        isWrite: request.method !== 'GET',
      });
      answers.set(request.id, { id: request.id, ok: false, fault });
      if (fault.kind === 'throttled') {
        throttled.push(request);
        pause = Math.max(pause, fault.retryAfterMs ?? 1_000 * round);
      }
    }
    open = throttled;
    if (open.length > 0) {
      await pacing.block(scope, Math.max(250, pause));
      if (round === ROUNDS) break;
    }
  }
  return requests.map(({ id }) => {
    const answer = answers.get(id);
    if (answer === undefined) throw new TypeError(`Request ${id} of a batch has no outcome`);
    return answer;
  });
}

function wire({ id, method, url, body }: BatchRequest) {
  const prefer = preferOf(url, []);
  const headers = {
    ...(prefer === undefined ? {} : { Prefer: prefer }),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  };
  return {
    id,
    method,
    url,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  };
}

const lowerCase = (headers: Readonly<Record<string, string>>): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
