/**
 * Writes operations.jsonl beside this file: the part of the Graph contract that the demo tenant enforces at
 * run time (paths, methods, query names, roles, body properties), taken from the OpenAPI subset and
 * permissions.json in ../shared/graph. Run it again when those files change.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract, Operation, PathRule } from './contract.ts';

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
interface OpenApiOperation {
  readonly parameters?: readonly { readonly $ref?: string; readonly name?: string; readonly in?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly 'x-app-only'?: string;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, { readonly name: string; readonly in: string }>>;
  };
}
interface PermissionRow {
  readonly method: string;
  readonly path: string;
  readonly application?: {
    readonly leastPrivileged?: readonly string[];
    readonly otherAccepted?: readonly string[];
    readonly listedInDocs?: readonly string[];
  };
}

const shared = join(import.meta.dirname, '../../../../shared/graph');
const target = join(import.meta.dirname, 'operations.jsonl');
const read = <T>(name: string): T => JSON.parse(readFileSync(join(shared, name), 'utf8')) as T;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What the demo tenant plays; any other path of Graph is refused as undeclared. */
const PLAYED =
  /^\/(\$batch|organization|subscribedSkus|users$|users\/delta|users\/\{user-id\}($|\/(mailboxSettings|licenseDetails|memberOf|mailFolders|messages|translateExchangeIds|sendMail|settings\/exchange|drive))|groups$|groups\/delta|groups\/\{group-id\}($|\/(members|owners|transitiveMembers)$)|drives|admin\/exchange)/;
const NOT_PLAYED =
  /messageRules|extensions|userConfigurations|retentionLabel|SensitivityLabel|checkin|checkout|thumbnails|preview|listItem|\/list$|unarchive|search\(/;

/** Operations without a permission row need what their nearest relative needs. */
const LIKE: Readonly<Record<string, string>> = {
  'GET /drives/{drive-id}/root': 'GET /drives/{drive-id}/items/{driveItem-id}',
  'POST /drives/{drive-id}/items/{driveItem-id}/permanentDelete': 'DELETE /drives/{drive-id}/items/{driveItem-id}',
  'POST /drives/{drive-id}/items/{driveItem-id}/permissions': 'POST /drives/{drive-id}/items/{driveItem-id}/invite',
  'DELETE /users/{user-id}/messages/{message-id}/attachments/{attachment-id}':
    'POST /users/{user-id}/messages/{message-id}/attachments',
  'DELETE /users/{user-id}/mailFolders/{mailFolder-id}/messages/{message-id}/attachments/{attachment-id}':
    'POST /users/{user-id}/messages/{message-id}/attachments',
};
const BETA_ROLES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/folders[/ ].*(POST|PATCH|DELETE)$/, ['MailboxFolder.ReadWrite.All']],
];

type Permissions = readonly PermissionRow[];

function rolesOf(permissions: Permissions, method: string, path: string): string[] {
  const key = LIKE[`${method} ${path}`] ?? `${method} ${path}`;
  const row = permissions.find((candidate) => `${candidate.method} ${candidate.path}` === key)?.application;
  const roles = [...(row?.leastPrivileged ?? []), ...(row?.otherAccepted ?? []), ...(row?.listedInDocs ?? [])];
  // Bodies need Mail.Read although the permission file also lists the basic role for the whole resource.
  return path.endsWith('$value') ? roles.filter((role) => !role.includes('ReadBasic')) : roles;
}

function propertyNames(api: OpenApi, schema: Schema, seen = new Set<string>()): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    const target = api.components.schemas[name];
    if (seen.has(name) || target === undefined) return [];
    return propertyNames(api, target, seen.add(name));
  }
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.flatMap((part) => propertyNames(api, part, seen)))];
  return Object.keys(schema.properties ?? {});
}

function operationOf(
  api: OpenApi,
  permissions: Permissions,
  method: string,
  path: string,
  declared: OpenApiOperation,
  beta: boolean,
): Operation {
  const parameters = (declared.parameters ?? []).map((parameter) =>
    parameter.$ref === undefined ? parameter : api.components.parameters[parameter.$ref.split('/').at(-1) ?? ''],
  );
  const query = parameters.flatMap((parameter) =>
    parameter?.in === 'query' && parameter.name !== undefined ? [parameter.name] : [],
  );
  const json = declared.requestBody?.content['application/json'];
  const betaRoles = BETA_ROLES.find(([pattern]) => pattern.test(`${path} ${method}`))?.[1];
  return {
    roles: beta && betaRoles !== undefined ? [...betaRoles] : rolesOf(permissions, method, path),
    query,
    ...(declared['x-app-only'] === 'no' ? { delegatedOnly: true } : {}),
    ...(json === undefined ? {} : { body: propertyNames(api, json.schema) }),
  };
}

function rulesOf(permissions: Permissions, file: string, version: 'v1.0' | 'beta'): PathRule[] {
  const api = read<OpenApi>(file);
  return Object.entries(api.paths)
    .filter(([path]) => PLAYED.test(path) && !NOT_PLAYED.test(path))
    .map(([path, item]) => ({
      version,
      path,
      match: item['x-match'] as unknown as string,
      methods: Object.fromEntries(
        METHODS.flatMap((method) => {
          const declared = item[method];
          const name = method.toUpperCase();
          return declared === undefined
            ? []
            : [[name, operationOf(api, permissions, name, path, declared, version === 'beta')]];
        }),
      ),
    }));
}

/** The lines of operations.jsonl, as the files in ../shared/graph have them now. */
export function generatedLines(): string[] {
  const { operations } = read<{ operations: Permissions }>('permissions.json');
  const { paths }: Contract = {
    paths: [
      ...rulesOf(operations, 'graph-v1-subset.openapi.json', 'v1.0'),
      ...rulesOf(operations, 'graph-beta-subset.openapi.json', 'beta'),
    ],
  };
  return paths.map((rule) => JSON.stringify(rule));
}

if (import.meta.main) {
  const lines = generatedLines();
  writeFileSync(target, lines.map((line) => `${line}\n`).join(''));
  console.log(`${lines.length} paths written to ${target}`);
}
