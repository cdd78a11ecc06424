import { z } from 'zod';
import { hostList } from './hostList.ts';

/**
 * Reads the environment once and says every mistake at once. Nothing else in the product reads it.
 * Throws SettingsError; its message is for whoever deploys and never holds a value that could be a secret. With
 * `needsCredentials` an app without a secret or certificate is a mistake, unless the environment knows a managed identity.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  { needsCredentials = false } = {},
): Settings {
  // An empty value in a portal or an env file means that nothing is set.
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = schema.safeParse(given);
  const mistakes = [
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)),
    ...contradictions(given),
    ...(needsCredentials ? missingCredentials(given) : []),
  ];
  if (!parsed.success || mistakes.length > 0) throw new SettingsError(mistakes);
  return settingsOf(parsed.data, given['WEBSITE_INSTANCE_ID']);
}

export class SettingsError extends Error {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(`The settings cannot be used:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
    this.name = 'SettingsError';
    this.mistakes = mistakes;
  }
}

/** How an app proves itself to Entra. Without a secret and a certificate it is the host's managed identity. */
export type Credential =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'certificate'; readonly path: string }
  | { readonly kind: 'managedIdentity' };

export interface AppSettings {
  readonly clientId: string;
  readonly credential: Credential;
}

export interface Settings {
  readonly graphEndpoint: string;
  readonly authorityHost: string;
  /** Where browsers sign in; differs from `authorityHost` only for a local tenant. */
  readonly browserAuthorityHost: string;
  readonly contentHosts: readonly string[];
  /** A domain only until `withTenantId` has asked for the id. */
  readonly tenantId: string;
  readonly backup: AppSettings;
  /** Absent: restores into Microsoft 365 are refused, downloads work. */
  readonly restore?: AppSettings;
  /** Absent: nobody can sign in to the API; backups run all the same. */
  readonly api?: {
    readonly clientId: string;
    readonly consoleClientId: string;
    readonly allowedClients: ReadonlySet<string>;
  };
  /** Absent: the bot is off. */
  readonly bot?: {
    readonly id?: string;
    readonly credential?: Credential;
    readonly auth: 'required' | 'none';
    readonly serviceHosts: readonly string[];
  };
  readonly publicUrl?: string;
  readonly port: number;
  readonly jobSeconds: number;
  readonly sliceItems: number;
  /** Items after which a round that goes on shows what it has. */
  readonly pointItems: number;
  readonly storage:
    { readonly connectionString: string } | { readonly accountName: string; readonly endpointSuffix: string };
  /** The outer key: Key Vault, or a file. */
  readonly key: { readonly vaultKeyId: string } | { readonly path: string };
  readonly dataDir?: string;
  /** This host instance, as heartbeats and leases name it. */
  readonly holder: string;
  /** True when every other holder is dead: this start has its data folder for itself. */
  readonly isAlone: boolean;
}

/** Microsoft Teams (desktop and mobile, web), Microsoft 365 (web, desktop, mobile), Outlook (desktop, web and mobile). */
const MICROSOFT_CLIENTS = [
  '1fec8e78-bce4-4aaf-ab1b-5451cc387264',
  '5e3ce6c0-2b1f-4285-8d4b-75ee78787346',
  '4765445b-32c6-49b0-83e6-1d93765276ca',
  '0ec893e0-5785-4de6-99da-4ed124e5296c',
  'd3590ed6-52b3-4102-aeff-aad2292ab01c',
  '00000002-0000-0ff1-ce00-000000000000',
  'bc59ab01-8403-45c6-8796-ac3ef710b3e3',
  '27922004-5251-4030-b22d-91ecd9a37ea4',
];

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for an address that only this machine can reach. */
export const isOnLoopback = (address: string) => URL.canParse(address) && LOOPBACK.has(new URL(address).hostname);

const url = (allowed: (parsed: URL) => boolean, wanted: string) =>
  z
    .string()
    .trim()
    .refine((text) => URL.canParse(text) && allowed(new URL(text)), wanted)
    .transform((text) => text.replace(/\/+$/, ''));
const plainOrigin = (parsed: URL) => parsed.username === '' && parsed.search === '' && parsed.hash === '';
const https = url(
  (parsed) => parsed.protocol === 'https:' && plainOrigin(parsed),
  'must be an https address such as https://graph.microsoft.com',
);
const httpsOrLoopback = url(
  (parsed) =>
    plainOrigin(parsed) &&
    (parsed.protocol === 'https:' || (parsed.protocol === 'http:' && LOOPBACK.has(parsed.hostname))),
  'must be an https address (plain http only on this machine, such as http://localhost:7071)',
);
const name = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be an id such as 11111111-2222-3333-4444-555555555555');
/** What Entra takes in its addresses: the directory's id, or a domain of it. Tokens spell ids in lower case. */
const tenant = z
  .string({ error: 'is missing: the id of your Microsoft 365 tenant (Entra admin center, Overview)' })
  .trim()
  .regex(
    /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+)$/i,
    'must be the id of your Microsoft 365 tenant, such as 11111111-2222-3333-4444-555555555555, or a domain of it',
  )
  .transform((text) => text.toLowerCase());
const list = z.string().transform((text) => text.split(/[\s,;]+/).filter((part) => part !== ''));
const whole = (least: number, most: number) =>
  z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

const schema = z.object({
  GRAPH_ENDPOINT: https.default('https://graph.microsoft.com'),
  AUTHORITY_HOST: https.default('https://login.microsoftonline.com'),
  BROWSER_AUTHORITY_HOST: httpsOrLoopback.optional(),
  CONTENT_HOSTS: hostList.default([]),
  TENANT_ID: tenant,
  BACKUP_CLIENT_ID: z.string({ error: 'is missing: the client id of the app registration that reads' }).pipe(name),
  BACKUP_CLIENT_SECRET: z.string().optional(),
  BACKUP_CERTIFICATE_PATH: z.string().optional(),
  RESTORE_CLIENT_ID: name.optional(),
  RESTORE_CLIENT_SECRET: z.string().optional(),
  RESTORE_CERTIFICATE_PATH: z.string().optional(),
  API_CLIENT_ID: name.optional(),
  API_ALLOWED_CLIENTS: list.pipe(z.array(name)).optional(),
  CONSOLE_CLIENT_ID: name.optional(),
  BOT_ID: name.optional(),
  BOT_CLIENT_SECRET: z.string().optional(),
  BOT_CERTIFICATE_PATH: z.string().optional(),
  BOT_AUTH: z.enum(['required', 'none'], { error: 'must be required or none' }).default('required'),
  BOT_SERVICE_HOSTS: hostList.default([]),
  PUBLIC_URL: httpsOrLoopback.optional(),
  PORT: whole(0, 65_535).default(7071),
  JOB_SECONDS: whole(1, 540).default(240),
  SLICE_ITEMS: whole(1, 500).default(500),
  POINT_ITEMS: whole(1, 50_000).default(50_000),
  STORAGE_CONNECTION_STRING: z.string().optional(),
  STORAGE_ACCOUNT_NAME: z
    .string()
    .trim()
    .regex(/^[a-z0-9]{3,24}$/, 'must be the name of a storage account: 3 to 24 lower-case letters and digits')
    .optional(),
  STORAGE_ENDPOINT_SUFFIX: z
    .string()
    .trim()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a domain such as core.windows.net')
    .default('core.windows.net'),
  KEY_VAULT_KEY_ID: https.optional(),
  LOCAL_KEY_PATH: z.string().optional(),
  DATA_DIR: z.string().optional(),
  START_ID: name.optional(),
});
type Parsed = z.infer<typeof schema>;

type Given = Readonly<Record<string, string | undefined>>;

/** What is right by itself and wrong together. */
function contradictions(given: Given): string[] {
  const mistakes: string[] = [];
  const isSet = (setting: keyof Parsed) => given[setting] !== undefined;
  const both = (a: keyof Parsed, b: keyof Parsed) => {
    if (isSet(a) && isSet(b)) mistakes.push(`${a} and ${b} are both set: keep one`);
  };
  const needs = (a: keyof Parsed, b: keyof Parsed) => {
    if (isSet(a) && !isSet(b)) mistakes.push(`${a} is set without ${b}`);
  };
  const oneOf = (a: keyof Parsed, b: keyof Parsed, why: string) => {
    both(a, b);
    if (!isSet(a) && !isSet(b)) mistakes.push(`${a} or ${b} is missing: ${why}`);
  };
  for (const app of ['BACKUP', 'RESTORE', 'BOT'] as const) both(`${app}_CLIENT_SECRET`, `${app}_CERTIFICATE_PATH`);
  needs('RESTORE_CLIENT_SECRET', 'RESTORE_CLIENT_ID');
  needs('RESTORE_CERTIFICATE_PATH', 'RESTORE_CLIENT_ID');
  needs('BOT_CLIENT_SECRET', 'BOT_ID');
  needs('BOT_CERTIFICATE_PATH', 'BOT_ID');
  needs('CONSOLE_CLIENT_ID', 'API_CLIENT_ID');
  needs('API_ALLOWED_CLIENTS', 'API_CLIENT_ID');
  oneOf('STORAGE_ACCOUNT_NAME', 'STORAGE_CONNECTION_STRING', 'where copies are kept');
  oneOf('KEY_VAULT_KEY_ID', 'LOCAL_KEY_PATH', 'what wraps the key of your copies');
  if (given['BOT_AUTH'] === 'none' && !listensOnLoopbackOnly(given))
    mistakes.push(
      'BOT_AUTH=none is for a server that only this machine can reach: set BOT_ID and its credential, and leave BOT_AUTH out',
    );
  return mistakes;
}

/** Names that Azure's hosts and workload identities set; AZURE_CLIENT_ID is also how a virtual machine names its own. */
const IDENTITY_MARKS = [
  'IDENTITY_ENDPOINT',
  'MSI_ENDPOINT',
  'AZURE_CLIENT_ID',
  'AZURE_FEDERATED_TOKEN_FILE',
  'WEBSITE_INSTANCE_ID',
] as const;

/** Apps that could not prove themselves to Entra from here. */
function missingCredentials(given: Given): string[] {
  if (IDENTITY_MARKS.some((mark) => given[mark] !== undefined)) return [];
  const apps = { BACKUP: given['BACKUP_CLIENT_ID'], RESTORE: given['RESTORE_CLIENT_ID'], BOT: given['BOT_ID'] };
  return Object.entries(apps).flatMap(([app, id]) => {
    const [secret, certificate] = [`${app}_CLIENT_SECRET`, `${app}_CERTIFICATE_PATH`];
    // Without its id the app itself is what is missing.
    if (id === undefined || given[secret] !== undefined || given[certificate] !== undefined) return [];
    return [
      `${secret} or ${certificate} is missing: how the app proves itself (a managed identity does without: name it in AZURE_CLIENT_ID)`,
    ];
  });
}

function listensOnLoopbackOnly(given: Given): boolean {
  const isInAzure = given['WEBSITE_INSTANCE_ID'] !== undefined || given['WEBSITE_HOSTNAME'] !== undefined;
  const publicUrl = given['PUBLIC_URL'];
  return !isInAzure && (publicUrl === undefined || isOnLoopback(publicUrl));
}

function settingsOf(parsed: Parsed, instanceId: string | undefined): Settings {
  const credentialOf = (secret: string | undefined, path: string | undefined): Credential =>
    secret !== undefined
      ? { kind: 'secret', secret }
      : path !== undefined
        ? { kind: 'certificate', path }
        : { kind: 'managedIdentity' };
  const {
    API_CLIENT_ID: apiId,
    RESTORE_CLIENT_ID: restoreId,
    BOT_ID: botId,
    PUBLIC_URL: publicUrl,
    DATA_DIR: dataDir,
  } = parsed;
  const consoleId = parsed.CONSOLE_CLIENT_ID ?? apiId;
  return {
    graphEndpoint: parsed.GRAPH_ENDPOINT,
    authorityHost: parsed.AUTHORITY_HOST,
    browserAuthorityHost: parsed.BROWSER_AUTHORITY_HOST ?? parsed.AUTHORITY_HOST,
    contentHosts: parsed.CONTENT_HOSTS,
    tenantId: parsed.TENANT_ID,
    backup: {
      clientId: parsed.BACKUP_CLIENT_ID,
      credential: credentialOf(parsed.BACKUP_CLIENT_SECRET, parsed.BACKUP_CERTIFICATE_PATH),
    },
    ...(restoreId === undefined
      ? {}
      : {
          restore: {
            clientId: restoreId,
            credential: credentialOf(parsed.RESTORE_CLIENT_SECRET, parsed.RESTORE_CERTIFICATE_PATH),
          },
        }),
    ...(apiId === undefined || consoleId === undefined
      ? {}
      : {
          api: {
            clientId: apiId,
            consoleClientId: consoleId,
            allowedClients: new Set(parsed.API_ALLOWED_CLIENTS ?? [...MICROSOFT_CLIENTS, consoleId, apiId]),
          },
        }),
    ...(botId === undefined && parsed.BOT_AUTH === 'required'
      ? {}
      : {
          bot: {
            ...(botId === undefined
              ? {}
              : { id: botId, credential: credentialOf(parsed.BOT_CLIENT_SECRET, parsed.BOT_CERTIFICATE_PATH) }),
            auth: parsed.BOT_AUTH,
            serviceHosts: parsed.BOT_SERVICE_HOSTS,
          },
        }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    port: parsed.PORT,
    jobSeconds: parsed.JOB_SECONDS,
    sliceItems: parsed.SLICE_ITEMS,
    pointItems: parsed.POINT_ITEMS,
    storage:
      parsed.STORAGE_ACCOUNT_NAME === undefined
        ? { connectionString: parsed.STORAGE_CONNECTION_STRING ?? '' }
        : { accountName: parsed.STORAGE_ACCOUNT_NAME, endpointSuffix: parsed.STORAGE_ENDPOINT_SUFFIX },
    key:
      parsed.KEY_VAULT_KEY_ID === undefined
        ? { path: parsed.LOCAL_KEY_PATH ?? '' }
        : { vaultKeyId: parsed.KEY_VAULT_KEY_ID },
    ...(dataDir === undefined ? {} : { dataDir }),
    holder: `${parsed.START_ID ?? instanceId ?? 'host'}/${process.pid}`,
    isAlone: parsed.START_ID !== undefined,
  };
}
