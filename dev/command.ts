/**
 * `command.ts NAME [options]`: a command of api/cli, on a deployment or on the data folder of a local start. With `--env` or
 * with a storage account in the settings it is handed on as it is; else what only a start knows is made here: the folder
 * is locked, its storage runs for as long as the command does, and the settings are those of the start.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startAzurite } from './azurite.ts';
import { FolderUnusable, type Lock, lockDataDir, LockHeld } from './lock.ts';
import { dataDirOf, isSet, isTenantConfigured, workerEnvironment } from './start/environment.ts';
import { DEFAULT_APPS, DEFAULT_TENANT_ID } from './tenant/options.ts';

const FOLDER = 'data-dir';
/** Whose copies they are; it is not asked for anything. */
const demoTenant = {
  TENANT_ID: DEFAULT_TENANT_ID,
  BACKUP_CLIENT_ID: DEFAULT_APPS.backup.clientId,
  BACKUP_CLIENT_SECRET: DEFAULT_APPS.backup.secret ?? '',
};

const [name = '', ...rest] = process.argv.slice(2);

// The command and what runs beside it end one after the other, whichever of them Ctrl-C reaches.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.exitCode = await main();

async function main(): Promise<number> {
  const { values, tokens } = parseArgs({
    args: rest,
    options: { [FOLDER]: { type: 'string' }, env: { type: 'string' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const handedOn = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [token.value];
    if (token.kind !== 'option' || token.name === FOLDER) return [];
    return token.value === undefined ? [token.rawName] : [token.rawName, token.value];
  });
  if (values['env'] === undefined && existsSync('.env')) process.loadEnvFile('.env');
  const folder = values[FOLDER];
  const isDeployed = ['STORAGE_ACCOUNT_NAME', 'STORAGE_CONNECTION_STRING'].some((each) => isSet(process.env[each]));
  if (values['env'] !== undefined || (folder === undefined && isDeployed)) return run(handedOn, process.env);
  return onFolder(dataDirOf(typeof folder === 'string' ? folder : undefined, process.env), handedOn);
}

async function onFolder(dataDir: string, args: readonly string[]): Promise<number> {
  if (!existsSync(path.join(dataDir, 'azurite'))) {
    console.error(`There are no copies in ${dataDir}. Name the data folder of your start: --data-dir PATH`);
    return 1;
  }
  const lock = lockOrSay(dataDir);
  if (lock === undefined) return 1;
  try {
    return await besideStorage(dataDir, args);
  } finally {
    lock.release();
  }
}

/** Undefined, and said why, while a start works on the folder or nothing can be written there. */
function lockOrSay(dataDir: string): Lock | undefined {
  try {
    return lockDataDir(dataDir);
  } catch (error) {
    if (!(error instanceof LockHeld || error instanceof FolderUnusable)) throw error;
    console.error(error.message);
    return undefined;
  }
}

async function besideStorage(dataDir: string, args: readonly string[]): Promise<number> {
  const azurite = await startAzurite({ dataDir });
  try {
    const environment = workerEnvironment(process.env, {
      dataDir,
      port: 0,
      storage: azurite.connectionString,
      chatPort: undefined,
      tenant: isTenantConfigured(process.env) ? {} : demoTenant,
    });
    return await run(args, environment);
  } finally {
    await azurite.stop();
  }
}

async function run(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const child = fork(path.join(import.meta.dirname, '../api/cli', `${name}.ts`), [...args], { env, execArgv: [] });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
