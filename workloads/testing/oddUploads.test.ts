import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Entry } from '../../engine/model/item.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { isFault } from '../../engine/fault.ts';
import { createConnectors } from '../index.ts';
import { quietLog } from './demoTenant.ts';
import { graphError, startOddServer, type OddServer } from './oddServer.ts';
import { chunked, orderOf, reading } from './reading.ts';

const restoring = { signal: reading.signal };
const resource = (workload: string) =>
  ({ id: 'r', workload, kind: '', sourceId: 't', name: 'T' }) as unknown as ProtectedResource;
const entry = (kind: string, size: number) =>
  ({
    id: '0'.repeat(32),
    sourceId: 's',
    versionTag: 'v',
    name: 'N',
    kind,
    container: false,
    size,
    streams: [{ name: 'original', size, sha256: '', parts: [] }],
  }) as unknown as Entry;
const item = (kind: string, size: number) => ({ ...entry(kind, size), hasContent: true, meta: {} });

describe('giving back to a server that is no friend', () => {
  let server: OddServer;
  before(async () => {
    server = await startOddServer();
  });
  after(() => server.stop());
  const restoreOf = (workload: string) => {
    const deps = { read: server.graph, write: server.graph, now: () => Date.now(), log: quietLog };
    const connector = createConnectors(deps).get(workload);
    assert.ok(connector);
    return connector.restore;
  };
  const unknown = (error: unknown) => isFault(error, 'unavailable') && error.outcomeUnknown;

  for (const body of ['', '[]', '{"name":"no id"}'])
    it(`looks up the file when the last answer of its upload is ${JSON.stringify(body)}`, async () => {
      server.answer(({ method }) =>
        method === 'POST'
          ? { body: { uploadUrl: `${server.url}/upload/1` } }
          : { status: 201, body, headers: { 'content-type': 'application/json' } },
      );
      const bytes = Buffer.from('12345');
      const order = orderOf(item('file', 5), new Map([['original', bytes]]));
      const place = { sourceId: 'root', path: '' };
      await assert.rejects(
        restoreOf('drive').write(resource('drive'), place, entry('file', 5), order, restoring),
        unknown,
      );
    });

  describe('of a file', () => {
    const bytes = Buffer.alloc(1_000_000, 'abc');
    /** A session that takes as much of each range as `takes` says, and makes the file of what it got. */
    const session = (takes: (length: number, times: number) => number, ranges = (next: number) => [`${next}-`]) => {
      let got = Buffer.alloc(0);
      let times = 0;
      server.answer(({ method, body, headers, url }) => {
        if (url.pathname.endsWith('/createUploadSession')) return { body: { uploadUrl: `${server.url}/upload/1` } };
        if (method === 'PUT') {
          assert.equal(headers['content-range'], `bytes ${got.length}-${bytes.length - 1}/${bytes.length}`);
          got = Buffer.concat([got, Buffer.from(body).subarray(0, takes(body.length, ++times))]);
        }
        if (got.length === bytes.length) return { status: 201, body: { id: 'made', name: 'N', size: bytes.length } };
        return { status: 202, body: { nextExpectedRanges: ranges(got.length) } };
      });
      return () => ({ times, got });
    };
    const give = (progress?: string) => {
      const more = progress === undefined ? {} : { progress };
      const order = orderOf(item('file', bytes.length), new Map([['original', bytes]]), more);
      const place = { sourceId: 'root', path: '' };
      return restoreOf('drive').write(resource('drive'), place, entry('file', bytes.length), order, restoring);
    };

    it('goes on in the middle of a range of which a part was taken, or nothing', async () => {
      const seen = session((length, times) => (times === 2 ? 0 : Math.min(length, 327_680)));
      assert.equal((await give()).sourceId, 'made');
      assert.deepEqual([seen().times, seen().got.equals(bytes)], [5, true]);
    });

    it('goes on at the first of several gaps, in whatever order they are named', async () => {
      const seen = session(
        (length) => Math.min(length, 327_680),
        (next) => [`${next + 500}-`, `${next}-${next + 499}`],
      );
      assert.equal((await give()).sourceId, 'made');
      assert.equal(seen().times, 4);
    });

    it('is given up where nothing of it is ever taken', async () => {
      const seen = session(() => 0);
      await assert.rejects(give(), (error) => isFault(error, 'unavailable'));
      assert.ok(seen().times < 10);
    });

    for (const expected of [[], [`${bytes.length}-`]])
      it(`begins anew where the session that was left expects ${JSON.stringify(expected)}`, async () => {
        let isMade = false;
        server.answer(({ method, url }) => {
          if (method === 'POST') return { body: { uploadUrl: `${server.url}/upload/new` } };
          if (url.pathname === '/upload/old') return { body: { nextExpectedRanges: expected } };
          isMade = true;
          return { status: 201, body: { id: 'made', name: 'N', size: bytes.length } };
        });
        await give(JSON.stringify({ url: `${server.url}/upload/old`, size: bytes.length }));
        assert.ok(isMade);
      });
  });

  const attachment = Buffer.alloc(3_500_000, 'x').toString('base64');
  const part = (number: number) =>
    `--b\r\nContent-Type: text/plain; name="${number}.txt"\r\nContent-Disposition: attachment; filename="${number}.txt"\r\nContent-Transfer-Encoding: base64\r\n\r\n${attachment}\r\n`;
  const mime = Buffer.from(
    `Subject: N\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${[1, 2, 3].map(part).join('')}--b--\r\n`,
  );
  const giveMail = () => {
    const order = orderOf(item('message', mime.length), new Map([['original', mime]]), {
      content: (name) => (name === 'original' ? chunked(mime) : undefined),
    });
    const place = { sourceId: 'folder', path: '' };
    return restoreOf('mail').write(resource('mail'), place, entry('message', mime.length), order, restoring);
  };

  it('attaches nothing twice when the list of what is there comes in pages', async () => {
    const sessions: string[] = [];
    server.answer(({ method, url }) => {
      if (url.pathname.endsWith('/folder/messages')) return { body: { value: [{ id: 'draft' }] } };
      if (url.pathname.endsWith('/attachments')) {
        const rest = url.searchParams.has('$skiptoken');
        return {
          body: {
            value: [{ id: rest ? 'b' : 'a' }],
            ...(rest ? {} : { '@odata.nextLink': `${server.url}${url.pathname}?$skiptoken=1` }),
          },
        };
      }
      if (url.pathname.endsWith('/createUploadSession')) {
        sessions.push(url.pathname);
        return { body: { uploadUrl: `${server.url}/upload/1` } };
      }
      if (method === 'PUT') return { status: 201 };
      return method === 'PATCH' ? { body: { id: 'draft', subject: 'N' } } : graphError(404, 'ErrorItemNotFound');
    });
    await giveMail();
    assert.equal(sessions.length, 1);
  });

  for (const [workload, made] of [
    ['drive', true],
    ['drive', false],
    ['mail', true],
    ['mail', false],
  ] as const)
    it(`makes one folder of a ${workload} although the first answer is an error and it was ${made ? '' : 'not '}made`, async () => {
      let folders = 0;
      let tries = 0;
      server.answer(({ method, url }) => {
        const folder = { id: 'new', name: 'Restored', displayName: 'Restored', folder: {} };
        if (method === 'POST') {
          tries += 1;
          if (folders > 0) return graphError(409, workload === 'mail' ? 'ErrorFolderExists' : 'nameAlreadyExists');
          if (tries > 1 || made) folders += 1;
          return tries === 1 ? { status: 502 } : { status: 201, body: folder };
        }
        if (url.pathname.endsWith('/items/root')) return { body: { id: 'root' } };
        if (workload === 'mail') return { body: { value: folders === 0 ? [] : [folder] } };
        return folders === 0 ? graphError(404, 'itemNotFound') : { body: folder };
      });
      const step = { name: 'Restored', kind: 'folder' };
      const container = await restoreOf(workload).container(resource(workload), [step], restoring);
      assert.deepEqual([container, folders], [{ sourceId: 'new', path: 'Restored' }, 1]);
    });

  it('gives up on an upload that never gets further', async () => {
    let puts = 0;
    server.answer(({ method, url }) => {
      if (url.pathname.endsWith('/folder/messages')) return { body: { value: [{ id: 'draft' }] } };
      if (url.pathname.endsWith('/attachments')) return { body: { value: [] } };
      if (url.pathname.endsWith('/createUploadSession')) return { body: { uploadUrl: `${server.url}/upload/1` } };
      puts += 1;
      assert.ok(method !== 'PUT' || puts < 50, 'it turns in circles');
      return { status: 202, body: { nextExpectedRanges: ['0-'] } };
    });
    await assert.rejects(giveMail(), unknown);
  });
});
