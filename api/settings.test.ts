import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSettings, SettingsError } from './settings.ts';

const least = {
  TENANT_ID: 'd3700000-0000-4000-8000-000000000001',
  BACKUP_CLIENT_ID: 'b0c1',
  STORAGE_ACCOUNT_NAME: 'holdfast1',
  KEY_VAULT_KEY_ID: 'https://vault.example/keys/wrap/1',
};
const mistakesOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('need a tenant, an app that reads, a storage and a key, and fill in the rest', () => {
    const settings = readSettings(least);
    assert.equal(settings.graphEndpoint, 'https://graph.microsoft.com');
    assert.equal(settings.browserAuthorityHost, 'https://login.microsoftonline.com');
    assert.equal(settings.jobSeconds, 240);
    assert.deepEqual(settings.backup.credential, { kind: 'managedIdentity' });
    assert.equal(settings.restore, undefined);
    assert.equal(settings.bot, undefined);
    assert.equal(settings.isAlone, false);
    assert.deepEqual(settings.storage, { accountName: 'holdfast1', endpointSuffix: 'core.windows.net' });
    const national = readSettings({ ...least, STORAGE_ENDPOINT_SUFFIX: 'core.chinacloudapi.cn' });
    assert.deepEqual(national.storage, { accountName: 'holdfast1', endpointSuffix: 'core.chinacloudapi.cn' });
  });

  it('say every mistake at once, each with the name that is wrong', () => {
    const mistakes = mistakesOf({
      GRAPH_ENDPOINT: 'http://graph.example',
      JOB_SECONDS: 'soon',
      PORT: '-1',
      STORAGE_ACCOUNT_NAME: 'Not Good',
      KEY_VAULT_KEY_ID: 'https://v.example/k',
      LOCAL_KEY_PATH: 'k',
      BOT_AUTH: 'maybe',
    });
    for (const name of [
      'GRAPH_ENDPOINT',
      'JOB_SECONDS',
      'PORT',
      'STORAGE_ACCOUNT_NAME',
      'BOT_AUTH',
      'TENANT_ID',
      'BACKUP_CLIENT_ID',
      'KEY_VAULT_KEY_ID',
    ])
      assert.ok(
        mistakes.some((mistake) => mistake.startsWith(name)),
        `${name} in ${mistakes.join(' | ')}`,
      );
  });

  it('name what contradicts itself', () => {
    const mistakes = mistakesOf({
      TENANT_ID: 'contoso.example',
      BACKUP_CLIENT_ID: 'b',
      BACKUP_CLIENT_SECRET: 'x',
      BACKUP_CERTIFICATE_PATH: 'y',
      RESTORE_CLIENT_SECRET: 'z',
    });
    assert.equal(mistakes.length, 4, mistakes.join(' | '));
  });

  it('take a tenant by its id or a domain, and nothing else', () => {
    for (const tenant of ['contoso.onmicrosoft.com', ' D3700000-0000-4000-8000-000000000001 '])
      assert.equal(readSettings({ ...least, TENANT_ID: tenant }).tenantId, tenant.trim().toLowerCase());
    for (const tenant of ['foo', 'contoso.', 'd3700000-0000-4000-8000', 'https://contoso.example', 'two words.example'])
      assert.match(
        mistakesOf({ ...least, TENANT_ID: tenant }).join(),
        /^TENANT_ID: must be the id [^,]+, such as \S+, or a/,
      );
  });

  it('name apps that could not prove themselves, where that is asked for and no managed identity is known', () => {
    const apps = { ...least, RESTORE_CLIENT_ID: 'r', RESTORE_CERTIFICATE_PATH: 'r.pem', BOT_ID: 'bot' };
    assert.throws(
      () => readSettings(apps, { needsCredentials: true }),
      /BACKUP_CLIENT_SECRET or [^]+BOT_CLIENT_SECRET or/,
    );
    assert.equal(readSettings(apps).backup.credential.kind, 'managedIdentity');
    const inAzure = readSettings({ ...apps, IDENTITY_ENDPOINT: 'http://localhost/msi' }, { needsCredentials: true });
    assert.equal(inAzure.backup.credential.kind, 'managedIdentity');
  });

  it('never repeat a secret in a mistake', () => {
    const text = mistakesOf({
      ...least,
      BACKUP_CLIENT_SECRET: 'canary-secret',
      BACKUP_CERTIFICATE_PATH: 'p',
      STORAGE_CONNECTION_STRING: 'canary-key',
    }).join();
    assert.ok(text.length > 0);
    assert.doesNotMatch(text, /canary/);
  });

  it('let Teams, Outlook, the console and the API itself ask for tokens unless told otherwise', () => {
    const open = readSettings({ ...least, API_CLIENT_ID: 'a1' });
    assert.ok(
      open.api?.allowedClients.has('a1') && open.api.allowedClients.has('1fec8e78-bce4-4aaf-ab1b-5451cc387264'),
    );
    const closed = readSettings({ ...least, API_CLIENT_ID: 'a1', API_ALLOWED_CLIENTS: 'c1, c2' });
    assert.deepEqual([...(closed.api?.allowedClients ?? [])], ['c1', 'c2']);
  });

  it('refuse a bot without authentication wherever others could reach it', () => {
    assert.equal(readSettings({ ...least, BOT_AUTH: 'none', PUBLIC_URL: 'http://localhost:7071' }).bot?.auth, 'none');
    assert.equal(mistakesOf({ ...least, BOT_AUTH: 'none', PUBLIC_URL: 'https://holdfast.example' }).length, 1);
    assert.equal(mistakesOf({ ...least, BOT_AUTH: 'none', WEBSITE_INSTANCE_ID: 'i' }).length, 1);
  });

  it('treat an empty value as none', () => {
    assert.equal(readSettings({ ...least, RESTORE_CLIENT_ID: ' ', PORT: '' }).restore, undefined);
  });
});
