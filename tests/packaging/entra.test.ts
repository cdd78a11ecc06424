import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { DEFAULT_APPS } from '../../dev/tenant/options.ts';
import { readSettings } from '../../api/settings.ts';
import { AppRole } from '../../contract/roles.ts';
import { provisioned, readJson, readText, repositoryFile } from './files.ts';

const microsoftGraph = '00000003-0000-0000-c000-000000000000';

const App = z.object({
  id: z.guid(),
  appId: z.guid(),
  displayName: z.string(),
  signInAudience: z.literal('AzureADMyOrg'),
  identifierUris: z.array(z.string()),
  api: z.object({
    requestedAccessTokenVersion: z.literal(2),
    oauth2PermissionScopes: z.array(z.object({ id: z.guid(), value: z.string(), isEnabled: z.boolean() })),
    preAuthorizedApplications: z.array(z.object({ appId: z.guid(), delegatedPermissionIds: z.array(z.guid()) })),
  }),
  appRoles: z.array(z.object({ id: z.guid(), value: z.string(), allowedMemberTypes: z.array(z.string()) })),
  spa: z.object({ redirectUris: z.array(z.string()) }),
  web: z.object({
    redirectUris: z.array(z.string()),
    implicitGrantSettings: z.object({ enableIdTokenIssuance: z.boolean(), enableAccessTokenIssuance: z.boolean() }),
  }),
  requiredResourceAccess: z.array(
    z.object({
      resourceAppId: z.guid(),
      resourceAccess: z.array(z.object({ id: z.guid(), type: z.enum(['Role', 'Scope']) })),
    }),
  ),
});
const consoleApp = App.parse(readJson('infra/entra/console.json'));
const backup = App.parse(readJson('infra/entra/backup.json'));
const restore = App.parse(readJson('infra/entra/restore.json'));

const roleIds = z.record(z.string(), z.guid()).parse(JSON.parse(readText('infra/entra/graph-roles.json')));
const roleNames = new Map(Object.entries(roleIds).map(([name, id]) => [id, name]));

/** Graph application roles an app asks for, by name. */
function rolesOf(app: z.infer<typeof App>): string[] {
  return app.requiredResourceAccess
    .filter((resource) => resource.resourceAppId === microsoftGraph)
    .flatMap((resource) => resource.resourceAccess)
    .filter((access) => access.type === 'Role')
    .map((access) => roleNames.get(access.id) ?? assert.fail(`Role ${access.id} has no name in graph-roles.json`))
    .toSorted();
}

const published = repositoryFile('../shared/graph/permissions.json');
const skip = existsSync(published) ? false : '../shared/graph/permissions.json is not here';

describe('Entra app of the console', () => {
  it('offers the four roles of the product to people alone', () => {
    const roles = consoleApp.appRoles.map((role) => role.value).toSorted();
    assert.deepEqual(roles, AppRole.options.toSorted());
    for (const role of consoleApp.appRoles) assert.deepEqual(role.allowedMemberTypes, ['User']);
    assert.equal(new Set(consoleApp.appRoles.map((role) => role.id)).size, 4);
  });

  it('lets the clients of Teams, Outlook and Office sign people in without asking again', () => {
    const scope = consoleApp.api.oauth2PermissionScopes.find((one) => one.value === 'access_as_user');
    assert.ok(scope?.isEnabled);
    const clients = consoleApp.api.preAuthorizedApplications;
    const { api } = readSettings({
      TENANT_ID: 'tenant.example',
      BACKUP_CLIENT_ID: 'backup',
      API_CLIENT_ID: 'ours',
      STORAGE_ACCOUNT_NAME: 'account',
      LOCAL_KEY_PATH: 'key',
    });
    const accepted = [...(api?.allowedClients ?? [])].filter((client) => client !== 'ours');
    assert.deepEqual(clients.map((client) => client.appId).toSorted(), accepted.toSorted());
    for (const client of clients) assert.deepEqual(client.delegatedPermissionIds, [scope.id]);
  });

  it('is named as the tab asks for it and returns only to the host of the tab', () => {
    const host = provisioned['TAB_DOMAIN'];
    assert.deepEqual(consoleApp.identifierUris, [`api://${host}/${consoleApp.appId}`]);
    for (const uri of consoleApp.spa.redirectUris) assert.equal(new URL(uri).host, host);
    const callback = /^export const callback = '(.+)';$/m.exec(readText('tabs/src/app/signInAnswer.ts'))?.[1];
    assert.ok(
      consoleApp.spa.redirectUris.includes(`https://${host}${callback}`),
      'where the console comes back to outside Teams',
    );
  });

  it('reads nothing of Microsoft 365 by itself', () => {
    assert.deepEqual(rolesOf(consoleApp), []);
  });
});

describe('Entra apps that work', () => {
  it('back up with rights to read and export alone', () => {
    for (const role of rolesOf(backup)) assert.match(role, /\.(Read|Export)(\.All)?$/, role);
  });

  it('restore without any right to send', () => {
    for (const role of rolesOf(restore)) assert.doesNotMatch(role, /Send|FullControl/, role);
  });

  it('ask for application roles alone and offer no way to sign in', () => {
    for (const app of [backup, restore]) {
      assert.ok(
        app.requiredResourceAccess
          .flatMap((resource) => resource.resourceAccess)
          .every((access) => access.type === 'Role'),
      );
      assert.deepEqual([...app.spa.redirectUris, ...app.web.redirectUris, ...app.identifierUris], []);
    }
    for (const app of [consoleApp, backup, restore]) {
      assert.deepEqual(app.web.implicitGrantSettings, {
        enableIdTokenIssuance: false,
        enableAccessTokenIssuance: false,
      });
    }
  });

  it('name every role once, and graph-roles.json names no other', () => {
    for (const app of [backup, restore]) assert.equal(new Set(rolesOf(app)).size, rolesOf(app).length);
    assert.deepEqual(
      [...new Set([...rolesOf(backup), ...rolesOf(restore)])].toSorted(),
      Object.keys(roleIds).toSorted(),
    );
  });

  it('name roles by the ids that Microsoft publishes', { skip }, () => {
    const { appRoleIds } = z
      .object({ appRoleIds: z.record(z.string(), z.string().nullable()) })
      .parse(JSON.parse(readFileSync(published, 'utf8')));
    for (const [name, id] of Object.entries(roleIds)) assert.equal(id, appRoleIds[name], name);
  });

  it('ask for what the workloads use and what finding them takes, and for nothing else', async (test) => {
    const described = await describedPermissions();
    const undescribed = ['mail', 'drive'].filter((workload) => !described.some((one) => one.workload === workload));
    if (undescribed.length > 0) return test.skip(`not described yet: ${undescribed.join(', ')}`);
    const wanted = (app: 'backup' | 'restore', basis: readonly string[]): string[] => [
      ...new Set([
        ...basis,
        ...described.flatMap(({ permissions }) => permissions.filter((one) => one.app === app).map((one) => one.name)),
      ]),
    ];
    assert.deepEqual(rolesOf(backup), wanted('backup', discovery).toSorted(), 'infra/entra/backup.json');
    assert.deepEqual(rolesOf(restore), wanted('restore', []).toSorted(), 'infra/entra/restore.json');
  });

  it('are all that the demo tenant grants, so that whatever runs there runs with them', () => {
    assert.deepEqual(rolesOf(backup), DEFAULT_APPS.backup.roles.toSorted());
    assert.deepEqual(rolesOf(restore), DEFAULT_APPS.restore.roles.toSorted());
  });
});

/** Whom there is to protect, who belongs to which group, and how much Microsoft 365 the tenant has. */
const discovery = ['Organization.Read.All', 'User.Read.All', 'GroupMember.Read.All'];

const Description = z.object({
  workload: z.string(),
  permissions: z.array(z.object({ name: z.string(), app: z.enum(['backup', 'restore']) })),
});

/** What every `workloads/x/describe.ts` says the workload needs. */
async function describedPermissions(): Promise<z.infer<typeof Description>[]> {
  const workloads = repositoryFile('workloads/');
  if (!existsSync(workloads)) return [];
  const files = readdirSync(workloads)
    .map((name) => new URL(`${name}/describe.ts`, workloads))
    .filter((file) => existsSync(file));
  const modules = await Promise.all(files.map((file) => import(file.href) as Promise<Record<string, unknown>>));
  return modules
    .flatMap((module) => Object.values(module))
    .flatMap((exported) => Description.safeParse(exported).data ?? []);
}
