import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { isFault } from '../engine/fault.ts';
import { silentLog } from '../engine/testing/silentLog.ts';
import { virtualClock } from '../engine/testing/virtualClock.ts';
import { createGraph, createPacing, sharepointScope, type Received } from './index.ts';

const signal = new AbortController().signal;
const options = { scope: sharepointScope, priority: 'incremental' as const, signal };

/** An answer whose body breaks off after a few bytes. */
function breakingOff(status: number, headers: Readonly<Record<string, string>>): Received {
  async function* cut(): AsyncGenerator<Buffer> {
    yield Buffer.from('{"error":{"co');
    throw Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  }
  return { status, headers, body: Readable.from(cut()) };
}

/** The client over a wire that answers so, by path. */
function graphOver(answers: Readonly<Record<string, Received>>) {
  const clock = virtualClock();
  return createGraph({
    endpoint: 'https://graph.example',
    authorityHost: 'https://sign-in.example',
    tenantId: 'tenant',
    clientId: 'app',
    credential: { kind: 'secret', secret: 'secret' },
    contentHosts: ['files.example'],
    pacing: createPacing({ clock, clientId: 'app', holder: 'test' }),
    clock,
    log: silentLog(),
    transport: {
      send: async ({ url }) => {
        const answer = answers[new URL(url).pathname];
        if (answer === undefined) throw new TypeError(`Nobody asks for ${url}`);
        return answer;
      },
      close: async () => undefined,
    },
    acquireToken: async () => 'token',
  });
}

it('waits as long as it was asked to, also when the body of that answer breaks off', async () => {
  const graph = graphOver({ '/v1.0/drives/1/root/delta': breakingOff(429, { 'retry-after': '3600' }) });
  await assert.rejects(
    graph.get(z.object({}), '/drives/1/root/delta', options),
    (error) => isFault(error, 'throttled') && (error.retryAfterMs ?? 0) > 3_500_000,
  );
});

it('names the refusal of a download, also when the body of that answer breaks off', async () => {
  const graph = graphOver({
    '/v1.0/drives/1/items/2/content': {
      status: 302,
      headers: { location: 'https://files.example/2' },
      body: Readable.from([]),
    },
    '/2': breakingOff(423, {}),
  });
  await assert.rejects(graph.download('/drives/1/items/2/content', options), (error) => isFault(error, 'locked'));
});
