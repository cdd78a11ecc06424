/** Bad input and bad weather: each trouble says what, where and what to do, and leaves what is stored as it was. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { type RunningAzurite, startAzurite } from '../../azure/testing/startAzurite.ts';
import { type FaultyProxy, startFaultyProxy } from '../../azure/testing/faultyProxy.ts';
import { ApiProblem } from '../../contract/client.ts';
import type { Item } from '../../contract/resources.ts';
import type { Run } from '../../contract/runs.ts';
import { type DemoTenant, startTenant } from '../../dev/tenant/tenant.ts';
import { DEFAULT_THROTTLE } from '../../dev/tenant/options.ts';
import {
  assertSameSet,
  contentOf,
  everything,
  finishedRun,
  Flow,
  leaves,
  restored,
  sha256,
  until,
  walk,
} from './harness.ts';
import { Product } from './product.ts';

const OWNER = 'ines.vogt';
const WRONG_SECRET = { BACKUP_CLIENT_SECRET: 'not-the-secret' };
let folder: string;
let tenant: DemoTenant;
let azurite: RunningAzurite;
let proxy: FaultyProxy;
let product: Product;
let flow: Flow;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-faults-'));
  azurite = await startAzurite();
  proxy = await startFaultyProxy(azurite.connectionString);
  tenant = await startTenant({ dataDir: folder, seed: 'empty', throttle: { ...DEFAULT_THROTTLE, enabled: false } });
  product = await Product.make({ env: settings() });
});

after(async () => {
  await product?.remove();
  await tenant?.close();
  await proxy?.stop();
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What an admin would write into the settings for this tenant and this storage account. */
function settings(): Readonly<Record<string, string>> {
  const { backup, restore, api } = tenant.apps;
  return {
    GRAPH_ENDPOINT: tenant.graphUrl,
    AUTHORITY_HOST: tenant.authorityUrl,
    CONTENT_HOSTS: new URL(tenant.contentUrl).host,
    NODE_EXTRA_CA_CERTS: tenant.caPath,
    TENANT_ID: tenant.tenantId,
    BACKUP_CLIENT_ID: backup.clientId,
    BACKUP_CLIENT_SECRET: backup.secret ?? '',
    RESTORE_CLIENT_ID: restore.clientId,
    RESTORE_CLIENT_SECRET: restore.secret ?? '',
    API_CLIENT_ID: api.clientId,
    STORAGE_CONNECTION_STRING: proxy.connectionString,
  };
}

async function start(env: Readonly<Record<string, string>> = {}): Promise<Flow> {
  const { api } = await product.start(env);
  return new Flow(product, { api, control: tenant.controlUrl });
}

/** "Back up now" for one mailbox or drive of the owner. */
async function startRun(workload: 'mail' | 'drive'): Promise<string> {
  const { id } = await flow.resource(workload, OWNER);
  return (await flow.admin.call('startResourceRun', { params: { id } })).id;
}

const backUp = async (workload: 'mail' | 'drive'): Promise<Run> =>
  finishedRun(flow.admin, await startRun(workload), 30_000);

async function put(name: string): Promise<void> {
  await flow.tenant.post('files', { user: OWNER, path: `Plans/${name}`, size: 600_000, seed: name });
}

async function storedFiles(): Promise<Item[]> {
  return leaves(await walk(flow.admin, (await flow.resource('drive', OWNER)).id));
}

/** What the newest restore point of the drive holds is what the drive holds, and every byte of it can be read. */
async function assertDriveIsWhole(): Promise<void> {
  const { id } = await flow.resource('drive', OWNER);
  const [files, items] = [await flow.tenant.files(OWNER), await storedFiles()];
  assertSameSet(
    items.map(({ sourceId, sha256: hash }) => [sourceId, hash]),
    files.filter(({ folder: isFolder }) => !isFolder).map(({ id: fileId, sha256: hash }) => [fileId, hash]),
  );
  for (const item of items) assert.equal(sha256(await contentOf(flow.as(OWNER), id, item.id)), item.sha256, item.name);
}

/** Storage has this trouble with blobs below `where` until `heal`. */
function breakStorage(fault: 'full' | 'lose-request', where: string): void {
  const faults = Array.from({ length: 1_000 }, () => fault);
  proxy.fail((method, url) => url.includes(where) && (fault !== 'full' || method === 'PUT'), ...faults);
}

const heal = () => proxy.fail(() => false);

async function problemOf(asked: Promise<unknown>): Promise<ApiProblem['problem']> {
  const answer = await asked.then(
    () => assert.fail('it was answered as if nothing had happened'),
    (error: unknown) => error,
  );
  assert.ok(answer instanceof ApiProblem, String(answer));
  assert.match(answer.problem.reference, /^\w+$/, 'a reference to ask about');
  return answer.problem;
}

describe('a wrong client secret', () => {
  it('is told by the check before anything starts', async () => {
    const { code, text } = await product.runToEnd(['--check', '--headless', '--port', '0'], WRONG_SECRET);
    assert.equal(code, 1);
    const { clientId } = tenant.apps.backup;
    assert.match(text, new RegExp(`REFUSED .*backup app, Mail\\.Read.*${clientId}`));
    assert.match(text, /AADSTS7000215\). Check client id, tenant and the secret/);
    assert.match(text, /granted .*restore app, Mail\.ReadWrite/, 'the other app works');
  });

  it('ends the run with what Entra said, and the right one needs no more than a new start', async () => {
    flow = await start(WRONG_SECRET);
    const run = await flow.firstRun();
    assert.deepEqual([run.state, run.status], ['completed', 'failed']);
    assert.match(
      run.reason ?? '',
      /^Microsoft Entra refuses the sign-in of app .* Check client id, tenant and the secret/,
    );
    assert.equal((await everything(flow.admin, 'listResources', {})).length, 0);
    await product.stop();
    flow = await start();
    await put('kept.bin');
    assert.equal((await flow.backUp()).status, 'complete');
    await assertDriveIsWhole();
  });
});

describe('a consent that was withdrawn', () => {
  it('fails the mailbox by name, names the permission, and costs nothing once it is granted again', async () => {
    const withdrawn = { app: 'backup', roles: ['Mail.Read'] };
    await flow.tenant.post('revoke', withdrawn);
    await flow.tenant.post('messages', { user: OWNER, message: { subject: 'while consent was missing' } });
    const refused = await backUp('mail');
    assert.equal(refused.status, 'failed');
    assert.match(refused.reason ?? '', /refuses GET .*mailFolders.* \(403 \w+\).* consent was withdrawn/);
    const mailbox = await flow.resource('mail', OWNER);
    assert.deepEqual([mailbox.state, mailbox.reason], ['failing', refused.reason]);
    const { permissions = [] } = await flow.admin.call('getHealth', {});
    assert.deepEqual(
      permissions.filter(({ state }) => state === 'refused').map(({ app, permission }) => [app, permission]),
      [['backup', 'Mail.Read']],
    );
    assert.match(
      permissions.find(({ state }) => state === 'refused')?.advice ?? '',
      /Grant Mail\.Read to the backup app/,
    );

    await flow.tenant.post('grant', withdrawn);
    assert.equal((await backUp('mail')).status, 'complete');
    const [message] = leaves(await walk(flow.admin, mailbox.id));
    assert.equal(message?.name, 'while consent was missing');
    assert.equal((await flow.resource('mail', OWNER)).state, 'protected');
  });
});

describe('storage', () => {
  it('that is full ends the run with that word first; what is stored stays, nothing new is lost', async () => {
    const before = await storedFiles();
    await put('no room.bin');
    breakStorage('full', '/repository/packs');
    const run = await backUp('drive');
    assert.notEqual(run.status, 'complete');
    assert.match(run.reason ?? '', /^Storage.* has no room for blob packs\//);
    assert.equal(run.counts.stored, 0);
    heal();
    assert.deepEqual(await storedFiles(), before);
    assert.equal((await backUp('drive')).status, 'complete');
    assert.equal((await storedFiles()).length, before.length + 1);
  });

  it('that does not answer makes the run wait and say so; it goes on by itself', async () => {
    await put('later.bin');
    breakStorage('lose-request', '/repository/packs');
    const id = await startRun('drive');
    const [row] = await until(
      'the run waits',
      () => everything(flow.admin, 'listRunResources', { params: { id } }),
      ([only]) => only?.state === 'waiting',
    );
    assert.match(row?.reason ?? '', /^Storage does not answer, blob packs\/.* has to wait/);
    const drive = await flow.resource('drive', OWNER);
    // One that nobody has read so far: what lies in memory can be read without storage.
    const item = (await storedFiles()).find(({ name }) => name === 'no room.bin');
    const reading = flow.as(OWNER).open('getContent', { params: { id: drive.id, itemId: item?.id ?? '' } });
    const problem = await problemOf(reading);
    assert.equal(problem.status, 503);
    assert.match(problem.detail ?? '', /^Storage does not answer/);
    heal();
    const run = await finishedRun(flow.admin, id, 60_000);
    assert.equal(run.status, 'complete');
    await assertDriveIsWhole();
  });
});

describe('a stored pack that was damaged', () => {
  it('costs the item that lay there, by name, and nothing else', async () => {
    const { id } = await flow.resource('drive', OWNER);
    const packsBefore = new Set(await packs());
    await put('damaged.bin');
    await backUp('drive');
    const whole = await storedFiles();
    const damaged = whole.find(({ name }) => name === 'damaged.bin');
    assert.ok(damaged);
    await damage((await packs()).filter((name) => !packsBefore.has(name)));

    const problem = await problemOf(
      flow
        .as(OWNER)
        .open('getContent', { params: { id, itemId: damaged.id } })
        .then((answer) => answer.arrayBuffer()),
    );
    assert.match(`${problem.title} ${problem.detail}`, /damaged\.bin/);
    for (const item of whole.filter((one) => one !== damaged))
      assert.equal(sha256(await contentOf(flow.as(OWNER), id, item.id)), item.sha256, item.name);

    const { request, results } = await restored(flow.as(OWNER), {
      selection: { items: whole.map((item) => ({ resourceId: id, itemId: item.id })) },
      destination: { kind: 'newFolder', name: 'After damage' },
    });
    assert.deepEqual([request.counts?.failed, request.counts?.restored], [1, whole.length - 1]);
    const failed = results.find(({ outcome }) => outcome === 'failed');
    assert.equal(failed?.itemId, damaged.id);
    assert.match(failed?.reason ?? '', /damaged|corrupt|missing/i);
    const there = (await flow.tenant.files(OWNER)).filter(({ path: at }) => at.includes('After damage/'));
    assertSameSet(
      there.map(({ name, sha256: hash }) => [name, hash]),
      whole.filter((one) => one !== damaged).map(({ name, sha256: hash }) => [name, hash]),
    );
  });

  const container = () =>
    BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('repository');

  async function packs(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of container().listBlobsFlat({ prefix: 'packs/' })) names.push(name);
    return names;
  }

  /** Turns one bit in the middle of the largest of these packs, as a bad disk would. */
  async function damage(names: readonly string[]): Promise<void> {
    const contents = await Promise.all(
      names.map(async (name) => ({ name, bytes: await container().getBlobClient(name).downloadToBuffer() })),
    );
    const largest = contents.toSorted((a, b) => b.bytes.length - a.bytes.length)[0];
    assert.ok(largest !== undefined && largest.bytes.length >= 600_000, 'the content lies in a new pack');
    const middle = Math.floor(largest.bytes.length / 2);
    largest.bytes[middle] = (largest.bytes[middle] ?? 0) ^ 1;
    await container().getBlockBlobClient(largest.name).uploadData(largest.bytes);
  }
});

describe('a request that is wrong', () => {
  const nobody = 'f'.repeat(32);

  it('is answered with the field that is wrong and what it takes', async () => {
    const problem = await problemOf(flow.admin.call('listRuns', { query: { pageSize: 0 } }));
    assert.equal(problem.status, 400);
    assert.equal(problem.errors?.[0]?.field, 'pageSize');
    const order = { selection: { items: [] }, destination: { kind: 'moon' } };
    const refused = await problemOf(flow.admin.call('createRestore', { body: order as never }));
    assert.equal(refused.status, 400);
    assert.ok(
      refused.errors?.some(({ field }) => field.startsWith('destination')),
      JSON.stringify(refused.errors),
    );
  });

  it('for something that is not there says what is not there', async () => {
    const { id } = await flow.resource('drive', OWNER);
    const cases = [
      flow.admin.call('getItem', { params: { id, itemId: nobody } }),
      flow.admin.open('getContent', { params: { id, itemId: nobody } }),
      flow.admin.call('getResource', { params: { id: nobody } }),
      flow.admin.call('getRun', { params: { id: nobody } }),
      flow.admin.call('getItem', { params: { id, itemId: '../secrets' } }),
    ];
    for (const problem of await Promise.all(cases.map(problemOf))) {
      assert.equal(problem.status, 404);
      assert.ok((problem.detail ?? '').length > 10, problem.detail);
    }
  });

  it('to restore what is not there ends by name, and changes nothing', async () => {
    const { id } = await flow.resource('drive', OWNER);
    const before = await flow.tenant.files(OWNER);
    const order = (resourceId: string) => ({
      selection: { items: [{ resourceId, itemId: nobody }] },
      destination: { kind: 'original' as const },
      reason: 'a ticket',
    });
    assert.equal((await problemOf(flow.admin.call('createRestore', { body: order(nobody) }))).status, 404);
    const { id: request } = await flow.admin.call('createRestore', { body: order(id) });
    const planned = await until(
      'the plan is ready',
      () => flow.admin.call('getRestore', { params: { id: request } }),
      ({ state }) => state !== 'planning',
    );
    assert.equal(planned.state, 'failed');
    assert.match(planned.trouble ?? '', new RegExp(`${nobody} is not in the restore point`));
    assert.deepEqual(await flow.tenant.files(OWNER), before);
  });
});
