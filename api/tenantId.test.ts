import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, describe, it } from 'node:test';
import { DOMAIN } from '../dev/tenant/seed/people.ts';
import { startTenant, type DemoTenant } from '../dev/tenant/tenant.ts';
import { isFault } from '../engine/fault.ts';
import { readSettings, SettingsError } from './settings.ts';
import { withTenantId } from './tenantId.ts';

const settingsOf = (TENANT_ID: string, AUTHORITY_HOST = 'https://login.example') =>
  readSettings({
    TENANT_ID,
    AUTHORITY_HOST,
    BACKUP_CLIENT_ID: 'b0c1',
    STORAGE_ACCOUNT_NAME: 'holdfast1',
    KEY_VAULT_KEY_ID: 'https://vault.example/keys/wrap/1',
  });
const answering =
  (status: number, body: unknown): typeof fetch =>
  async () =>
    Response.json(body, { status });
const id = 'd3700000-0000-4000-8000-000000000001';

describe('a tenant named by a domain', () => {
  let folder: string;
  let tenant: DemoTenant;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-domain-'));
    tenant = await startTenant({ dataDir: folder, seed: 'small', corpusDir: undefined });
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), tenant.ca]);
  });
  after(async () => {
    await tenant?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('becomes the id that the sign-in service itself names', async () => {
    const settings = await withTenantId(settingsOf(DOMAIN.toUpperCase(), tenant.authorityUrl));
    assert.equal(settings.tenantId, tenant.tenantId);
  });

  it('that nobody knows is refused with a sentence that says where the id is', async () => {
    await assert.rejects(
      withTenantId(settingsOf('nobody.example', tenant.authorityUrl)),
      (error) =>
        error instanceof SettingsError &&
        /TENANT_ID: localhost:\d+ knows no tenant "nobody\.example"\. .*Overview as Tenant ID/.test(error.message),
    );
  });
});

it('takes an id without asking, spelled as tokens spell it', async () => {
  const ask = () => Promise.reject(new Error('asked'));
  assert.equal((await withTenantId(settingsOf(id.toUpperCase()), ask)).tenantId, id);
});

it('reads the id from the issuer, and leaves a name that another server uses as its id', async () => {
  const named = (issuer: string) => withTenantId(settingsOf('contoso.example'), answering(200, { issuer }));
  assert.equal((await named(`https://sts.example/${id.toUpperCase()}/`)).tenantId, id);
  assert.equal((await named('https://idp.example/contoso.example/v2.0')).tenantId, 'contoso.example');
  await assert.rejects(named('https://idp.example/somebody.example/v2.0'), SettingsError);
});

it('says that the service does not answer where it does not, and what does without', async () => {
  for (const send of [answering(503, {}), answering(429, {}), () => Promise.reject(new TypeError('fetch failed'))])
    await assert.rejects(
      withTenantId(settingsOf('contoso.example'), send),
      (error) =>
        isFault(error, 'unavailable') && /login\.example does not answer.*Set TENANT_ID to/.test(error.message),
    );
});
