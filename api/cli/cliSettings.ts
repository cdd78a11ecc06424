import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readSettings, SettingsError, type Settings } from '../settings.ts';
import { withTenantId } from '../tenantId.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/**
 * The settings a command works with: what the environment says, completed from `env/.env.NAME` with `--env NAME` (what
 * `provision` wrote of a deployment), else from `.env` where there is one. Throws SettingsError, or as `withTenantId`.
 */
export async function cliSettings(args: readonly string[] = process.argv.slice(2)): Promise<Settings> {
  const file = environmentFile(args);
  if (existsSync(file)) process.loadEnvFile(file);
  else if (path.basename(file) !== '.env') throw new SettingsError([`--env: there is no file ${file}`]);
  return withTenantId(readSettings());
}

function environmentFile(args: readonly string[]): string {
  try {
    const { env } = parseArgs({ args: [...args], options: { env: { type: 'string' } } }).values;
    return env === undefined ? path.resolve('.env') : path.join(ROOT, 'env', `.env.${env}`);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SettingsError([`${error.message.split('. ')[0]}. This command takes --env NAME for env/.env.NAME`]);
  }
}
