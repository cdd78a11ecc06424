import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { isOnLoopback } from '../../api/settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const USUAL_PORT = 7071;

/** Naming any of these means a tenant of one's own. */
export const isTenantConfigured = (env: Environment) =>
  ['GRAPH_ENDPOINT', 'AUTHORITY_HOST', 'TENANT_ID', 'BACKUP_CLIENT_ID'].some((name) => isSet(env[name]));

/** Else the start brings Azurite. */
export const isStorageConfigured = (env: Environment) =>
  ['STORAGE_CONNECTION_STRING', 'STORAGE_ACCOUNT_NAME'].some((name) => isSet(env[name]));

export const isSet = (value: string | undefined) => value !== undefined && value.trim() !== '';

/** Where the copies, keys and the demo tenant of this machine are: as asked for, else as the settings say. */
export const dataDirOf = (asked: string | undefined, env: Environment): string =>
  path.resolve(asked ?? (isSet(env['DATA_DIR']) ? (env['DATA_DIR'] as string) : '.holdfast'));

export interface LocalParts {
  readonly dataDir: string;
  readonly port: number;
  /** Undefined when the environment names a storage account. */
  readonly storage: string | undefined;
  /** Where the playground will listen; undefined without it. */
  readonly chatPort: number | undefined;
  /** What the demo tenant adds. */
  readonly tenant: Readonly<Record<string, string>>;
}

/** The whole environment of the worker: what the caller set, completed with what runs on this machine. */
export function workerEnvironment(
  env: Environment,
  { dataDir, port, storage, chatPort, tenant }: LocalParts,
): Record<string, string | undefined> {
  const publicUrl = isSet(env['PUBLIC_URL']) ? env['PUBLIC_URL'] : undefined;
  const usesVault = isSet(env['KEY_VAULT_KEY_ID']);
  const complete: Record<string, string | undefined> = {
    ...env,
    ...tenant,
    DATA_DIR: dataDir,
    PORT: String(port),
    // A new value per start: heartbeats and leases of every earlier one are then known to be dead.
    START_ID: `start-${randomUUID()}`,
    PUBLIC_URL: publicUrl ?? `http://localhost:${port}`,
    ...(storage !== undefined && { STORAGE_CONNECTION_STRING: storage }),
    ...(!usesVault && !isSet(env['LOCAL_KEY_PATH']) && { LOCAL_KEY_PATH: path.join(dataDir, 'keys', 'wrapping.key') }),
    // The server listens on loopback only, and the playground sends no token.
    ...(chatPort !== undefined && !isSet(env['BOT_SERVICE_HOSTS']) && { BOT_SERVICE_HOSTS: `localhost:${chatPort}` }),
    ...(!isSet(env['BOT_ID']) && !isSet(env['BOT_AUTH']) && !isReachedByOthers(env) && { BOT_AUTH: 'none' }),
  };
  return { ...complete, AzureWebJobsStorage: complete['STORAGE_CONNECTION_STRING'] };
}

const isReachedByOthers = ({ PUBLIC_URL: address }: Environment) => isSet(address) && !isOnLoopback(address ?? '');

/**
 * Why there is no chat on this machine, in words; undefined where there can be one: beside the demo tenant, and only
 * while the bot takes messages that carry no token, because the playground sends none. `env` is the worker's.
 */
export function whyNoChat(env: Environment, hasDemoTenant: boolean): string | undefined {
  if (hasDemoTenant && env['BOT_AUTH'] === 'none') return undefined;
  if (isSet(env['BOT_ID'])) return 'in Teams, once the app is installed there';
  if (!hasDemoTenant) return 'off. Set BOT_ID and its credential for a chat in Teams';
  return isReachedByOthers(env)
    ? `off: others may reach ${env['PUBLIC_URL']}, and the chat of this machine asks nobody to sign in. Leave PUBLIC_URL out to chat here`
    : 'off: BOT_AUTH is "required", and the chat of this machine sends no token. Leave BOT_AUTH out to chat here';
}

/** The port taken is known before anything starts: addresses name it. Undefined when `wanted` is taken by another program. */
export async function choosePort(wanted: number | undefined, env: Environment): Promise<number | undefined> {
  const asked = wanted ?? (isSet(env['PORT']) ? Number(env['PORT']) : undefined);
  if (asked !== undefined) return freePort(asked);
  return (await freePort(USUAL_PORT)) ?? freePort(0);
}

/** `port`, or any for 0; undefined when it is taken. */
export async function freePort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  } finally {
    if (server.listening) await once(server.close(), 'close');
  }
}
