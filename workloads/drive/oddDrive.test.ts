import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Change, Fetched } from '../../engine/connector.ts';
import { isFault } from '../../engine/fault.ts';
import type { Cursor } from '../../engine/model/ids.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { quietLog } from '../testing/demoTenant.ts';
import { batched, graphError, startOddServer, type OddServer, type Says, type Script } from '../testing/oddServer.ts';
import { bytesOf, reading } from '../testing/reading.ts';
import { createDriveConnector } from './index.ts';
import { quickXorHash } from './quickXorHash.ts';

const resource = {
  id: 'r',
  workload: 'drive',
  kind: 'onedrive',
  sourceId: 'd',
  name: 'D',
} as unknown as ProtectedResource;
const content = Buffer.from('Hello');
const file = {
  id: 'f1',
  name: 'con.txt',
  size: content.length,
  eTag: 'e1',
  parentReference: { id: 'root' },
  file: { hashes: { quickXorHash: quickXorHash(content) } },
};

describe('a drive on a server that is no friend', () => {
  let server: OddServer;
  before(async () => {
    server = await startOddServer();
  });
  after(() => server.stop());

  /** A drive with one file; `odd` may answer first. */
  const drive =
    (odd: (path: string, url: URL) => Says | undefined, files: readonly object[] = [file]): Script =>
    (asked) => {
      const { pathname: path } = asked.url;
      if (path === '/v1.0/$batch') return batched(asked, drive(odd, files));
      const first = odd(path, asked.url);
      if (first !== undefined) return first;
      if (path === '/v1.0/drives/d/items/root') return { body: { id: 'root' } };
      if (path === '/v1.0/drives/d/root/delta')
        return { body: { value: files, '@odata.deltaLink': `${server.url}/v1.0/drives/d/root/delta?token=end` } };
      if (path === '/v1.0/drives/d/items/f1') return { body: files[0] ?? {} };
      if (path === '/v1.0/drives/d/items/f1/content')
        return { status: 302, headers: { location: `${server.url}/download/f1` } };
      return path === '/download/f1' ? { body: content } : graphError(404, 'itemNotFound');
    };
  const connector = () => createDriveConnector({ read: server.graph, now: () => Date.now(), log: quietLog });
  const changes = async (cursor?: string) => {
    const all: Change[] = [];
    for await (const change of connector().changes(resource, cursor as Cursor | undefined, reading)) all.push(change);
    return all;
  };
  const fetched = async (items?: readonly ListedItem[]) => {
    const wanted = items ?? (await changes()).flatMap((change) => (change.kind === 'changed' ? [change.item] : []));
    const all: Fetched[] = [];
    for await (const one of connector().fetch(resource, wanted, reading)) {
      if (one.kind === 'part') assert.deepEqual(await bytesOf(one.open(0)), content);
      else all.push(one);
    }
    return all;
  };
  const listed = async () => {
    server.answer(drive(() => undefined));
    return (await changes()).flatMap((change) => (change.kind === 'changed' ? [change.item] : []));
  };

  it('that goes while it is read is a trouble of the drive, not of its files', async () => {
    const items = await listed();
    for (const gone of [graphError(404, 'itemNotFound'), { status: 404 }]) {
      server.answer(drive(() => gone));
      await assert.rejects(fetched(items), (error) => isFault(error, 'not-found'));
    }
  });

  it('loses a file alone that alone is gone', async () => {
    const items = await listed();
    server.answer(drive((path) => (path.includes('/f1') ? graphError(404, 'itemNotFound') : undefined)));
    assert.deepEqual(await fetched(items), [{ kind: 'vanished', sourceId: 'f1' }]);
  });

  for (const says of [
    graphError(423, 'resourceLocked'),
    graphError(403, 'accessDenied'),
    { status: 500 },
    { body: {} },
  ] as readonly Says[])
    it(`leaves open where a file is that answers ${says.status ?? 'something else'}, and asks on for the others`, async () => {
      server.answer(drive((path) => (path.endsWith('/items/odd') ? says : undefined)));
      const located = await connector().locate(resource, ['odd', 'f1', 'gone'], reading);
      assert.deepEqual([...located.keys()], ['f1', 'gone']);
      assert.deepEqual([located.get('f1')?.sourceId, located.get('gone')], ['f1', undefined]);
    });

  it('does not take a file for gone of which it cannot learn the version', async () => {
    const [item] = await listed();
    assert.ok(item);
    const unhashed = { ...item, meta: {} };
    server.answer(drive((path) => (path.endsWith('/items/f1') ? graphError(423, 'resourceLocked') : undefined)));
    assert.deepEqual(
      (await fetched([unhashed])).map(({ kind }) => kind),
      ['failed'],
    );
  });

  it('does not take a file for gone because its drive once said that it is not there itself', async () => {
    const [item] = await listed();
    assert.ok(item);
    let isSaid = false;
    server.answer(
      drive((path) => {
        if (isSaid || !path.endsWith('/items/root')) return undefined;
        isSaid = true;
        return graphError(404, 'itemNotFound');
      }),
    );
    assert.deepEqual(
      (await fetched([{ ...item, meta: {} }])).map(({ kind }) => kind),
      ['failed'],
    );
    server.answer(drive((path) => (path.endsWith('/items/root') ? graphError(404, 'itemNotFound') : undefined)));
    await assert.rejects(fetched([{ ...item, meta: {} }]), (error) => isFault(error, 'not-found'));
  });

  it('keeps a file of which neither size, hash nor tag are told', async () => {
    const { size: _size, eTag: _eTag, file: _file, ...bare } = file;
    server.answer(drive(() => undefined, [{ ...bare, file: {} }]));
    const [outcome] = await fetched();
    assert.equal(outcome?.kind, 'done');
    assert.equal(outcome.kind === 'done' && outcome.item.size, content.length);
  });

  const downloads = () => server.asked.filter(({ url }) => url.pathname === '/download/f1').length;

  it('reads a file once whose size a listing leaves out, when its hash is told', async () => {
    server.answer(drive(() => undefined, [{ ...file, size: undefined }]));
    const items = (await changes()).flatMap((change) => (change.kind === 'changed' ? [change.item] : []));
    server.asked.length = 0;
    const [outcome] = await fetched(items);
    assert.ok(outcome?.kind === 'done');
    assert.deepEqual([outcome.flags, outcome.item.size, downloads()], [undefined, content.length, 1]);
  });

  it('holds a file whose hash the listing leaves out against the one that it tells when it is asked alone', async () => {
    server.answer(drive(() => undefined, [{ ...file, file: {} }]));
    const items = (await changes()).flatMap((change) => (change.kind === 'changed' ? [change.item] : []));
    let wrong = 1;
    server.answer(
      drive((path) => (path === '/download/f1' && wrong-- > 0 ? { body: Buffer.from('hellO') } : undefined)),
    );
    server.asked.length = 0;
    const outcomes: Fetched[] = [];
    const read: string[] = [];
    for await (const one of connector().fetch(resource, items, reading))
      if (one.kind === 'part') read.push((await bytesOf(one.open(0))).toString());
      else outcomes.push(one);
    assert.deepEqual(read, ['hellO', 'Hello']);
    assert.deepEqual([outcomes[0]?.kind, downloads()], ['done', 2]);
  });

  it('gives another version tag to a file that changed, whatever the server leaves out', async () => {
    const tags = [];
    for (const size of [5, 6]) {
      const { eTag: _eTag, ...bare } = file;
      server.answer(drive(() => undefined, [{ ...bare, size }]));
      for (const change of await changes()) if (change.kind === 'changed') tags.push(change.item.versionTag);
    }
    assert.equal(new Set(tags).size, 2);
  });

  for (const location of ['https://elsewhere.example/delta', '/v1.0/drives/d/root/delta?token=new', 'nonsense'])
    it(`lists anew when a dead link names ${location}`, async () => {
      const dead = { ...graphError(410, 'resyncChangesApplyDifferences'), headers: { location } };
      server.answer(drive((_, url) => (url.searchParams.get('token') === 'old' ? dead : undefined)));
      const cursor = JSON.stringify({ v: 1, rootId: 'root', link: `${server.url}/v1.0/drives/d/root/delta?token=old` });
      const all = await changes(cursor);
      assert.ok(all.some(({ kind }) => kind === 'restarted'));
      assert.equal(all.at(-1)?.kind, 'end');
      assert.equal(all.filter(({ kind }) => kind === 'changed').length, 1);
    });

  it('is listed to its end although links die more than once on the way', async () => {
    let deaths = 3;
    server.answer(
      drive((path, url) => {
        if (!path.endsWith('/root/delta')) return undefined;
        if (url.searchParams.get('token') === 'next')
          return deaths-- > 0 ? graphError(410, 'resyncRequired') : undefined;
        return { body: { value: [], '@odata.nextLink': `${server.url}/v1.0/drives/d/root/delta?token=next` } };
      }),
    );
    assert.equal((await changes()).at(-1)?.kind, 'end');
  });

  it('fails by name when links die for ever', async () => {
    server.answer(drive((path) => (path.endsWith('/root/delta') ? graphError(410, 'resyncRequired') : undefined)));
    await assert.rejects(changes(), (error) => isFault(error, 'invalid'));
  });

  it('lists a file of which Graph says odd things', async () => {
    const odd = { ...file, size: 'large', webUrl: 7, createdBy: 'me', fileSystemInfo: { createdDateTime: 'once' } };
    server.answer(drive(() => undefined, [odd, { id: 'f2', file: {} }]));
    assert.deepEqual(
      (await changes()).map(({ kind }) => kind),
      ['changed', 'changed', 'end'],
    );
  });

  it('lists a file of which parts are of another form than promised', async () => {
    const odd = {
      ...file,
      parentReference: 'none',
      fileSystemInfo: [],
      createdBy: { user: 'me' },
      file: { hashes: 1 },
    };
    server.answer(drive(() => undefined, [odd]));
    assert.ok((await changes()).some((change) => change.kind === 'changed' && change.item.name === file.name));
  });

  it('takes each item of a page as it was said last, in odd orders too', async () => {
    const deleted = { id: 'f1', deleted: { state: 'deleted' } };
    const child = { ...file, id: 'f2', parentReference: { id: 'folder' } };
    const folder = { id: 'folder', name: 'F', folder: {}, parentReference: { id: 'root' } };
    server.answer(drive(() => undefined, [deleted, child, folder, file, file]));
    const said = (await changes()).map((change) => `${change.kind} ${'item' in change ? change.item.sourceId : ''}`);
    assert.deepEqual(said, ['removed ', 'changed f2', 'changed folder', 'changed f1', 'changed f1', 'end ']);
  });
});
