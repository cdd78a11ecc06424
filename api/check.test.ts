import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';
import { z } from 'zod';
import { startAzurite, type RunningAzurite } from '../azure/testing/startAzurite.ts';
import { startTenant, type DemoTenant } from '../dev/tenant/tenant.ts';
import { openApiDir } from '../dev/tenant/testing/besideTheRepository.ts';
import { silentLog } from '../engine/testing/silentLog.ts';
import { check, type Checked } from './check.ts';
import { readSettings } from './settings.ts';

const entra = path.join(import.meta.dirname, '../infra/entra');
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(entra, file), 'utf8'));
const names = new Map(
  Object.entries(z.record(z.string(), z.string()).parse(read('graph-roles.json'))).map(([name, id]) => [id, name]),
);
const manifest = z.object({
  requiredResourceAccess: z.array(z.object({ resourceAccess: z.array(z.object({ id: z.string() })) })),
});
/** Graph roles that the app of this manifest asks for. */
const rolesOf = (app: 'backup' | 'restore'): readonly string[] =>
  manifest
    .parse(read(`${app}.json`))
    .requiredResourceAccess.flatMap(({ resourceAccess }) => resourceAccess.map(({ id }) => names.get(id) ?? id));

describe('the check', () => {
  let folder: string;
  let azurite: RunningAzurite;
  let tenant: DemoTenant;
  let env: Record<string, string | undefined>;
  before(async () => {
    assert.ok(existsSync(entra));
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-check-'));
    azurite = await startAzurite();
    tenant = await startTenant({
      dataDir: path.join(folder, 'tenant'),
      seed: 'small',
      corpusDir: undefined,
      openApiDir,
    });
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), tenant.ca]);
    env = {
      GRAPH_ENDPOINT: tenant.graphUrl,
      AUTHORITY_HOST: tenant.authorityUrl,
      BROWSER_AUTHORITY_HOST: tenant.loopbackSignInUrl,
      TENANT_ID: tenant.tenantId,
      BACKUP_CLIENT_ID: tenant.apps.backup.clientId,
      BACKUP_CLIENT_SECRET: tenant.apps.backup.secret,
      RESTORE_CLIENT_ID: tenant.apps.restore.clientId,
      RESTORE_CLIENT_SECRET: tenant.apps.restore.secret,
      API_CLIENT_ID: tenant.apps.api.clientId,
      STORAGE_CONNECTION_STRING: azurite.connectionString,
      LOCAL_KEY_PATH: path.join(folder, 'wrapping.key'),
    };
  });
  after(async () => {
    const complaints = [...tenant.recorder.violations(), ...tenant.recorder.outgoings()];
    await tenant.close();
    await azurite?.stop();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(complaints, []);
  });

  const checked = (changed: Record<string, string> = {}) => check(readSettings({ ...env, ...changed }), silentLog());
  const control = (what: string, body: unknown) =>
    fetch(`${tenant.controlUrl}/control/${what}`, { method: 'POST', body: JSON.stringify(body) });
  const statesOf = ({ permissions }: Checked, app: string, role: string) =>
    permissions.filter((probe) => probe.app === app && probe.permission === role);
  const dependency = ({ dependencies }: Checked, name: string) => dependencies.find((probe) => probe.name === name);

  it('tries every role that the two apps ask for, each by a read', async () => {
    const all = await checked();
    for (const app of ['backup', 'restore'] as const)
      for (const role of rolesOf(app)) {
        const probes = statesOf(all, app, role);
        assert.ok(probes.length > 0, `${app} app, ${role}`);
        for (const { state, call } of probes) {
          assert.equal(state, 'granted', `${app} app, ${role}: ${call}`);
          assert.match(call, /^GET \//, role);
        }
        assert.ok(all.lines.some((line) => line.includes(`${app} app, ${role}`)));
      }
    assert.equal(all.isFine, true, all.lines.join('\n'));
  });

  it('names each role that was taken away, and what is lost without it', async () => {
    for (const app of ['backup', 'restore'] as const)
      for (const role of rolesOf(app)) {
        await control('revoke', { app, roles: [role] });
        const missing = await checked();
        await control('grant', { app, roles: [role] });
        for (const { state, advice = '' } of statesOf(missing, app, role)) {
          assert.equal(state, 'refused', `${app} app, ${role}`);
          assert.ok(advice.includes(`Grant ${role} to the ${app} app`), advice);
        }
      }
    // To ask without the role is what a probe is for; nothing else was wrong with the asking.
    assert.deepEqual([...new Set(tenant.recorder.violations().map(({ kind }) => kind))], ['role']);
    tenant.recorder.forget('violations');
  });

  it('asks the queues and the sign-in service, and says which of them does not answer', async () => {
    const all = await checked();
    for (const name of ['blob storage', 'table storage', 'queue storage', 'sign-in'])
      assert.equal(dependency(all, name)?.state, 'works', name);

    const noQueues = azurite.connectionString.replace(/(QueueEndpoint=http:\/\/[^:]+):\d+/, '$1:9');
    const [halfStorage, noSignIn] = [
      await checked({ STORAGE_CONNECTION_STRING: noQueues }),
      await checked({ BROWSER_AUTHORITY_HOST: 'http://localhost:9' }),
    ];
    assert.equal(dependency(halfStorage, 'queue storage')?.state, 'fails');
    assert.equal(dependency(halfStorage, 'blob storage')?.state, 'works');
    assert.equal(halfStorage.isFine, false);
    assert.match(dependency(noSignIn, 'sign-in')?.detail ?? '', /localhost:9 does not answer/);
    assert.equal(noSignIn.isFine, false);
  });

  it('goes on to the next person where one has no mailbox or drive, and says when nobody has', async () => {
    const withoutDrive = async (people: number): Promise<Checked> => {
      const action = { kind: 'status', status: 404, code: 'itemNotFound' };
      await control('faults', { match: '^GET /v1.0/users/[^/]+/drive', times: people, action });
      const answer = await checked();
      await fetch(`${tenant.controlUrl}/control/faults`, { method: 'DELETE' });
      return answer;
    };
    const [first] = statesOf(await checked(), 'backup', 'Sites.Read.All');
    const [next] = statesOf(await withoutDrive(1), 'backup', 'Sites.Read.All');
    assert.equal(next?.state, 'granted');
    assert.notEqual(next.call, first?.call);
    const nobody = await withoutDrive(100);
    assert.equal(statesOf(nobody, 'backup', 'Sites.Read.All')[0]?.state, 'unknown');
    assert.equal(nobody.isFine, false);
  });
});
