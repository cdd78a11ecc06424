import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { QuickXorHash } from '../../content/quickXorHash.ts';
import { errorCode, tenantForTests, type TestTenant } from '../../testing/tenantForTests.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const CHUNK = 320 * 1024;

interface StoredFile {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly folder: boolean;
  readonly size: number;
  readonly sha256: string;
  readonly hash: string;
}

describe('drives', () => {
  let tenant: TestTenant;
  let drive = '';
  before(async () => {
    tenant = await tenantForTests();
    drive = `/drives/${String((await tenant.graph('GET', '/users/mei.chen@demo.holdfast.example/drive')).body['id'])}`;
  });
  after(async () => {
    const { value } = await tenant.control('GET', '/violations');
    await tenant.stop();
    assert.deepEqual(value, []);
  });
  const stored = async (): Promise<StoredFile[]> =>
    (await tenant.control('GET', '/files?user=mei.chen'))['value'] as StoredFile[];
  const at = async (path: string): Promise<StoredFile> => {
    const found = (await stored()).find((file) => file.path === path);
    assert.ok(found, `${path} is there`);
    return found;
  };
  const put = (path: string, content: Uint8Array, query = '') =>
    tenant.graph(
      'PUT',
      `${drive}/root:/${path.split('/').map(encodeURIComponent).join('/')}:/content${query}`,
      content,
      { 'Content-Type': 'application/octet-stream' },
    );
  const folder = async (parent: string, name: string): Promise<string> =>
    String((await tenant.graph('POST', `${drive}/items/${parent}/children`, { name, folder: {} })).body['id']);
  const violationsOf = async (): Promise<number> =>
    ((await tenant.control('GET', '/violations'))['value'] as unknown[]).length;
  const expectedViolations = async (work: () => Promise<void>, count: number): Promise<void> => {
    assert.equal(await violationsOf(), 0);
    await work();
    assert.equal(await violationsOf(), count);
    await tenant.control('DELETE', '/violations');
  };

  it('lists a whole drive by delta without paths, some items twice, and with true hashes', async () => {
    const { value, pages } = await tenant.all(`${drive}/root/delta?$top=4`);
    const files = await stored();
    assert.ok(pages > 1);
    assert.deepEqual([...new Set(value.map((item) => item['id']))].toSorted(), files.map((file) => file.id).toSorted());
    assert.ok(value.length > files.length, 'at least one item comes twice');
    for (const item of value) {
      assert.equal((item['parentReference'] as { path?: string }).path, undefined);
      assert.ok(!('cTag' in item) && !('lastModifiedBy' in item));
    }
  });

  it('gives content through another origin that takes ranges and no token', async () => {
    const file = (await stored()).find((candidate) => !candidate.folder && candidate.size > 2000);
    assert.ok(file);
    const redirect = await tenant.graph('GET', `${drive}/items/${file.id}/content`);
    const url = redirect.headers.get('location') ?? '';
    assert.equal(redirect.status, 302);
    assert.notEqual(new URL(url).origin, new URL(tenant.graphUrl).origin);
    const whole = await tenant.fetch(url);
    const bytes = Buffer.from(await whole.arrayBuffer());
    assert.equal(sha256(bytes), file.sha256);
    assert.equal(new QuickXorHash().update(bytes).digest(), file.hash);
    const part = await tenant.fetch(url, {
      headers: { Range: 'bytes=100-199', 'If-Range': whole.headers.get('etag') ?? '' },
    });
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 100-199/${file.size}`]);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(100, 200));
    assert.equal((await tenant.fetch(url, { headers: { Range: 'bytes=100-199', 'If-Range': '"other"' } })).status, 200);
    assert.equal((await tenant.fetch(url, { headers: { Range: `bytes=${file.size}-` } })).status, 416);
    await expectedViolations(
      async () => assert.equal((await tenant.fetch(url, { headers: { Authorization: 'Bearer x' } })).status, 401),
      1,
    );
    await tenant.control('POST', '/expire', { what: 'links' });
    assert.equal((await tenant.fetch(url)).status, 401);
  });

  it('reports changes with the folders above them, deletions without a name, and nothing twice as new', async () => {
    await folder(await folder('root', 'Plans'), '2026');
    await put('Plans/2026/spring.txt', Buffer.from('one'));
    const start = await tenant.graph('GET', `${drive}/root/delta?token=latest`);
    assert.deepEqual(start.body['value'], []);
    await put('Plans/2026/spring.txt', Buffer.from('two'));
    const changed = await tenant.all(String(start.body['@odata.deltaLink']));
    assert.deepEqual(changed.value.map((item) => item['name']).toSorted(), ['2026', 'Plans', 'root', 'spring.txt']);
    const { id } = await at('/Plans/2026/spring.txt');
    assert.equal((await tenant.graph('DELETE', `${drive}/items/${id}`)).status, 204);
    const removed = (await tenant.all(changed.deltaLink ?? '')).value.find((item) => item['id'] === id);
    assert.deepEqual([removed?.['deleted'], removed?.['name']], [{ state: 'deleted' }, undefined]);
    await tenant.control('POST', '/grant', { app: 'restore', roles: ['Files.ReadWrite.All'] });
    tenant.forgetTokens();
    assert.equal((await tenant.graph('POST', `${drive}/items/${id}/restore`, {})).status, 200);
    assert.equal((await at('/Plans/2026/spring.txt')).id, id);
  });

  it('drops a folder with everything below it in one line', async () => {
    await folder(await folder('root', 'Old'), 'deep');
    await put('Old/a.txt', Buffer.from('a'));
    await put('Old/deep/b.txt', Buffer.from('b'));
    const start = await tenant.graph('GET', `${drive}/root/delta?token=latest`);
    await tenant.graph('DELETE', `${drive}/items/${(await at('/Old')).id}`);
    const { value } = await tenant.all(String(start.body['@odata.deltaLink']));
    assert.deepEqual(value.map((item) => ('deleted' in item ? 'deleted' : item['name'])).toSorted(), [
      'deleted',
      'root',
    ]);
    assert.ok(!(await stored()).some((file) => file.path.startsWith('/Old')));
  });

  for (const code of ['resyncChangesApplyDifferences', 'resyncChangesUploadDifferences']) {
    it(`answers 410 ${code} with the place to start again`, async () => {
      const { deltaLink } = await tenant.all(`${drive}/root/delta`);
      await tenant.control('POST', '/expire', { what: 'drive', code });
      const dead = await tenant.graph('GET', deltaLink ?? '');
      assert.deepEqual([dead.status, errorCode(dead)], [410, code]);
      assert.ok((await tenant.all(dead.headers.get('location') ?? '')).value.length > 0);
    });
  }

  it('keeps the rules for taken names: fail, replace with a version, rename', async () => {
    const first = await put('conflict.txt', Buffer.from('first'));
    assert.equal(first.status, 201);
    const session = (conflict: string) =>
      tenant.graph('POST', `${drive}/root:/CONFLICT.txt:/createUploadSession`, {
        item: { '@microsoft.graph.conflictBehavior': conflict },
      });
    assert.equal(errorCode(await session('fail')), 'nameAlreadyExists');
    const renamed = await tenant.fetch(String((await session('rename')).body['uploadUrl']), {
      method: 'PUT',
      headers: { 'Content-Range': 'bytes 0-0/1' },
      body: Buffer.from('x'),
    });
    assert.equal(((await renamed.json()) as { name: string }).name, 'CONFLICT 1.txt');
    await expectedViolations(
      async () =>
        assert.equal(
          (await put('conflict.txt', Buffer.from('x'), '?@microsoft.graph.conflictBehavior=fail')).status,
          400,
        ),
      1,
    );
    const second = await put('conflict.txt', Buffer.from('second'));
    assert.deepEqual([second.status, second.body['id']], [200, first.body['id']]);
    const versions = await tenant.graph('GET', `${drive}/items/${String(first.body['id'])}/versions`);
    assert.deepEqual(
      (versions.body['value'] as { id: string; size: number }[]).map(({ id, size }) => [id, size]),
      [
        ['2.0', 6],
        ['1.0', 5],
      ],
    );
    const old = await tenant.graph('GET', `${drive}/items/${String(first.body['id'])}/versions/1.0/content`);
    assert.equal(await (await tenant.fetch(old.headers.get('location') ?? '')).text(), 'first');
    const stale = await tenant.graph(
      'PATCH',
      `${drive}/items/${String(first.body['id'])}`,
      { name: 'other.txt' },
      { 'If-Match': String(first.body['eTag']) },
    );
    assert.equal(stale.status, 412);
  });

  it('refuses names that SharePoint refuses', async () => {
    for (const name of ['CON', 'a*b.txt', 'ends.', '~$draft.docx', ' lead.txt', '_vti_x', 'desktop.ini', 'a|b']) {
      const answer = await tenant.graph('POST', `${drive}/root/children`, {
        name,
        folder: {},
        '@microsoft.graph.conflictBehavior': 'fail',
      });
      assert.deepEqual([answer.status, errorCode(answer)], [400, 'invalidRequest'], name);
    }
    assert.equal(
      (await tenant.graph('POST', `${drive}/root/children`, { name: "50% of Zoë's #1 plan & more", folder: {} }))
        .status,
      201,
    );
  });

  it('takes a large file in ranges by the rules of upload sessions', async () => {
    const content = Buffer.alloc(3 * CHUNK + 100, 'range');
    const item = {
      '@microsoft.graph.conflictBehavior': 'fail',
      name: 'large.bin',
      fileSystemInfo: { createdDateTime: '2020-01-02T03:04:05Z', lastModifiedDateTime: '2020-02-03T04:05:06Z' },
    };
    const session = await tenant.graph('POST', `${drive}/root:/large.bin:/createUploadSession`, { item });
    const url = String(session.body['uploadUrl']);
    const send = async (from: number, to: number) => {
      const response = await tenant.fetch(url, {
        method: 'PUT',
        headers: { 'Content-Range': `bytes ${from}-${to - 1}/${content.length}` },
        body: content.subarray(from, to),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const first = await send(0, CHUNK);
    assert.deepEqual([first.status, first.body['nextExpectedRanges']], [202, [`${CHUNK}-${content.length - 1}`]]);
    assert.equal((await send(0, CHUNK)).status, 416);
    assert.equal((await send(2 * CHUNK, 3 * CHUNK)).status, 416);
    await expectedViolations(async () => assert.equal((await send(CHUNK, CHUNK + 100)).status, 400), 1);
    assert.deepEqual(((await (await tenant.fetch(url)).json()) as Record<string, unknown>)['nextExpectedRanges'], [
      `${CHUNK}-${content.length - 1}`,
    ]);
    assert.equal((await send(CHUNK, 3 * CHUNK)).status, 202);
    const last = await send(3 * CHUNK, content.length);
    assert.equal(last.status, 201);
    assert.deepEqual(last.body['fileSystemInfo'], item.fileSystemInfo);
    assert.equal((await at('/large.bin')).sha256, sha256(content));
    assert.equal((await tenant.fetch(url)).status, 404);
    const taken = await tenant.graph('POST', `${drive}/root:/large.bin:/createUploadSession`, { item });
    assert.equal(errorCode(taken), 'nameAlreadyExists');
    const other = await tenant.graph('POST', `${drive}/root:/gone.bin:/createUploadSession`, {
      item: { '@microsoft.graph.conflictBehavior': 'replace' },
    });
    assert.equal((await tenant.fetch(String(other.body['uploadUrl']), { method: 'DELETE' })).status, 204);
    assert.equal((await tenant.fetch(String(other.body['uploadUrl']))).status, 404);
  });

  it('rewrites uploaded Office files when told to, as SharePoint does', async () => {
    await tenant.control('POST', '/settings', { officeRewrites: true });
    const made = await put('rewritten.docx', Buffer.from('content'));
    assert.ok(Number(made.body['size']) > 7);
    await tenant.control('POST', '/settings', { officeRewrites: false });
  });

  it('renames, moves and sets times, and finds items by path', async () => {
    const made = await put('move me.txt', Buffer.from('content'));
    const folder = await tenant.graph('POST', `${drive}/root/children`, { name: 'Target', folder: {} });
    const times = { createdDateTime: '2019-01-01T00:00:00Z', lastModifiedDateTime: '2019-06-01T00:00:00Z' };
    const moved = await tenant.graph('PATCH', `${drive}/items/${String(made.body['id'])}`, {
      name: 'moved.txt',
      parentReference: { id: folder.body['id'] },
      fileSystemInfo: times,
    });
    assert.deepEqual([moved.status, moved.body['fileSystemInfo']], [200, times]);
    const found = await tenant.graph('GET', `${drive}/root:/Target/moved.txt`);
    assert.equal(found.body['id'], made.body['id']);
    const children = await tenant.graph('GET', `${drive}/items/${String(folder.body['id'])}/children`);
    assert.equal((children.body['value'] as unknown[]).length, 1);
    assert.equal(errorCode(await tenant.graph('GET', `${drive}/root:/Target/none.txt`)), 'itemNotFound');
  });

  it('shares without telling anybody unless told to, and counts what it would have sent', async () => {
    const made = await put('shared.txt', Buffer.from('content'));
    const item = `${drive}/items/${String(made.body['id'])}`;
    const recipients = [{ email: 'anna.lindqvist@demo.holdfast.example' }];
    const quiet = await tenant.graph('POST', `${item}/invite`, {
      recipients,
      roles: ['write'],
      requireSignIn: true,
      sendInvitation: false,
    });
    assert.equal(quiet.status, 200);
    assert.equal((await tenant.control('GET', '/outgoing'))['sharingNotices'], 0);
    await tenant.graph('POST', `${item}/invite`, {
      recipients,
      roles: ['read'],
      requireSignIn: true,
      sendInvitation: true,
    });
    assert.equal((await tenant.control('GET', '/outgoing'))['sharingNotices'], 1);
    const link = await tenant.graph('POST', `${item}/createLink`, { type: 'view', scope: 'organization' });
    assert.equal(link.status, 201);
    const permissions = await tenant.graph('GET', `${item}/permissions`);
    assert.equal((permissions.body['value'] as unknown[]).length, 4);
    assert.equal((await tenant.graph('DELETE', `${item}/permissions/${String(link.body['id'])}`)).status, 204);
    assert.equal(
      errorCode(
        await tenant.graph('POST', `${item}/invite`, {
          recipients: [{ email: 'gone@nowhere.example' }],
          roles: ['read'],
          sendInvitation: false,
        }),
      ),
      'noResolvedUsers',
    );
  });

  it('refuses malware and locked drives as documented', async () => {
    await put('eicar.txt', Buffer.from('not really'));
    await tenant.control('POST', '/files/change', { user: 'mei.chen', path: '/eicar.txt', action: 'malware' });
    const refused = await tenant.graph('GET', `${drive}/root:/eicar.txt:/content`);
    assert.deepEqual(
      [refused.status, errorCode(refused), refused.headers.get('x-virus-infected')],
      [403, 'malwareDetected', 'true'],
    );
    await tenant.control('POST', '/drives/lock', { user: 'mei.chen' });
    const locked = await tenant.graph('GET', `${drive}/root/delta`);
    assert.deepEqual([locked.status, errorCode(locked)], [423, 'resourceLocked']);
    await tenant.control('POST', '/drives/lock', { user: 'mei.chen', locked: false });
  });

  it('serves any range of a file of 20 GB that is stored nowhere', async () => {
    const size = 20 * 1024 ** 3;
    const { id } = await tenant.control('POST', '/generated', { user: 'mei.chen', fileBytes: size, seed: 'huge' });
    const item = await tenant.graph('GET', `${drive}/items/${String(id)}`);
    assert.deepEqual([item.body['size'], (item.body['file'] as { hashes?: unknown }).hashes], [size, undefined]);
    const url = (await tenant.graph('GET', `${drive}/items/${String(id)}/content`)).headers.get('location') ?? '';
    const read = async (from: number, to: number) =>
      Buffer.from(await (await tenant.fetch(url, { headers: { Range: `bytes=${from}-${to - 1}` } })).arrayBuffer());
    const middle = size / 2 - 70_000;
    const long = await read(middle, middle + 200_000);
    assert.deepEqual(await read(middle + 65_000, middle + 66_000), long.subarray(65_000, 66_000));
    assert.equal((await read(size - 10, size)).length, 10);
  });
});
