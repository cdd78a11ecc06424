/** An app registration of the demo tenant. */
export interface AppRegistration {
  readonly name: string;
  readonly clientId: string;
  /** Absent: the app is public (authorization code with PKCE only). */
  readonly secret?: string;
  /** PEM certificates with which the app may sign client assertions. */
  readonly certificates?: readonly string[];
  /** Identities of this tenant that may vouch for the app: managed identities with a federated credential. */
  readonly federated?: readonly FederatedCredential[];
  /** Application roles on Graph granted at the start; control endpoints grant and revoke later. */
  readonly roles: readonly string[];
}

export interface FederatedCredential {
  /** Object id of the managed identity. */
  readonly subject: string;
  readonly audiences: readonly string[];
}

export interface TenantApps {
  readonly backup: AppRegistration;
  readonly restore: AppRegistration;
  /** The API that the console calls; user tokens carry it as audience. */
  readonly api: AppRegistration;
  readonly console: AppRegistration;
  readonly bot: AppRegistration;
}

export interface ThrottleOptions {
  readonly enabled: boolean;
  /** How much faster than real time budgets refill: 60 makes an hour's budget last a minute. */
  readonly compression: number;
  /** Licences of the tenant; decides SharePoint's budget. */
  readonly licences: number;
  readonly outlookConcurrency: number;
  readonly outlookRequestsPer10Min: number;
  readonly outlookUploadBytesPer5Min: number;
}

export interface TenantOptions {
  readonly dataDir: string;
  readonly tenantId: string;
  readonly host: string;
  /** Content links point to this host name, so that they are another origin than Graph. */
  readonly contentHost: string;
  /** 0: any free port. Ports are remembered in dataDir, so links outlive a restart. */
  readonly ports: {
    readonly graph: number;
    readonly authority: number;
    readonly content: number;
    readonly signIn: number;
    readonly control: number;
  };
  readonly apps: TenantApps;
  readonly throttle: ThrottleOptions;
  /** Folder of the corpus; undefined or missing: the seed makes its own content. */
  readonly corpusDir: string | undefined;
  /** How much content to seed: everything, a handful for quick tests, or people without content. */
  readonly seed: 'full' | 'small' | 'empty';
  /** Seconds that download, upload and import links live. */
  readonly linkSeconds: number;
  /** How many of the newest changes a new delta link gives again. */
  readonly deltaReplay: number;
  /** Milliseconds that each request to Graph takes at least. */
  readonly latencyMs: number;
  /** Folder with the OpenAPI files; when set, every request and answer is validated against them. */
  readonly openApiDir: string | undefined;
}

/** What infra/entra/*.json asks an admin for, and not one more: what runs against this tenant shows that it suffices. */
const BACKUP_ROLES = [
  'User.Read.All',
  'GroupMember.Read.All',
  'Organization.Read.All',
  'MailboxSettings.Read',
  'Mail.Read',
  'MailboxItem.Export.All',
  'Sites.Read.All',
];
const RESTORE_ROLES = ['User.Read.All', 'Mail.ReadWrite', 'MailboxItem.ImportExport.All', 'Sites.ReadWrite.All'];

export const DEFAULT_APPS: TenantApps = {
  backup: {
    name: 'Holdfast backup',
    clientId: '0b5e1c1a-0001-4000-8000-00000000b0c1',
    secret: 'demo-backup-secret',
    roles: BACKUP_ROLES,
  },
  restore: {
    name: 'Holdfast restore',
    clientId: '0b5e1c1a-0002-4000-8000-00000000b0c2',
    secret: 'demo-restore-secret',
    roles: RESTORE_ROLES,
  },
  api: { name: 'Holdfast', clientId: '0b5e1c1a-0003-4000-8000-00000000b0c3', secret: 'demo-api-secret', roles: [] },
  console: { name: 'Holdfast console', clientId: '0b5e1c1a-0003-4000-8000-00000000b0c3', roles: [] },
  bot: { name: 'Holdfast bot', clientId: '0b5e1c1a-0004-4000-8000-00000000b0c4', secret: 'demo-bot-secret', roles: [] },
};

export const DEFAULT_THROTTLE: ThrottleOptions = {
  enabled: true,
  compression: 20,
  licences: 1_500,
  outlookConcurrency: 4,
  outlookRequestsPer10Min: 10_000,
  outlookUploadBytesPer5Min: 157_286_400,
};

export const DEFAULT_TENANT_ID = 'd3700000-0000-4000-8000-000000000001';

/** Fills in everything that was not asked for. `dataDir` is the only thing without a default. */
export function withDefaults(given: Partial<TenantOptions> & { readonly dataDir: string }): TenantOptions {
  return {
    tenantId: DEFAULT_TENANT_ID,
    host: 'localhost',
    contentHost: '127.0.0.1',
    ports: { graph: 0, authority: 0, content: 0, signIn: 0, control: 0 },
    apps: DEFAULT_APPS,
    throttle: DEFAULT_THROTTLE,
    corpusDir: undefined,
    seed: 'full',
    linkSeconds: 300,
    deltaReplay: 0,
    latencyMs: 2,
    openApiDir: undefined,
    ...given,
  };
}
