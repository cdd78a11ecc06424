import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { readSettings } from '../../api/settings.ts';
import { readBicep, type Resource } from './bicep.ts';
import { readJson, readText, repositoryFile } from './files.ts';

const modules = readdirSync(repositoryFile('infra/modules')).map((name) => `modules/${name}`);
const files = new Map(['main.bicep', ...modules].map((name) => [name, readBicep(`infra/${name}`)]));
const all: Resource[] = [...files.values()].flatMap((file) => file.resources);
const main = files.get('main.bicep') ?? assert.fail('infra/main.bicep is missing');

const ofType = (type: string): Resource[] => all.filter((resource) => resource.type.startsWith(`${type}@`));
function only(type: string): Resource {
  const [resource, ...more] = ofType(type);
  assert.ok(resource !== undefined && more.length === 0, `exactly one ${type}`);
  return resource;
}
const Fields = z.record(z.string(), z.unknown());
const properties = (resource: Resource): Record<string, unknown> =>
  Fields.parse(Fields.parse(resource.body)['properties']);
function at(value: unknown, ...path: string[]): unknown {
  return path.reduce((inner: unknown, key) => Fields.parse(inner)[key], value);
}
const sourceOf = (name: string): string => files.get(name)?.text ?? assert.fail(`infra/${name} is missing`);

describe('Bicep', () => {
  it('has no syntax error', () => {
    assert.deepEqual(
      [...files.values()].flatMap((file) => file.errors),
      [],
    );
  });

  it('gives each module the parameters it declares, no fewer and no others', () => {
    assert.deepEqual(main.modules.map((module) => module.type).toSorted(), modules);
    for (const module of main.modules) {
      const declared = files
        .get(module.type)
        ?.parameters.map((parameter) => parameter.name)
        .toSorted();
      assert.deepEqual(Object.keys(Fields.parse(at(module.body, 'params'))).toSorted(), declared, module.type);
    }
  });

  it('reads only outputs that a module has', () => {
    const references = [...main.text.matchAll(/(\w+)\.outputs\.(\w+)/g)];
    assert.ok(references.length > 10);
    for (const [whole, symbol, output] of references) {
      const path = main.modules.find((module) => module.symbol === symbol)?.type ?? '';
      assert.ok(files.get(path)?.outputs.includes(output ?? ''), whole);
    }
  });

  it('gets every parameter without a default from main.parameters.json, and nothing unknown', () => {
    const given = Object.keys(Fields.parse(at(readJson('infra/main.parameters.json'), 'parameters')));
    const known = main.parameters.map((parameter) => parameter.name);
    for (const name of given) assert.ok(known.includes(name), name);
    for (const { name, optional } of main.parameters) assert.ok(optional || given.includes(name), name);
  });
});

describe('storage', () => {
  const account = properties(only('Microsoft.Storage/storageAccounts'));
  const blobs = properties(only('Microsoft.Storage/storageAccounts/blobServices'));

  it('lets nobody in by key, without TLS 1.2, or without signing in', () => {
    assert.equal(account['allowSharedKeyAccess'], false);
    assert.equal(account['allowBlobPublicAccess'], false);
    assert.equal(account['isLocalUserEnabled'], false);
    assert.equal(account['allowCrossTenantReplication'], false);
    assert.equal(account['supportsHttpsTrafficOnly'], true);
    assert.equal(account['minimumTlsVersion'], 'TLS1_2');
    for (const container of ofType('Microsoft.Storage/storageAccounts/blobServices/containers')) {
      assert.equal(properties(container)['publicAccess'], 'None');
    }
  });

  it('keeps what is overwritten or deleted for a while', () => {
    assert.equal(blobs['isVersioningEnabled'], true);
    assert.equal(at(blobs, 'deleteRetentionPolicy', 'enabled'), true);
    assert.equal(at(blobs, 'deleteRetentionPolicy', 'allowPermanentDelete'), false);
    assert.equal(at(blobs, 'containerDeleteRetentionPolicy', 'enabled'), true);
    assert.equal(at(only('Microsoft.Authorization/locks').body, 'properties', 'level'), 'CanNotDelete');
  });

  it('has the containers and queues of the repository', () => {
    const text = sourceOf('modules/storage.bicep');
    assert.match(text, /^var containers = \['repository', 'journal', 'derived', 'exports', 'deployments'\]$/m);
    assert.match(text, /^var workQueues = \['restore', 'backup', 'history', 'sweep'\]$/m);
    assert.match(text, /map\(workQueues, queue => '\$\{queue\}-poison'\)/);
  });

  it('lets the workers read and write data and nothing else', () => {
    const roles = [...sourceOf('modules/storage.bicep').matchAll(/'([0-9a-f-]{36})' \/\/ (.+)/g)].map((match) => [
      match[1],
      match[2],
    ]);
    assert.deepEqual(roles, [
      ['ba92f5b4-2d11-453d-a403-e96b0029c9fe', 'Storage Blob Data Contributor'],
      ['974c5e8b-45b9-4653-ba55-5f855dd0fb88', 'Storage Queue Data Contributor'],
      ['0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3', 'Storage Table Data Contributor'],
    ]);
  });
});

describe('key vault', () => {
  it('cannot be purged and is opened by roles', () => {
    const vault = properties(only('Microsoft.KeyVault/vaults'));
    assert.equal(vault['enablePurgeProtection'], true);
    assert.equal(vault['enableSoftDelete'], true);
    assert.equal(vault['enableRbacAuthorization'], true);
  });

  it('holds a key that only wraps, for the workers alone', () => {
    assert.deepEqual(properties(only('Microsoft.KeyVault/vaults/keys'))['keyOps'], ['wrapKey', 'unwrapKey']);
    const grants = ofType('Microsoft.Authorization/roleAssignments').map((grant) => String(at(grant.body, 'scope')));
    assert.deepEqual(grants.toSorted(), ['account', 'insights', 'wrappingKey']);
  });
});

describe('functions app', () => {
  const app = only('Microsoft.Web/sites');

  it('runs on Flex Consumption with identities instead of keys', () => {
    assert.equal(at(only('Microsoft.Web/serverfarms').body, 'sku', 'name'), 'FC1');
    assert.equal(at(app.body, 'identity', 'type'), 'UserAssigned');
    const deployment = at(properties(app), 'functionAppConfig', 'deployment', 'storage', 'authentication', 'type');
    assert.equal(deployment, 'UserAssignedIdentity');
    const text = sourceOf('modules/functionApp.bicep');
    assert.match(text, /AzureWebJobsStorage__credential: 'managedidentity'/);
    assert.match(text, /AzureWebJobsDisableHomepage: 'true'/);
    assert.doesNotMatch(text, /AccountKey|listKeys|FUNCTIONS_WORKER_RUNTIME/);
    assert.equal(properties(only('Microsoft.Web/sites/basicPublishingCredentialsPolicies'))['allow'], false);
    assert.equal(properties(app)['httpsOnly'], true);
  });

  it('is given settings that the product accepts, and none it does not know', () => {
    const module = main.modules.find((one) => one.symbol === 'functionApp') ?? assert.fail('no module functionApp');
    const names = Object.keys(Fields.parse(at(module.body, 'params', 'settings')));
    assert.match(
      sourceOf('modules/functionApp.bicep'),
      /PUBLIC_URL: 'https:\/\/\$\{app\.properties\.defaultHostName\}'/,
    );
    const known = readText('api/settings.ts');
    for (const name of names) assert.match(known, new RegExp(`^  ${name}: `, 'm'), name);

    const value = (name: string): string => {
      if (name === 'STORAGE_ENDPOINT_SUFFIX' || name === 'TENANT_ID') return 'core.cloud.example';
      return /ENDPOINT|HOST|KEY_ID/.test(name) ? 'https://cloud.example/keys/one' : 'account1';
    };
    const settings = readSettings({
      ...Object.fromEntries(names.map((name) => [name, value(name)])),
      PUBLIC_URL: 'https://func.azurewebsites.net',
      WEBSITE_INSTANCE_ID: 'instance',
    });
    assert.deepEqual(settings.backup.credential, { kind: 'managedIdentity' });
    assert.deepEqual(settings.restore?.credential, { kind: 'managedIdentity' });
    assert.deepEqual(settings.bot?.credential, { kind: 'managedIdentity' });
    assert.deepEqual(settings.storage, { accountName: 'account1', endpointSuffix: 'core.cloud.example' });
    assert.ok('vaultKeyId' in settings.key);
  });
});

describe('the rest', () => {
  it('takes telemetry and bot sign-ins without keys', () => {
    assert.equal(properties(only('Microsoft.Insights/components'))['DisableLocalAuth'], true);
    assert.equal(
      at(properties(only('Microsoft.OperationalInsights/workspaces')), 'features', 'disableLocalAuth'),
      true,
    );
    const bot = properties(only('Microsoft.BotService/botServices'));
    assert.equal(bot['msaAppType'], 'UserAssignedMSI');
    assert.equal(bot['disableLocalAuth'], true);
  });

  it('puts no secret into parameters or outputs', () => {
    for (const file of files.values()) {
      const names = [...file.parameters.map((parameter) => parameter.name), ...file.outputs];
      assert.deepEqual(
        names.filter((name) => /secret|password|sas/i.test(name)),
        [],
      );
    }
    assert.doesNotMatch(readText('infra/main.parameters.json'), /SECRET_/);
  });
});
