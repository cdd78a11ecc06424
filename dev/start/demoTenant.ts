import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Children } from './children.ts';
import { firstLine } from './firstLine.ts';

const app = z.object({ clientId: z.string(), secret: z.string().optional() });
const addresses = z.object({
  graphUrl: z.string(),
  authorityUrl: z.string(),
  contentUrl: z.string(),
  loopbackSignInUrl: z.string(),
  controlUrl: z.string(),
  caPath: z.string(),
  tenantId: z.string(),
  apps: z.object({ backup: app, restore: app, api: app, console: app }),
});

export type TenantAddresses = z.infer<typeof addresses>;

export interface DemoTenantProcess {
  readonly child: ChildProcess;
  readonly addresses: TenantAddresses;
}

/** Starts the demo tenant on its part of the data folder; resolves when it listens. */
export async function startDemoTenant(children: Children, dataDir: string, log: number): Promise<DemoTenantProcess> {
  const main = path.join(import.meta.dirname, '../tenant/main.ts');
  // For tests and demonstrations: what `node dev/tenant/main.ts --help` names, separated by blanks.
  const more = (process.env['DEMO_TENANT_ARGS'] ?? '').split(' ').filter((part) => part !== '');
  const child = children.fork(main, ['--data-dir', path.join(dataDir, 'tenant'), ...more], {
    execArgv: [],
    stdio: ['ignore', 'pipe', log, 'ipc'],
  });
  const read = (line: string) => {
    const parsed = addresses.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
    throw new Error(`The demo tenant said something else than its addresses: ${z.prettifyError(parsed.error)}`);
  };
  const logFile = path.join(dataDir, 'logs/tenant.log');
  return { child, addresses: await firstLine(child, read, `The demo tenant did not start. Its log is ${logFile}`) };
}

/** What a worker must be told to speak to this tenant as to Microsoft 365. */
export function tenantEnvironment(tenant: TenantAddresses): Record<string, string> {
  const { backup, restore, api, console } = tenant.apps;
  return {
    GRAPH_ENDPOINT: tenant.graphUrl,
    AUTHORITY_HOST: tenant.authorityUrl,
    BROWSER_AUTHORITY_HOST: tenant.loopbackSignInUrl,
    CONTENT_HOSTS: new URL(tenant.contentUrl).host,
    NODE_EXTRA_CA_CERTS: tenant.caPath,
    TENANT_ID: tenant.tenantId,
    BACKUP_CLIENT_ID: backup.clientId,
    BACKUP_CLIENT_SECRET: backup.secret ?? '',
    RESTORE_CLIENT_ID: restore.clientId,
    RESTORE_CLIENT_SECRET: restore.secret ?? '',
    API_CLIENT_ID: api.clientId,
    CONSOLE_CLIENT_ID: console.clientId,
  };
}

/** A file in DATA_DIR/logs, opened to append. The caller closes it. */
export function openLog(dataDir: string, name: string): { readonly descriptor: number; readonly close: () => void } {
  mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
  const descriptor = openSync(path.join(dataDir, 'logs', name), 'a');
  return { descriptor, close: () => closeSync(descriptor) };
}
