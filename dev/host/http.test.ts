import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Timer } from '@azure/functions';
import { type FixtureHost, startFixtureHost } from './fixture-app/start.ts';

const MB = 1024 * 1024;

describe('HTTP through the local host', () => {
  let host: FixtureHost;
  before(async () => {
    host = await startFixtureHost();
  });
  after(() => host.stop(0));

  const residentMb = async () => ((await host.get('/api/memory')) as { rss: number }).rss / MB;

  it('reaches functions by constraint and precedence, with query and parameters', async () => {
    assert.deepEqual(await host.get('/api/things/beef?q=a%26b'), { by: 'id', id: 'beef', q: 'a&b' });
    assert.deepEqual(await host.get('/api/things/J%C3%BCrgen'), { by: 'name', name: 'Jürgen' });
    assert.deepEqual(await host.get('/assets/main.js'), { by: 'rest', path: 'assets/main.js' });
    assert.equal((await fetch(`${host.url}/api/me`, { method: 'DELETE' })).status, 404);
  });

  it('tells the function the address and headers the browser used', async () => {
    const said = (await host.get('/api/headers')) as Record<string, string>;
    assert.equal(said['url'], `${host.url}/api/headers`);
    assert.equal(said['x-forwarded-proto'], 'http');
  });

  it('lets nobody outside choose the invocation a request belongs to', async () => {
    const response = await fetch(`${host.url}/api/me`, { headers: { 'x-ms-invocation-id': 'forged' } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-ms-invocation-id'), null);
  });

  it('holds no download in memory for a slow reader', async () => {
    await (await fetch(`${host.url}/api/download/${32 * MB}`)).arrayBuffer();
    const before = await residentMb();
    const [response] = (await once(get(`${host.url}/api/download/${256 * MB}`), 'response')) as [IncomingMessage];
    let received = 0;
    let highest = 0;
    let nextLook = 16 * MB;
    for await (const chunk of response) {
      received += (chunk as Buffer).length;
      if (received < nextLook) continue;
      nextLook += 16 * MB;
      // A reader that pauses: whatever does not wait for it piles up in the worker meanwhile.
      await delay(30);
      highest = Math.max(highest, await residentMb());
    }
    assert.equal(received, 256 * MB);
    assert.ok(highest - before < 80, `the worker grew by ${Math.round(highest - before)} MB`);
  });

  it('ends the source of a download whose reader has gone', async () => {
    const [response] = (await once(get(`${host.url}/api/download/${1024 * MB}`), 'response')) as [IncomingMessage];
    await once(response, 'readable');
    response.destroy();
    assert.equal(((await host.get('/api/me')) as { pid: number }).pid, await host.workerPid());
    assert.ok((await residentMb()) < 400);
  });

  it('cuts the connection when the source of a download breaks, so that half is not taken for whole', async () => {
    const response = await fetch(`${host.url}/api/broken-download`);
    await assert.rejects(response.arrayBuffer());
    await host.said(/brokenDownload failed.*the source broke/s);
  });

  it('streams an upload without holding it', async () => {
    const before = await residentMb();
    const hash = createHash('sha256');
    async function* body() {
      for (let sent = 0; sent < 256; sent++) {
        const chunk = Buffer.alloc(MB, sent);
        hash.update(chunk);
        yield chunk;
      }
    }
    const upload: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      body: Readable.from(body()) as unknown as ReadableStream,
      duplex: 'half',
    };
    const response = await fetch(`${host.url}/api/upload`, upload);
    assert.deepEqual(await response.json(), { length: 256 * MB, sha256: hash.digest('hex') });
    const grown = (await residentMb()) - before;
    assert.ok(grown < 150, `the worker grew by ${Math.round(grown)} MB`);
  });

  it('passes on an answer that comes before the whole upload', async () => {
    const upload = request(`${host.url}/api/refuses-upload`, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
    });
    upload.on('error', () => undefined);
    upload.write(Buffer.alloc(64 * 1024));
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 413);
    upload.destroy();
  });

  it('survives a client that goes before it is answered', async () => {
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    socket.end('GET /api/me HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.destroy();
    assert.ok(await host.get('/api/me'));
  });

  it('answers 500 with a reference and no inner detail when a function throws', async () => {
    const response = await fetch(`${host.url}/api/throws`);
    const problem = (await response.json()) as { status: number; reference: string };
    assert.equal(response.status, 500);
    assert.equal(problem.status, 500);
    assert.match(problem.reference, /^[0-9a-f-]{36}$/);
    assert.doesNotMatch(JSON.stringify(problem), /as asked/);
  });

  it('starts a worker that died again, and says 503 to who was in it', async () => {
    const pid = await host.workerPid();
    const response = await fetch(`${host.url}/api/dies`);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '2');
    const { pid: newPid } = (await host.get('/api/me')) as { pid: number };
    assert.notEqual(newPid, pid);
  });
});

describe('the local host', () => {
  it('refuses to start an app that cannot start, with the reason of the app', async () => {
    await assert.rejects(startFixtureHost({ NODE_OPTIONS: '--import=data:text/javascript,throw(new(Error)("no"))' }));
  });

  it('fires timers, one run at a time', async () => {
    await using host = await startFixtureHost({ EVERY_SECOND: '* * * * * *' });
    host.startTriggers();
    let told: { timer?: Timer } = {};
    while (told.timer === undefined) told = (await host.get('/api/timer')) as { timer?: Timer };
    assert.equal(told.timer.isPastDue, false);
  });

  it('names the setting that a binding needs and the environment lacks', async () => {
    await assert.rejects(startFixtureHost({ EVERY_SECOND: undefined }), /setting EVERY_SECOND.*is missing/);
  });
});
