import '../../dev/tenant/reflectMetadata.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as x509 from '@peculiar/x509';
import { DEFAULT_APPS, type TenantOptions } from '../../dev/tenant/options.ts';
import { type DemoTenant, startTenant } from '../../dev/tenant/tenant.ts';
import { openApiDir } from '../../dev/tenant/testing/besideTheRepository.ts';

/** Another tenant than the start would make: own ids and secrets, known to the product by its settings alone. */
export interface ForeignTenant {
  readonly tenant: DemoTenant;
  /** What an admin would set. */
  readonly settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** `certificate`: the backup app proves itself by one, and has no secret. */
export async function startForeignTenant(
  options: Partial<TenantOptions> & { readonly certificate?: boolean } = {},
): Promise<ForeignTenant> {
  const { certificate: byCertificate = false, ...more } = options;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'holdfast-tenant-'));
  const certificate = byCertificate ? await makeCertificate(path.join(dataDir, 'backup.pem')) : undefined;
  const { secret: _secret, ...backup } = DEFAULT_APPS.backup;
  const tenant = await startTenant({
    seed: 'small',
    openApiDir,
    tenantId: 'c0ffee00-1111-4222-8333-444455556666',
    apps: {
      ...DEFAULT_APPS,
      backup: {
        ...backup,
        clientId: 'aaaaaaaa-0001-4000-8000-000000000001',
        ...(certificate === undefined ? { secret: 'another-backup-secret' } : { certificates: [certificate.pem] }),
      },
      restore: {
        ...DEFAULT_APPS.restore,
        clientId: 'aaaaaaaa-0002-4000-8000-000000000002',
        secret: 'another-restore-secret',
      },
    },
    ...more,
    dataDir,
  });
  const { apps } = tenant;
  return {
    tenant,
    settings: {
      GRAPH_ENDPOINT: tenant.graphUrl,
      AUTHORITY_HOST: tenant.authorityUrl,
      BROWSER_AUTHORITY_HOST: tenant.loopbackSignInUrl,
      CONTENT_HOSTS: new URL(tenant.contentUrl).host,
      NODE_EXTRA_CA_CERTS: tenant.caPath,
      TENANT_ID: tenant.tenantId,
      BACKUP_CLIENT_ID: apps.backup.clientId,
      ...(certificate === undefined
        ? { BACKUP_CLIENT_SECRET: apps.backup.secret ?? '' }
        : { BACKUP_CERTIFICATE_PATH: certificate.path }),
      RESTORE_CLIENT_ID: apps.restore.clientId,
      RESTORE_CLIENT_SECRET: apps.restore.secret ?? '',
      API_CLIENT_ID: apps.api.clientId,
      CONSOLE_CLIENT_ID: apps.console.clientId,
    },
    async stop() {
      await tenant.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A self-signed certificate; key and certificate in one PEM file, as the setting wants it. */
async function makeCertificate(file: string): Promise<{ path: string; pem: string }> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const notAfter = new Date(Date.now() + 86_400_000);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=backup app',
    notAfter,
    signingAlgorithm: algorithm,
    keys,
  });
  const pem = certificate.toString('pem');
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = key.match(/.{1,64}/g)?.join('\n') ?? '';
  await writeFile(file, `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n${pem}\n`, { mode: 0o600 });
  return { path: file, pem };
}
