/** What goes wrong says what, where and what to do, and leaves everything as it was. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { type FaultyProxy, startFaultyProxy } from '../../azure/testing/faultyProxy.ts';
import { ApiProblem } from '../../contract/client.ts';
import type { Item, Resource } from '../../contract/resources.ts';
import { type Azurite, startAzurite } from '../../dev/azurite.ts';
import { type ForeignTenant, startForeignTenant } from './foreignTenant.ts';
import {
  assertCurrent,
  contentOf,
  everything,
  finishedRun,
  Flow,
  leaves,
  PEOPLE,
  restored,
  sha256,
  until,
  walk,
} from './harness.ts';
import { Product } from './product.ts';

const OWNER = 'ines.vogt';
let foreign: ForeignTenant;
let azurite: Azurite;
let proxy: FaultyProxy;
let product: Product;
let flow: Flow;
let storage: Record<string, string>;

before(async () => {
  foreign = await startForeignTenant();
  product = await Product.make({ env: foreign.settings });
  azurite = await startAzurite({ dataDir: product.dataDir });
  proxy = await startFaultyProxy(azurite.connectionString);
  storage = { STORAGE_CONNECTION_STRING: proxy.connectionString };
});

after(async () => {
  await product?.stop();
  await proxy?.stop();
  await azurite?.stop();
  await product?.remove();
  await foreign?.stop();
});

const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
  const addresses = await product.start({ ...storage, ...env });
  flow = new Flow(product, { ...addresses, control: foreign.tenant.controlUrl });
};

const put = (path: string) =>
  foreign.tenant && flow.tenant.post<{ id: string }>('files', { user: OWNER, path, size: 3_000 });

async function refusal(call: Promise<unknown>): Promise<ApiProblem> {
  const answer = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(answer instanceof ApiProblem, `it is refused: ${String(answer)}`);
  return answer;
}

describe('before the first backup', () => {
  it('--check names a wrong secret, and what to do about it', async () => {
    const { code, text } = await product.runToEnd(['--check'], { ...storage, BACKUP_CLIENT_SECRET: 'wrong' });
    assert.equal(code, 1, text);
    assert.match(text, /Entra refuses the sign-in of app .*Check client id, tenant and the secret/);
    assert.doesNotMatch(text, /another-backup-secret/);
  });

  it('--check names a permission that lacks consent', async () => {
    const control = new Flow(product, { api: '', control: foreign.tenant.controlUrl }).tenant;
    await control.post('revoke', { app: 'backup', roles: ['Sites.Read.All'] });
    const missing = await product.runToEnd(['--check'], storage);
    await control.post('grant', { app: 'backup', roles: ['Sites.Read.All'] });
    assert.equal(missing.code, 1, missing.text);
    assert.match(missing.text, /REFUSED\s+backup app, Sites\.Read\.All/);
    const all = await product.runToEnd(['--check'], storage);
    assert.equal(all.code, 0, all.text);
  });

  it('a start without storage says so and ends', async () => {
    const nowhere = azurite.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:9');
    const { code, text } = await product.runToEnd(
      ['--headless', '--port', '0', '--recovery-key-file', `${product.dataDir}/key`],
      { STORAGE_CONNECTION_STRING: nowhere },
    );
    assert.equal(code, 1, text);
    assert.match(text, /Storage does not answer/);
  });

  it('contradicting settings are all named at once', async () => {
    const { code, text } = await product.runToEnd(['--headless', '--port', '0'], {
      ...storage,
      RESTORE_CLIENT_ID: '',
      GRAPH_ENDPOINT: 'http://plain',
    });
    assert.equal(code, 1, text);
    assert.match(text, /GRAPH_ENDPOINT.*https/);
    assert.match(text, /RESTORE_CLIENT_SECRET is set without RESTORE_CLIENT_ID/);
  });
});

describe('Microsoft 365 refusing', () => {
  let mailbox: Resource;
  let drive: Resource;

  before(async () => {
    await start();
    const run = await flow.firstRun();
    assert.equal(run.status, 'complete', run.reason);
    [mailbox, drive] = [await flow.resource('mail', OWNER), await flow.resource('drive', OWNER)];
  });

  it('a withdrawn consent fails the mailbox by name, keeps its copies, and is healed by consent', async () => {
    const message = await flow.tenant.post<{ immutableId: string }>('messages', {
      user: OWNER,
      message: { subject: 'while refused' },
    });
    const before = await everything(flow.admin, 'listPoints', { params: { id: mailbox.id } });
    await flow.tenant.post('revoke', { app: 'backup', roles: ['Mail.Read'] });
    const failed = await flow.backUpResource(mailbox);
    assert.equal(failed.status, 'failed');
    assert.match(failed.reason ?? '', /permission is missing|consent/i);
    assert.deepEqual(
      (await everything(flow.admin, 'listPoints', { params: { id: mailbox.id } })).map(({ id }) => id),
      before.map(({ id }) => id),
    );
    assert.equal((await flow.backUpResource(drive)).status, 'complete');

    await flow.tenant.post('grant', { app: 'backup', roles: ['Mail.Read'] });
    assert.equal((await flow.backUpResource(mailbox)).status, 'complete');
    assert.ok((await walk(flow.admin, mailbox.id)).some(({ sourceId }) => sourceId === message.immutableId));
  });

  it('a wrong secret fails the run with what to check, and leaves data and cursor alone', async () => {
    const { id } = await put('While the secret is wrong.txt');
    await product.stop();
    await start({ BACKUP_CLIENT_SECRET: 'wrong' });
    const failed = await flow.backUpResource(drive);
    assert.equal(failed.status, 'failed');
    assert.match(failed.reason ?? '', /Entra refuses the sign-in of app .*Check client id, tenant and the secret/);
    const [item] = leaves(await walk(flow.admin, drive.id));
    assert.equal(
      sha256(await contentOf(flow.admin, drive.id, item?.id ?? '')),
      item?.sha256,
      'what is stored stays readable',
    );
    await product.stop();
    await start();
    assert.equal((await flow.backUpResource(drive)).status, 'complete');
    assert.ok((await walk(flow.admin, drive.id)).some(({ sourceId }) => sourceId === id));
  });
});

describe('a start without a restore app', () => {
  const REFUSAL = /^Restores into Microsoft 365 are not set up: RESTORE_CLIENT_ID and .*Downloads work\.$/;
  let drive: Resource;
  let selection: { items: { resourceId: string; itemId: string }[] };
  let stored: Item | undefined;

  before(async () => {
    await product.stop();
    await start({ RESTORE_CLIENT_ID: '', RESTORE_CLIENT_SECRET: '' });
    drive = await flow.resource('drive', OWNER);
    [stored] = leaves(await walk(flow.admin, drive.id));
    selection = { items: [{ resourceId: drive.id, itemId: stored?.id ?? '' }] };
  });
  after(async () => {
    await product.stop();
    await start();
  });

  it('refuses restores into Microsoft 365 with the settings that are missing, whoever asks for whatever place', async () => {
    for (const destination of [
      { kind: 'original' },
      { kind: 'newFolder' },
      { kind: 'resource', resourceId: drive.id },
    ] as const)
      for (const person of [OWNER, PEOPLE.admin]) {
        const body = { selection, destination, reason: 'it is gone' };
        const problem = await refusal(flow.as(person).call('createRestore', { body }));
        assert.match(problem.problem.detail ?? '', REFUSAL);
        assert.ok(problem.status >= 400 && problem.status < 500, `${problem.status}`);
      }
    assert.deepEqual(await everything(flow.admin, 'listRestores', {}), []);
  });

  it('gives downloads, and backs up as before', async () => {
    const own = flow.as(OWNER);
    const { request } = await restored(own, { selection, destination: { kind: 'download' } });
    assert.equal(request.state, 'done', request.trouble);
    const answer = await own.open('downloadRestore', { params: { id: request.id } });
    assert.equal(sha256(await answer.bytes()), stored?.sha256);
    assert.equal((await flow.backUpResource(drive)).status, 'complete');
  });
});

describe('storage in trouble', () => {
  const isPack = (method: string, url: string) => method === 'PUT' && url.includes('/repository/packs/');

  it('that is full fails the run in its first words, and the next run stores what this one could not', async () => {
    const drive = await flow.resource('drive', OWNER);
    const { id } = await put('While storage is full.txt');
    const points = await everything(flow.admin, 'listPoints', { params: { id: drive.id } });
    proxy.fail(isPack, ...Array.from({ length: 50 }, () => 'full' as const));
    const failed = await flow.backUpResource(drive);
    proxy.fail(() => false);
    assert.equal(failed.status, 'failed');
    assert.match(failed.reason ?? '', /^(Storage: )?The storage account has no room|^Storage/);
    assert.deepEqual(
      (await everything(flow.admin, 'listPoints', { params: { id: drive.id } })).map((point) => point.id),
      points.map((point) => point.id),
    );
    assert.equal((await flow.backUpResource(drive)).status, 'complete');
    assert.ok((await walk(flow.admin, drive.id)).some(({ sourceId }) => sourceId === id));
    await assertCurrent(flow, [drive]);
  });

  it('that cannot be reached is waited for: the run says storage meanwhile, shows nothing half, and ends whole', async () => {
    const drive = await flow.resource('drive', OWNER);
    const { id } = await put('While storage is away.txt');
    const points = () => everything(flow.admin, 'listPoints', { params: { id: drive.id } });
    const before = await points();
    // Longer than all tries of a call: each of them breaks, until somebody plugs it in again.
    proxy.fail(
      (_, url) => /\/repository\/(packs|points)\//.test(url),
      ...Array.from({ length: 10_000 }, () => 'lose-request' as const),
    );
    const { id: runId } = await flow.admin.call('startResourceRun', { params: { id: drive.id } });
    const waiting = await until(
      'the run waits',
      () => flow.admin.call('getRun', { params: { id: runId } }),
      ({ state }) => state !== 'running' && state !== 'queued' && state !== 'discovering',
    );
    assert.equal(waiting.state, 'waiting');
    const [row] = await everything(flow.admin, 'listRunResources', { params: { id: runId } });
    assert.match(row?.reason ?? '', /^Storage does not answer/);
    assert.deepEqual(await points(), before);
    proxy.fail(() => false);
    const ended = await finishedRun(flow.admin, runId, 240_000);
    assert.equal(ended.status, 'complete', ended.reason);
    assert.ok((await walk(flow.admin, drive.id)).some(({ sourceId }) => sourceId === id));
    await assertCurrent(flow, [drive]);
  });

  it('that is busy or loses answers is waited out', async () => {
    const drive = await flow.resource('drive', OWNER);
    await put('While storage is busy.txt');
    proxy.fail(
      (method, url) => isPack(method, url) || (method !== 'GET' && url.includes('/resources(')),
      'lose-answer',
      'busy',
      'lose-answer',
      'lose-request',
      'busy',
    );
    const run = await flow.backUpResource(drive);
    proxy.fail(() => false);
    assert.equal(run.status, 'complete', run.reason);
    await assertCurrent(flow, [drive]);
  });

  it('that changed a byte of a pack is found when the item is read: no wrong byte is handed out', async () => {
    const drive = await flow.resource('drive', OWNER);
    const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('repository');
    const packs = async () => {
      const found = new Map<string, number>();
      for await (const { name, properties } of container.listBlobsFlat({ prefix: 'packs/' }))
        found.set(name, properties.contentLength ?? 0);
      return found;
    };
    const before = await packs();
    const { id } = await flow.tenant.post<{ id: string }>('files', {
      user: OWNER,
      path: 'Damaged later.bin',
      size: 2_000_000,
    });
    await flow.backUpResource(drive);
    const [pack] = [...(await packs())].filter(([name]) => !before.has(name)).toSorted(([, a], [, b]) => b - a);
    assert.ok(pack, 'the run wrote a pack');
    const blob = container.getBlockBlobClient(pack[0]);
    const bytes = await blob.downloadToBuffer();
    const changed = Buffer.from(bytes);
    changed[1_000_000] = (changed[1_000_000] ?? 0) ^ 1;
    await blob.upload(changed, changed.length);

    const items = leaves(await walk(flow.admin, drive.id));
    const damaged = items.find(({ sourceId }) => sourceId === id);
    const sound = items.find(({ sourceId }) => sourceId !== id);
    assert.ok(damaged && sound);
    const problem = await refusal(contentOf(flow.admin, drive.id, damaged.id));
    assert.ok(problem.status >= 500, `${problem.status}`);
    assert.match(problem.message, /damaged/);
    const chosen = [damaged, sound].map((item) => ({ resourceId: drive.id, itemId: item.id }));
    const { request, results } = await restored(flow.as(OWNER), {
      selection: { items: chosen },
      destination: { kind: 'newFolder', name: 'From damaged storage' },
    });
    assert.deepEqual([request.state, request.counts?.restored, request.counts?.failed], ['done', 1, 1]);
    assert.match(results.find(({ outcome }) => outcome === 'failed')?.reason ?? '', /damaged/);
    const given = (await flow.tenant.files(OWNER)).filter(
      ({ path, folder }) => path.startsWith('/From damaged storage/') && !folder,
    );
    assert.deepEqual(
      given.map(({ sha256: hash }) => hash),
      [sound.sha256],
      'nothing of the damaged file is at the target',
    );

    await blob.upload(bytes, bytes.length);
    assert.equal(sha256(await contentOf(flow.admin, drive.id, damaged.id)), damaged.sha256);
  });
});

describe('a request that makes no sense', () => {
  const unknown = 'f'.repeat(32);

  it('is answered with its field and the way out', async () => {
    const mailbox = await flow.resource('mail', OWNER);
    const body = {
      selection: { items: [{ resourceId: mailbox.id, itemId: 'nonsense' }] },
      conflict: 'whatever',
    } as never;
    const problem = await refusal(flow.admin.call('createRestore', { body }));
    assert.equal(problem.status, 400);
    assert.ok(
      (problem.problem.errors ?? []).some(({ field }) => field.startsWith('conflict')),
      JSON.stringify(problem.problem),
    );
    const answer = await fetch(`${flow.api}/restore-requests`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await flow.tenant.token(PEOPLE.admin)}`, 'content-type': 'application/json' },
      body: '{"selection":',
    });
    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get('content-type')?.split(';')[0], 'application/problem+json');
  });

  it('for what is not there is not found, in whatever form it is named', async () => {
    const mailbox = await flow.resource('mail', OWNER);
    for (const call of [
      () => flow.admin.call('getResource', { params: { id: unknown } }),
      () => flow.admin.call('getItem', { params: { id: mailbox.id, itemId: unknown } }),
      () => flow.admin.open('getContent', { params: { id: mailbox.id, itemId: unknown } }),
      () => flow.admin.call('getRun', { params: { id: '../../etc/passwd' } }),
      () => flow.admin.call('getRestore', { params: { id: unknown } }),
    ]) {
      const problem = await refusal(call());
      assert.equal(problem.status, 404, problem.message);
      assert.ok(problem.problem.reference.length > 0 && problem.message.length > 10);
    }
  });
});

describe('at the end', () => {
  it('nothing was asked that the contract does not declare, and nobody got mail', async () => {
    const complaints = await flow.tenant.complaints();
    // Asking while consent was withdrawn is what was tested.
    assert.deepEqual(
      complaints.filter((one) => !lacksWhatWasWithdrawn(one)),
      [],
    );
  });
});

/** A refusal of the backup app for exactly the roles that these tests take from it. */
function lacksWhatWasWithdrawn(complaint: string): boolean {
  const { kind, detail } = JSON.parse(complaint) as { kind: string; detail: string };
  const [, needs = '', app, has = ''] = /^Needs one of (.*); app (\S+) has (.*)\.$/.exec(detail) ?? [];
  const [needed, held] = [needs.split(', '), has.split(', ')];
  return (
    kind === 'role' &&
    app === foreign.tenant.apps.backup.clientId &&
    ['Mail.Read', 'Sites.Read.All'].some((role) => needed.includes(role) && !held.includes(role))
  );
}
