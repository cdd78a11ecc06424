import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import tls from 'node:tls';
import { decodeJwt } from 'jose';
import { DEFAULT_APPS } from '../dev/tenant/options.ts';
import { startTenant, type DemoTenant } from '../dev/tenant/tenant.ts';
import { openApiDir } from '../dev/tenant/testing/besideTheRepository.ts';
import { isFault } from '../engine/fault.ts';
import { createTokens } from './tokens.ts';

const PRINCIPAL = '5d7a0d52-8a55-4f0e-9d0a-1f2c3b4a5968';
const SECRET_HEADER = 'what App Service gives each host';
const EXCHANGE = 'api://AzureADTokenExchange';
const federated = (subject: string) => ({ federated: [{ subject, audiences: [EXCHANGE] }] });
const { secret: _backup, ...backup } = DEFAULT_APPS.backup;
const { secret: _restore, ...restore } = DEFAULT_APPS.restore;
/** Entra's apps as a deployment leaves them: without a secret; the workers' identity vouches for the backup app. */
const apps = {
  ...DEFAULT_APPS,
  backup: { ...backup, ...federated(PRINCIPAL) },
  restore: { ...restore, ...federated('another identity') },
};

describe('an app for which the host’s managed identity vouches', () => {
  let folder: string;
  let tenant: DemoTenant;
  let host: Server;
  /** How App Service's token endpoint was asked since the test began. */
  const asked: { readonly resource: string | null; readonly identity: string | null; readonly header: unknown }[] = [];
  let answer: (() => { status: number; body: unknown } | 'reset' | undefined) | undefined;
  const environment = { ...process.env };

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'holdfast-tokens-'));
    tenant = await startTenant({ dataDir: folder, seed: 'empty', corpusDir: undefined, openApiDir, apps });
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), tenant.ca]);
    host = createServer((request, response) => {
      const query = new URL(request.url ?? '/', 'http://host').searchParams;
      const header = request.headers['x-identity-header'];
      asked.push({ resource: query.get('resource'), identity: query.get('client_id'), header });
      const made = answer?.();
      if (made === 'reset') return void request.socket.destroy();
      (made === undefined ? identityToken(query.get('resource') ?? '') : Promise.resolve(made)).then(
        ({ status, body }) =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
        (error: unknown) => response.destroy(error as Error),
      );
    }).listen(0, '127.0.0.1');
    await once(host, 'listening');
    process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${(host.address() as AddressInfo).port}/msi/token`;
    process.env['IDENTITY_HEADER'] = SECRET_HEADER;
  });
  beforeEach(() => {
    asked.length = 0;
    answer = undefined;
  });
  after(async () => {
    process.env = environment;
    host.close();
    await tenant.close();
    rmSync(folder, { recursive: true });
  });

  /** What App Service answers: a token of the identity, from the tenant that it lives in. */
  async function identityToken(audience: string) {
    const response = await fetch(`${tenant.controlUrl}/control/token`, {
      method: 'POST',
      body: JSON.stringify({
        user: 'anna.lindqvist',
        claims: { aud: audience, sub: PRINCIPAL, oid: PRINCIPAL, scp: null, name: null, preferred_username: null },
      }),
    });
    const { token } = (await response.json()) as { token: string };
    const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
    return { status: 200, body: { access_token: token, expires_on, resource: audience, token_type: 'Bearer' } };
  }

  /** App Service keeps tokens by identity, as the client does: each test names another one. */
  const tokensOf = (clientId: string, identity: string, sleep: () => Promise<void> = () => Promise.resolve()) => {
    process.env['AZURE_CLIENT_ID'] = identity;
    return createTokens({
      endpoint: tenant.graphUrl,
      authorityHost: tenant.authorityUrl,
      tenantId: tenant.tenantId,
      clientId,
      credential: { kind: 'managedIdentity' },
      clock: { now: Date.now, sleep },
    });
  };

  it('gets a token for Graph by the token of the identity, and Graph takes it', async () => {
    const token = await tokensOf(apps.backup.clientId, 'workers').getAccessToken();
    assert.deepEqual(asked, [{ resource: EXCHANGE, identity: 'workers', header: SECRET_HEADER }]);
    const claims = decodeJwt(token);
    assert.deepEqual([claims['appid'], claims.aud], [apps.backup.clientId, tenant.graphUrl]);
    const headers = { authorization: `Bearer ${token}` };
    const users = await fetch(`${tenant.graphUrl}/v1.0/users?$top=1&$select=id`, { headers });
    assert.equal(users.status, 200);
    assert.deepEqual(tenant.recorder.violations(), []);
  });

  it('is refused by Entra’s code when it trusts another identity', async () => {
    await assert.rejects(
      tokensOf(apps.restore.clientId, 'stranger').getAccessToken(),
      (error) => isFault(error, 'unauthorized') && error.code === 'AADSTS700213',
    );
  });

  it('is refused in words when the host has no such identity', async () => {
    answer = () => ({ status: 400, body: { statusCode: 400, message: 'No User Assigned Identity found' } });
    await assert.rejects(
      tokensOf(apps.backup.clientId, 'nobody').getAccessToken(),
      (error) => isFault(error, 'unauthorized') && /no managed identity that could vouch/.test(error.message),
    );
  });

  it('waits while the endpoint of the host has passing trouble, and goes on when it is over', async () => {
    for (const trouble of [500, 429, 'reset'] as const) {
      const refusal = trouble === 'reset' ? trouble : { status: trouble, body: { message: 'Try later' } };
      let isOver = false;
      let pauses = 0;
      answer = () => (isOver ? undefined : refusal);
      const wait = (): Promise<void> => {
        isOver = ++pauses === 2;
        return Promise.resolve();
      };
      assert.ok(await tokensOf(apps.backup.clientId, `patient ${trouble}`, wait).getAccessToken());
      assert.equal(pauses, 2, String(trouble));
    }
  });

  it('is unavailable, not refused, while the endpoint of the host keeps failing', async () => {
    answer = () => ({ status: 500, body: { message: 'An unexpected error occurred' } });
    await assert.rejects(
      tokensOf(apps.backup.clientId, 'broken').getAccessToken(),
      (error) => isFault(error, 'unavailable') && error.origin === 'graph',
    );
  });
});
