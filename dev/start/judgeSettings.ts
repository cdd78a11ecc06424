import { readSettings } from '../../api/settings.ts';
import { DEFAULT_APPS, DEFAULT_TENANT_ID } from '../tenant/options.ts';
import { tenantEnvironment } from './demoTenant.ts';
import { type Environment, isStorageConfigured, isTenantConfigured, workerEnvironment } from './environment.ts';
import type { StartOptions } from './options.ts';

/** Stands where an address is not known before its part listens. */
const LATER = 'https://localhost';
const demoTenant = tenantEnvironment({
  graphUrl: LATER,
  authorityUrl: LATER,
  contentUrl: LATER,
  loopbackSignInUrl: LATER,
  controlUrl: LATER,
  caPath: '',
  tenantId: DEFAULT_TENANT_ID,
  apps: DEFAULT_APPS,
});

/**
 * Throws SettingsError with every mistake in what was set, as the worker would read it. Touches and starts nothing: a
 * mistake costs no data folder and no wait.
 */
export function judgeSettings(env: Environment, { dataDir, port }: Pick<StartOptions, 'dataDir' | 'port'>): void {
  const complete = workerEnvironment(env, {
    dataDir,
    port: port ?? 0,
    storage: isStorageConfigured(env) ? undefined : 'UseDevelopmentStorage=true',
    chatPort: undefined,
    tenant: isTenantConfigured(env) ? {} : demoTenant,
  });
  readSettings(port === undefined ? { ...complete, PORT: env['PORT'] } : complete, { needsCredentials: true });
}
