import assert from 'node:assert/strict';
import { after, beforeEach, before, describe, it } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { z } from 'zod';
import { isFault } from '../../engine/fault.ts';
import { directoryScope, mailboxScope, sharepointScope, type CallOptions } from '../../graph/index.ts';
import { createTokens } from '../../graph/tokens.ts';
import { persistently } from '../reading/persistent.ts';
import { realClock } from './demoTenant.ts';
import { batched, startOddServer, type OddServer, type Says } from './oddServer.ts';
import { bytesOf } from './reading.ts';

const anything = z.looseObject({});
const thing = z.object({ id: z.string() });

describe('answers of a server that is no friend', () => {
  let server: OddServer;
  /** How long was waited, in order. */
  const waits: number[] = [];
  const options: CallOptions = {
    scope: directoryScope,
    priority: 'incremental',
    signal: new AbortController().signal,
  };
  const files = { ...options, scope: sharepointScope };

  before(async () => {
    server = await startOddServer({
      ...realClock,
      sleep: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
    });
  });
  beforeEach(() => {
    server.asked.length = 0;
    waits.length = 0;
  });
  after(() => server.stop());

  /** The answers one after the other; the last one stays. */
  const inTurn = (...answers: Says[]) => server.answer(() => (answers.length > 1 ? answers.shift() : answers[0]) ?? {});

  for (const [what, says] of Object.entries<Says>({
    'a web page': { status: 503, body: '<html></html>', headers: { 'content-type': 'text/html' } },
    nothing: { status: 503 },
    'a server error': { status: 500, body: { error: 'server_error', error_description: 'AADSTS90033: transient' } },
    'a cut answer': { body: '{"token_type":"Bea', headers: { 'content-type': 'application/json' } },
    'a throttle without a body': { status: 429, headers: { 'retry-after': '1' } },
  }))
    it(`takes a sign-in that answers ${what} for a passing trouble`, async () => {
      const other = await startOddServer();
      other.tokens(() => says);
      await assert.rejects(other.graph.signIn(), (error) => isFault(error, 'unavailable'));
      let left = 2;
      const token = { token_type: 'Bearer', expires_in: 3600, access_token: 'token' };
      other.tokens(() => (left-- > 0 ? says : { body: token }));
      await other.graph.signIn();
      assert.equal(left, -1);
      await other.stop();
    });

  it('asks for a fresh token although the refused one is just being handed out', async () => {
    const tokens = createTokens({
      endpoint: server.url,
      authorityHost: server.url,
      tenantId: '11111111-2222-4333-8444-555555555555',
      clientId: 'app',
      credential: { kind: 'secret', secret: 'secret' },
      clock: realClock,
    });
    const refused = await tokens.getAccessToken();
    const handedOut = tokens.getAccessToken();
    tokens.discard();
    assert.notEqual(await tokens.getAccessToken(), refused);
    assert.equal(await handedOut, refused);
  });

  it('takes an empty or null nextLink for none', async () => {
    for (const nextLink of ['', null]) {
      inTurn({ body: { value: [], '@odata.nextLink': nextLink, '@odata.deltaLink': `${server.url}/v1.0/d?token=1` } });
      const page = await server.graph.page(thing, '/users/delta', options);
      assert.deepEqual(page, { value: [], deltaLink: `${server.url}/v1.0/d?token=1` });
    }
  });

  it('reads an answer again that is cut in the middle of its JSON', async () => {
    inTurn({ body: '{"id":"a', headers: { 'content-type': 'application/json' } }, { body: { id: 'a' } });
    assert.deepEqual(await server.graph.get(thing, '/users/a', options), { id: 'a' });
  });

  describe('an answer in another dress', () => {
    const json = Buffer.from('{"id":"ä"}');
    const type = { 'content-type': 'application/json' };
    const encodings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

    for (const [encoding, encode] of Object.entries(encodings))
      it(`is read as ${encoding}, from Graph and from a content host, as JSON and as content`, async () => {
        const headers = { ...type, 'content-encoding': encoding };
        inTurn({ body: encode(json), headers });
        assert.deepEqual(await server.graph.get(thing, '/users/a', options), { id: 'ä' });
        assert.deepEqual(await server.graph.postContent(thing, `${server.url}/import`, '{}', options), { id: 'ä' });
        const { bytes } = await server.graph.read('/users/a/messages/b/$value', options);
        assert.deepEqual(await bytesOf(bytes), json);
      });

    it('is read with a byte order mark, also when it is a refusal', async () => {
      const mark = Buffer.from([0xef, 0xbb, 0xbf]);
      inTurn({ body: Buffer.concat([mark, json]), headers: type });
      assert.deepEqual(await server.graph.get(thing, '/users/a', options), { id: 'ä' });
      const body = Buffer.concat([mark, Buffer.from('{"error":{"code":"SyncStateInvalid"}}')]);
      inTurn({ status: 400, body, headers: type });
      await assert.rejects(server.graph.get(thing, '/users/a', options), (error) => isFault(error, 'resync'));
    });

    it('is asked again when its encoding is broken', async () => {
      const headers = { ...type, 'content-encoding': 'gzip' };
      inTurn({ body: gzipSync(json).subarray(0, 12), headers }, { body: gzipSync(json), headers });
      assert.deepEqual(await server.graph.get(thing, '/users/a', options), { id: 'ä' });
    });
  });

  it('says that the outcome is not known when the answer to a write is garbled', async () => {
    const writing = { ...options, scope: mailboxScope('a') };
    for (const body of ['{"id":"a', '{"other":1}']) {
      inTurn({ status: 201, body, headers: { 'content-type': 'application/json' } });
      server.asked.length = 0;
      await assert.rejects(
        server.graph.post(thing, '/users/a/messages', {}, writing),
        (error) => isFault(error, 'unavailable') && error.outcomeUnknown,
      );
      await assert.rejects(
        server.graph.postContent(thing, `${server.url}/import`, '{}', writing),
        (error) => isFault(error, 'unavailable') && error.outcomeUnknown,
      );
      assert.equal(server.asked.length, 2);
    }
  });

  it('waits for the time that a 504 names', async () => {
    inTurn({ status: 504, headers: { 'retry-after': '1' } }, { body: {} });
    await server.graph.get(anything, '/users/a', options);
    assert.ok(
      waits.some((ms) => ms > 800),
      `${waits.join()}`,
    );
  });

  it('waits for the time that the content host names', async () => {
    const location = `${server.url}/download/1`;
    let throttles = 1;
    server.answer(({ url }) => {
      if (!url.pathname.startsWith('/download')) return { status: 302, headers: { location } };
      return throttles-- > 0 ? { status: 429, headers: { 'retry-after': '1' } } : { body: 'content' };
    });
    const { bytes } = await server.graph.download('/drives/d/items/i/content', files);
    assert.equal((await bytesOf(bytes)).toString(), 'content');
    assert.ok(
      waits.some((ms) => ms > 800),
      `${waits.join()}`,
    );
  });

  it('does not wait for centuries', async () => {
    inTurn({ status: 429, headers: { 'retry-after': '99999999999999' } });
    await assert.rejects(
      server.graph.get(anything, '/users', { ...options, scope: 'elsewhere' }),
      (error) => isFault(error, 'throttled') && (error.retryAfterMs ?? 0) <= 86_400_000,
    );
  });

  describe('content from the middle', () => {
    const whole = 'The quick brown fox';
    const location = () => `${server.url}/download/1`;
    const readFrom = async (from: number) => {
      const { bytes, length } = await server.graph.download('/drives/d/items/i/content', { ...files, from });
      const read = await bytesOf(bytes);
      assert.ok(length === undefined || length === read.length);
      return read.toString();
    };

    it('comes right from a host that takes no ranges', async () => {
      server.answer(({ url }) =>
        url.pathname.startsWith('/download')
          ? { body: whole, headers: { 'content-length': String(whole.length) } }
          : { status: 302, headers: { location: location() } },
      );
      assert.equal(await readFrom(4), whole.slice(4));
    });

    it('comes right from Graph itself, without a redirect', async () => {
      inTurn({ body: whole, headers: { 'content-length': String(whole.length) } });
      assert.equal(await readFrom(4), whole.slice(4));
    });

    it('is nothing after the last byte', async () => {
      server.answer(({ url }) =>
        url.pathname.startsWith('/download')
          ? { status: 416, headers: { 'content-range': `bytes */${whole.length}` } }
          : { status: 302, headers: { location: location() } },
      );
      assert.equal(await readFrom(whole.length), '');
    });

    const spans = (span: (from: number) => string) =>
      server.answer(({ url, headers }) => {
        if (!url.pathname.startsWith('/download')) return { status: 302, headers: { location: location() } };
        const said = span(Number(/\d+/.exec(headers.range ?? '0')?.[0]));
        const [start = 0, end = 0] = said.split('-').map(Number);
        return {
          status: 206,
          body: whole.slice(start, end + 1),
          headers: { 'content-range': `bytes ${said}/${whole.length}` },
        };
      });

    it('comes right from a host that begins earlier than it was asked to', async () => {
      spans(() => '2-18');
      assert.equal(await readFrom(4), whole.slice(4));
    });

    it('is not taken from a place behind the one that was asked for', async () => {
      spans(() => '6-18');
      await assert.rejects(readFrom(4), (error) => isFault(error, 'unavailable') && error.code === 'OtherRange');
    });

    it('comes piece by piece from a host that gives no more at a time', async () => {
      spans((from) => `${from}-${Math.min(from + 5, 18)}`);
      const open = async (from: number) =>
        (await server.graph.download('/drives/d/items/i/content', { ...files, from })).bytes;
      assert.equal((await bytesOf(persistently(await open(0), 0, open))).toString(), whole);
    });
  });

  describe('a batch', () => {
    const two = [
      { id: '0', method: 'GET', url: '/users/a' },
      { id: '1', method: 'GET', url: '/users/b' },
    ] as const;

    it('that is garbled is a passing trouble', async () => {
      for (const body of ['{"responses":[', '{"answers":[]}']) {
        inTurn({ body, headers: { 'content-type': 'application/json' } });
        await assert.rejects(server.graph.batch(two, options), (error) => isFault(error, 'unavailable'));
      }
    });

    it('is read whatever its order, with numbers for headers and ids', async () => {
      server.answer(() => ({
        body: {
          responses: [
            { id: 1, status: 200, headers: { 'Retry-After': 0, 'Content-Length': 12 }, body: { id: 'b' } },
            { id: '0', status: 200, body: { id: 'a' } },
          ],
        },
      }));
      assert.deepEqual(await server.graph.batch(two, options), [
        { id: '0', ok: true, body: { id: 'a' } },
        { id: '1', ok: true, body: { id: 'b' } },
      ]);
    });

    it('asks again for a part that failed or is missing', async () => {
      let failures = 2;
      server.answer((asked) =>
        batched(asked, ({ url }) =>
          url.pathname.endsWith('/b') && failures-- > 0 ? { status: 503 } : { body: { id: 'x' } },
        ),
      );
      const answers = await server.graph.batch(two, options);
      assert.deepEqual(
        answers.map(({ ok }) => ok),
        [true, true],
      );
      inTurn(
        { body: { responses: [{ id: '0', status: 200, body: {} }] } },
        { body: { responses: [{ id: '1', status: 200, body: {} }] } },
      );
      assert.ok((await server.graph.batch(two, options)).every(({ ok }) => ok));
    });
  });
});
