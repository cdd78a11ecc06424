import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startAzurite, type RunningAzurite } from '../azure/testing/startAzurite.ts';
import { apiClient, type ApiClient } from '../contract/client.ts';
import { startHost, type FunctionsHost } from '../dev/host/host.ts';
import { DOMAIN } from '../dev/tenant/seed/people.ts';
import { startTenant, type DemoTenant } from '../dev/tenant/tenant.ts';
import { silentLog } from '../engine/testing/silentLog.ts';
import { bootstrap } from './bootstrap.ts';
import { check } from './check.ts';
import { readSettings } from './settings.ts';

/** The deployed app on the local Functions host, over Azurite, against the demo tenant: a backup by policy, read by API. */
describe('the app', () => {
  let folder: string;
  let azurite: RunningAzurite;
  let tenant: DemoTenant;
  let host: FunctionsHost;
  let recoveryKey = '';
  let env: Record<string, string | undefined>;
  const hostLog: string[] = [];

  const token = async (user: string): Promise<string> => {
    const answer = await fetch(`${tenant.controlUrl}/control/token`, {
      method: 'POST',
      body: JSON.stringify({ user }),
    });
    return ((await answer.json()) as { token: string }).token;
  };
  const client = (user: string): ApiClient => apiClient({ baseUrl: `${host.url}/api`, token: () => token(user) });

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-app-'));
    azurite = await startAzurite();
    tenant = await startTenant({ dataDir: path.join(folder, 'tenant'), seed: 'small', corpusDir: undefined });
    env = {
      PATH: process.env['PATH'],
      GRAPH_ENDPOINT: tenant.graphUrl,
      AUTHORITY_HOST: tenant.authorityUrl,
      BROWSER_AUTHORITY_HOST: tenant.loopbackSignInUrl,
      CONTENT_HOSTS: new URL(tenant.contentUrl).host,
      NODE_EXTRA_CA_CERTS: tenant.caPath,
      TENANT_ID: tenant.tenantId,
      BACKUP_CLIENT_ID: tenant.apps.backup.clientId,
      BACKUP_CLIENT_SECRET: tenant.apps.backup.secret,
      RESTORE_CLIENT_ID: tenant.apps.restore.clientId,
      RESTORE_CLIENT_SECRET: tenant.apps.restore.secret,
      API_CLIENT_ID: tenant.apps.api.clientId,
      STORAGE_CONNECTION_STRING: azurite.connectionString,
      AzureWebJobsStorage: azurite.connectionString,
      LOCAL_KEY_PATH: path.join(folder, 'keys', 'wrapping.key'),
      DATA_DIR: folder,
      START_ID: 'test-start',
      BOT_AUTH: 'none',
    };
    const { isNew, runs } = await bootstrap(readSettings(env), {
      log: silentLog(),
      showRecoveryKey: async (text) => {
        recoveryKey = text;
      },
    });
    assert.equal(isNew, true);
    assert.equal(runs.length, 1);
    host = await startHost({
      app: path.join(import.meta.dirname, 'main.ts'),
      hostJson: path.join(import.meta.dirname, 'host.json'),
      // Another name of the tenant whose id made the repository and stands in tokens.
      env: { ...env, TENANT_ID: DOMAIN },
      stateFolder: path.join(folder, 'host'),
      port: 0,
      log: ({ message }) => hostLog.push(message),
    });
    host.startTriggers();
  });

  after(async () => {
    await host?.stop(2_000);
    await tenant?.close();
    await azurite?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('runs the first backup to its end', async () => {
    const admin = client('anna.lindqvist');
    for (let waited = 0; ; waited++) {
      const { value } = await admin.call('listRuns', { query: {} });
      if (value[0]?.state === 'completed') {
        assert.equal(value[0].status, 'complete', JSON.stringify(value[0]));
        assert.ok(value[0].counts.stored > 50);
        break;
      }
      assert.ok(waited < 480, `${JSON.stringify(value)}\n${hostLog.slice(-20).join('\n')}`);
      await delay(500);
    }
  });

  it('gives back the bytes that it lists, whole and in ranges, and only to whom they belong', async () => {
    const admin = client('anna.lindqvist');
    const { value: resources } = await admin.call('listResources', { query: { workload: 'mail', q: 'anna' } });
    const resource = resources[0];
    assert.ok(resource, JSON.stringify(resources));
    const found = await admin.call('search', { query: { q: '', resourceId: resource.id } });
    const message = found.value.find(({ item }) => !item.container && item.sha256 !== undefined)?.item;
    assert.ok(message, JSON.stringify(found).slice(0, 500));

    const address = { params: { id: resource.id, itemId: message.id }, query: {} };
    const whole = await admin.open('getContent', address);
    const bytes = Buffer.from(await whole.arrayBuffer());
    assert.equal(createHash('sha256').update(bytes).digest('hex'), message.sha256);
    assert.match(whole.headers.get('Content-Disposition') ?? '', /^attachment; .*\.eml/);
    const part = await admin.open('getContent', address, { range: 'bytes=10-19' });
    assert.equal(part.status, 206);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(10, 20));

    const stranger = client('clara.weber');
    await assert.rejects(stranger.open('getContent', address), { message: /Auditors see what was backed up/ });
    const head = await fetch(admin.url('getContent', address).toString(), {
      method: 'HEAD',
      headers: { Authorization: `Bearer ${await token('anna.lindqvist')}` },
    });
    assert.equal(head.headers.get('content-length'), String(bytes.byteLength));
    const { value: entries } = await admin.call('listAudit', { query: { action: 'content.read' } });
    assert.deepEqual(entries.map(({ result }) => result).toSorted(), ['done', 'done', 'refused']);
  });

  it('says what is granted and that storage and key work', async () => {
    const health = await client('anna.lindqvist').call('getHealth', {});
    assert.deepEqual(
      health.permissions?.filter(({ state }) => state !== 'granted'),
      [],
    );
    assert.deepEqual(
      health.dependencies?.filter(({ state }) => state !== 'works'),
      [],
    );
    assert.equal((await client('anna.lindqvist').call('verifyKey', { body: { recoveryKey } })).result, 'ok');
    assert.equal(
      (
        await client('anna.lindqvist').call('verifyKey', {
          body: { recoveryKey: `${recoveryKey.startsWith('A') ? 'B' : 'A'}${recoveryKey.slice(1)}` },
        })
      ).result,
      'refused',
    );
  });

  it('gives a folder back as one ZIP, in parts, to the person who asked, once', async () => {
    const member = client('grace.mwangi');
    const { value: mailboxes } = await member.call('listResources', { query: { workload: 'mail' } });
    const resourceId = mailboxes[0]?.id ?? '';
    const asked = await member.call('createRestore', {
      body: { selection: { resourceId }, destination: { kind: 'download' } },
    });
    const until = async (state: string) => {
      for (let waited = 0; ; waited++) {
        const request = await member.call('getRestore', { params: { id: asked.id } });
        if (request.state === state) return request;
        assert.ok(waited < 480 && request.state !== 'failed', JSON.stringify(request));
        await delay(250);
      }
    };
    const ready = await until('ready');
    assert.equal(ready.plan?.needsApproval, false);
    assert.deepEqual(ready.can, ['plan', 'run', 'withdraw']);
    await member.call('runRestore', { params: { id: asked.id } });
    const done = await until('done');
    assert.equal(done.downloadUrl, `/api/restore-requests/${asked.id}/download`);

    const first = await member.open('downloadRestore', { params: { id: asked.id } }, { range: 'bytes=0-99' });
    assert.equal(first.status, 206);
    const rest = await member.open('downloadRestore', { params: { id: asked.id } }, { range: 'bytes=100-' });
    const zip = Buffer.concat([Buffer.from(await first.arrayBuffer()), Buffer.from(await rest.arrayBuffer())]);
    assert.equal(zip.byteLength, done.download?.size);
    assert.equal(zip.readUInt32LE(0), 0x04034b50);
    await assert.rejects(member.open('downloadRestore', { params: { id: asked.id } }), { status: 409 });
    const spent = await member.call('getRestore', { params: { id: asked.id } });
    assert.deepEqual([spent.downloadUrl, spent.download?.taken], [undefined, true]);
    const { value: entries } = await member.call('listAudit', { query: {} });
    assert.ok(entries.some(({ action }) => action === 'restore.download'));
  });

  it('tells a browser where to sign in, over an address that it can reach', async () => {
    const signIn = (await (await fetch(`${host.url}/api/sign-in`)).json()) as { authorizationEndpoint: string };
    assert.ok(signIn.authorizationEndpoint.startsWith(tenant.loopbackSignInUrl));
  });

  it('answers the chat at its own address, and refuses what is no activity of the tenant', async () => {
    const post = (body: unknown) => fetch(`${host.url}/api/messages`, { method: 'POST', body: JSON.stringify(body) });
    assert.equal((await post({})).status, 403);
    assert.equal((await fetch(`${host.url}/api/messages`)).status, 404);
  });

  it('names what is refused, the call that was tried and what to do', async () => {
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), tenant.ca]);
    const revoke = { app: 'backup', roles: ['Mail.Read'] };
    await fetch(`${tenant.controlUrl}/control/revoke`, { method: 'POST', body: JSON.stringify(revoke) });
    const refused = await check(readSettings(env), silentLog());
    assert.equal(refused.isFine, false);
    const [line] = refused.permissions.filter(({ permission, app }) => app === 'backup' && permission === 'Mail.Read');
    assert.equal(line?.state, 'refused');
    assert.match(line.call, /^GET \/users\/.*\/mailFolders$/);
    assert.match(line.advice ?? '', /Grant Mail\.Read/);
    await fetch(`${tenant.controlUrl}/control/grant`, { method: 'POST', body: JSON.stringify(revoke) });
    assert.equal((await check(readSettings(env), silentLog())).isFine, true);

    const wrong = await check(readSettings({ ...env, BACKUP_CLIENT_SECRET: 'wrong' }), silentLog());
    assert.match(wrong.lines.join('\n'), /REFUSED .*AADSTS7000215|AADSTS7000215/);
    assert.doesNotMatch(wrong.lines.join('\n'), /demo-|AccountKey/);
  });

  it('calls nothing in the tenant that its app manifests do not declare', () => {
    // What was tried without the permission that was taken away is no violation of the manifests.
    const isRevoked = ({ kind, request }: { kind: string; request: string }) =>
      kind === 'role' && request.includes('/mailFolders?');
    assert.deepEqual(
      tenant.recorder.violations().filter((violation) => !isRevoked(violation)),
      [],
    );
  });
});
