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
const PAUSE_MS = 400;

const batchShape = z.object({
  responses: z.array(
    z.object({
      id: z.coerce.string(),
      status: z.number(),
      headers: z.record(z.string(), z.coerce.string()).nullish(),
      body: z.unknown().optional(),
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
 * scope for its own Retry-After and is sent again with the others that were throttled, a bounded number of times; so is a
 * read that met passing trouble. Fault `unavailable` when the answer cannot be read.
 */
export async function batchOf(
  requests: readonly BatchRequest[],
  { scope, signal }: CallContext,
  { pacing, clock, base, send }: BatchDeps,
): Promise<readonly BatchAnswer[]> {
  if (requests.length > BATCH_LIMIT) throw new RangeError(`A batch takes at most ${BATCH_LIMIT} requests`);
  const answers = new Map<string, BatchAnswer>();
  let open = requests;
  for (let round = 1; open.length > 0; round++) {
    const cost = open.reduce((sum, request) => sum + costOf(request.method, base + request.url), 0);
    const { bytes } = await send(JSON.stringify({ requests: open.map(wire) }), cost);
    const responses = responsesIn(bytes, open);
    const again: BatchRequest[] = [];
    let pause = 0;
    for (const request of open) {
      const response = responses.find(({ id }) => id === request.id);
      if (response === undefined) {
        const fault = new Fault('unavailable', 'A batch left out an answer', {
          origin: 'graph',
          outcomeUnknown: isWrite(request),
        });
        answers.set(request.id, { id: request.id, ok: false, fault });
        if (!isWrite(request)) again.push(request);
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
        isWrite: isWrite(request),
      });
      answers.set(request.id, { id: request.id, ok: false, fault });
      if (fault.kind === 'throttled' || (fault.kind === 'unavailable' && !fault.outcomeUnknown)) again.push(request);
      if (fault.kind === 'throttled') pause = Math.max(pause, 250, fault.retryAfterMs ?? 1_000 * round);
      else pause = Math.max(pause, fault.retryAfterMs ?? 0);
    }
    open = again;
    if (pause > 0) await pacing.block(scope, pause);
    if (round === ROUNDS) break;
    if (open.length > 0 && pause === 0) await clock.sleep(PAUSE_MS * round, signal);
  }
  return requests.map(({ id }) => {
    const answer = answers.get(id);
    if (answer === undefined) throw new TypeError(`Request ${id} of a batch has no outcome`);
    return answer;
  });
}

const isWrite = ({ method }: BatchRequest): boolean => method !== 'GET';

function responsesIn(bytes: Buffer, requests: readonly BatchRequest[]): z.infer<typeof batchShape>['responses'] {
  const unreadable = (cause: unknown) =>
    new Fault('unavailable', 'Microsoft Graph gave an answer to a batch that cannot be read', {
      origin: 'graph',
      code: 'UnknownForm',
      outcomeUnknown: requests.some(isWrite),
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw unreadable(cause);
  }
  const { data, error } = batchShape.safeParse(value);
  if (data === undefined) throw unreadable(error);
  return data.responses;
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
