import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Context } from '@microsoft/microsoft-graph-client';
import { isFault } from '../../engine/fault.ts';
import { silentLog } from '../../engine/testing/silentLog.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';
import { Call } from '../call.ts';
import type { Pacing } from '../pacing/lane.ts';
import { retry } from './retry.ts';

const pacing: Pacing = { enter: async () => () => undefined, block: async () => undefined, saw: () => undefined };

/** Sends one call of this method to a service that answers so, one answer a try. Tells how often it was sent. */
async function sendTo(method: string, statuses: readonly number[]) {
  const clock = virtualClock();
  const layer = retry(pacing, clock, { bytes: () => Uint8Array.of(128) }, silentLog());
  const call = new Call({
    method,
    url: 'https://graph.example/v1.0/me/messages/1',
    scope: 'mailbox/1',
    priority: 'restore',
    signal: new AbortController().signal,
  });
  let sent = 0;
  layer.setNext?.({
    execute: async () => {
      call.answer = { status: statuses[sent++] ?? 204, headers: {}, bytes: Buffer.alloc(0) };
    },
  });
  const context = { request: call.url, middlewareControl: { getMiddlewareOptions: () => call } };
  const done = layer
    .execute(context as unknown as Context)
    .then(() => undefined)
    .catch((error: unknown) => error);
  await clock.advance(60_000);
  return { sent, fault: await done };
}

it('sends a DELETE once when its answer may have got lost: only its caller knows what a 404 would mean then', async () => {
  const { sent, fault } = await sendTo('DELETE', [502, 404]);
  assert.equal(sent, 1);
  assert.ok(isFault(fault, 'unavailable') && fault.outcomeUnknown === true);
});

it('repeats a GET over a passing trouble, and a DELETE that was throttled and so never carried out', async () => {
  assert.deepEqual(await sendTo('GET', [502, 200]), { sent: 2, fault: undefined });
  assert.deepEqual(await sendTo('DELETE', [429, 204]), { sent: 2, fault: undefined });
});
