import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import '../reflectMetadata.ts';
import * as x509 from '@peculiar/x509';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { fetch } from 'undici';
import { DEFAULT_APPS, type TenantApps } from '../options.ts';
import { tenantForTests, type TestTenant } from '../testing/tenantForTests.ts';

const run = promisify(execFile);

interface AppCertificate {
  readonly pem: string;
  readonly privateKey: string;
  readonly thumbprintSha256: string;
}

async function makeAppCertificate(): Promise<AppCertificate> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=backup app',
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const pem = certificate.toString('pem');
  return {
    pem,
    privateKey: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
    thumbprintSha256: new X509Certificate(pem).fingerprint256.replaceAll(':', ''),
  };
}

describe('Entra', () => {
  let tenant: TestTenant;
  let certificate: AppCertificate;
  before(async () => {
    certificate = await makeAppCertificate();
    const apps: TenantApps = { ...DEFAULT_APPS, backup: { ...DEFAULT_APPS.backup, certificates: [certificate.pem] } };
    tenant = await tenantForTests({ apps });
  });
  after(() => tenant.stop());

  const withOfficialClients = async (credential: object): Promise<Record<string, unknown>> => {
    const probe = {
      graphUrl: tenant.graphUrl,
      authorityUrl: tenant.authorityUrl,
      tenantId: tenant.tenantId,
      clientId: DEFAULT_APPS.backup.clientId,
      ...credential,
    };
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, '../testing/officialClients.ts')], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: tenant.caPath, PROBE: JSON.stringify(probe) },
    });
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  it('serves msal-node and the Graph client by secret, downloads on the other origin included', async () => {
    const found = await withOfficialClients({ secret: DEFAULT_APPS.backup.secret });
    assert.deepEqual([found['users'], found['nextLink'], found['received']], [3, true, found['expected']]);
    assert.deepEqual((await tenant.control('GET', '/violations'))['value'], []);
  });

  it('serves them by certificate, and only with a certificate that is registered', async () => {
    const { thumbprintSha256, privateKey } = certificate;
    assert.equal((await withOfficialClients({ certificate: { thumbprintSha256, privateKey } }))['users'], 3);
    const stranger = await makeAppCertificate();
    assert.match(
      String(
        (
          await withOfficialClients({
            certificate: { thumbprintSha256: stranger.thumbprintSha256, privateKey: stranger.privateKey },
          })
        )['error'],
      ),
      /700027/,
    );
    const forged = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    assert.match(
      String((await withOfficialClients({ certificate: { thumbprintSha256, privateKey: forged } }))['error']),
      /700024/,
    );
  });

  it('answers a wrong secret, an unknown app and an unknown resource as Entra does', async () => {
    const ask = async (changes: Record<string, string>) => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: DEFAULT_APPS.backup.clientId,
        client_secret: 'wrong',
        scope: `${tenant.graphUrl}/.default`,
        ...changes,
      });
      const response = await tenant.fetch(`${tenant.authorityUrl}/${tenant.tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        body: form,
      });
      const body = (await response.json()) as { error: string; error_description: string };
      return [response.status, body.error, /AADSTS\d+/.exec(body.error_description)?.[0]];
    };
    const secret = DEFAULT_APPS.backup.secret ?? '';
    assert.deepEqual(await ask({}), [401, 'invalid_client', 'AADSTS7000215']);
    assert.deepEqual(await ask({ client_id: 'nobody' }), [400, 'unauthorized_client', 'AADSTS700016']);
    assert.deepEqual(await ask({ client_secret: secret, scope: 'https://vault.azure.net/.default' }), [
      400,
      'invalid_resource',
      'AADSTS500011',
    ]);
    assert.deepEqual(await ask({ client_secret: secret, scope: 'User.Read' }), [400, 'invalid_scope', 'AADSTS1002012']);
  });

  it('signs a person in from a plain browser on loopback http, with tokens of the https issuer', async () => {
    const base = `${tenant.loopbackSignInUrl}/${tenant.tenantId}`;
    const configuration = (await (await fetch(`${base}/v2.0/.well-known/openid-configuration`)).json()) as Record<
      string,
      string
    >;
    assert.equal(configuration['issuer'], `${tenant.authorityUrl}/${tenant.tenantId}/v2.0`);
    assert.ok(configuration['token_endpoint']?.startsWith(base));
    const verifier = randomBytes(32).toString('base64url');
    const clientId = DEFAULT_APPS.console.clientId;
    const redirect = 'http://127.0.0.1:7071/';
    const request = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirect,
      scope: `openid profile offline_access api://${clientId}/access_as_user`,
      state: 'state-1',
      nonce: 'nonce-1',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const page = await (await fetch(`${configuration['authorization_endpoint']}?${request}`)).text();
    assert.match(page, /Anna Lindqvist/);
    request.set('demo_user', 'anna.lindqvist@demo.holdfast.example');
    const chosen = await fetch(configuration['authorization_endpoint'] ?? '', {
      method: 'POST',
      body: request,
      redirect: 'manual',
    });
    const back = new URL(chosen.headers.get('location') ?? '');
    assert.deepEqual([back.origin + back.pathname, back.searchParams.get('state')], [redirect, 'state-1']);

    const redeem = (form: Record<string, string>) =>
      fetch(configuration['token_endpoint'] ?? '', {
        method: 'POST',
        body: new URLSearchParams({ client_id: clientId, ...form }),
      });
    const grant = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: redirect,
    };
    assert.equal((await redeem({ ...grant, code_verifier: 'wrong' })).status, 400);
    const response = await redeem({ ...grant, code_verifier: verifier });
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    const tokens = (await response.json()) as Record<string, string>;
    const keys = createRemoteJWKSet(new URL(configuration['jwks_uri'] ?? ''));
    const { payload } = await jwtVerify(tokens['access_token'] ?? '', keys, {
      issuer: configuration['issuer'] ?? '',
      audience: clientId,
      algorithms: ['RS256'],
    });
    assert.deepEqual(
      [payload['roles'], payload['scp'], payload['azp'], payload['tid'], payload['ver']],
      [['Backup.Admin'], 'access_as_user', clientId, tenant.tenantId, '2.0'],
    );
    assert.equal(decodeJwt(tokens['id_token'] ?? '')['nonce'], 'nonce-1');
    const renewed = await redeem({
      grant_type: 'refresh_token',
      refresh_token: tokens['refresh_token'] ?? '',
      scope: `api://${clientId}/.default`,
    });
    assert.equal(
      decodeJwt(((await renewed.json()) as Record<string, string>)['access_token'] ?? '')['oid'],
      payload['oid'],
    );
    assert.equal(
      (await redeem({ grant_type: 'refresh_token', refresh_token: `${tokens['refresh_token']}x` })).status,
      400,
    );
  });

  it('makes right and wrong user tokens to order', async () => {
    const keys = createRemoteJWKSet(new URL(`${tenant.loopbackSignInUrl}/${tenant.tenantId}/discovery/v2.0/keys`));
    const issuer = `${tenant.authorityUrl}/${tenant.tenantId}/v2.0`;
    const verify = async (order: object) => {
      const { token } = (await tenant.control('POST', '/token', { user: 'ben.okafor', ...order })) as { token: string };
      return jwtVerify(token, keys, { issuer, audience: DEFAULT_APPS.api.clientId, algorithms: ['RS256'] }).then(
        ({ payload }) => payload['roles'] ?? 'no roles',
        (error: unknown) => (error as { code?: string }).code,
      );
    };
    assert.deepEqual(await verify({}), ['Backup.RestoreOperator']);
    assert.deepEqual(await verify({ roles: ['Backup.Admin'] }), ['Backup.Admin']);
    assert.equal(await verify({ claims: { roles: null } }), 'no roles');
    assert.equal(await verify({ key: 'wrong' }), 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
    assert.equal(await verify({ alg: 'HS256' }), 'ERR_JOSE_ALG_NOT_ALLOWED');
    assert.equal(await verify({ alg: 'none' }), 'ERR_JOSE_ALG_NOT_ALLOWED');
    assert.equal(await verify({ kid: 'other' }), 'ERR_JWKS_NO_MATCHING_KEY');
    assert.equal(await verify({ expiresIn: -10 }), 'ERR_JWT_EXPIRED');
    assert.equal(await verify({ claims: { aud: 'other' } }), 'ERR_JWT_CLAIM_VALIDATION_FAILED');
  });
});
