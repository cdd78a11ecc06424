import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { exportSPKI, generateKeyPair, type JWTPayload } from 'jose';
import { anna, apiClientId, issuer, tenantId } from '../testing/people.ts';
import { apiWorld, type ApiWorld } from '../testing/world.ts';

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('bad tokens', () => {
  let world: ApiWorld;
  const seconds = () => Math.floor(world.clock.now() / 1000);
  const withClaims = (claims: JWTPayload) => () => world.signIn.person(anna, ['Backup.Admin'], claims);
  const good = () => world.signIn.person(anna, ['Backup.Admin']);
  const parts = async () => (await good()).split('.') as [string, string, string];
  const payload = async () => JSON.parse(Buffer.from((await parts())[1], 'base64url').toString()) as JWTPayload;

  before(async () => {
    world = await apiWorld();
  });

  /** Each entry is a token that must not open `/api/policies` (for admins). */
  const bad: Readonly<Record<string, () => Promise<string>>> = {
    'no signature': async () => `${b64({ alg: 'none', typ: 'JWT' })}.${b64(await payload())}.`,
    'alg none with a signature of something else': async () =>
      `${b64({ alg: 'none', kid: 'k1' })}.${b64(await payload())}.${(await parts())[2]}`,
    'alg None spelled otherwise': async () => `${b64({ alg: 'nOnE', kid: 'k1' })}.${b64(await payload())}.AAAA`,
    'HS256 with the public key as secret': async () =>
      world.signIn.sign(
        await payload(),
        { alg: 'HS256' },
        new TextEncoder().encode(await exportSPKI(world.signIn.keys.publicKey)),
      ),
    'HS256 with an empty-ish secret': async () =>
      world.signIn.sign(await payload(), { alg: 'HS256' }, new TextEncoder().encode('0'.repeat(32))),
    'a stranger’s key': async () => world.signIn.sign(await payload(), {}, (await generateKeyPair('RS256')).privateKey),
    'a stranger’s key with jku': async () =>
      world.signIn.sign(
        await payload(),
        { jku: 'https://evil.example/keys' },
        (await generateKeyPair('RS256')).privateKey,
      ),
    'an unknown kid': async () => world.signIn.sign(await payload(), { kid: 'k2' }),
    'PS256 by the stranger': async () =>
      world.signIn.sign(await payload(), { alg: 'PS256' }, (await generateKeyPair('PS256')).privateKey),
    ES256: async () =>
      world.signIn.sign(await payload(), { alg: 'ES256' }, (await generateKeyPair('ES256')).privateKey),
    'RS384 header over an RS256 signature': async () =>
      `${b64({ alg: 'RS384', kid: 'k1' })}.${(await parts())[1]}.${(await parts())[2]}`,
    'changed payload': async () =>
      `${(await parts())[0]}.${b64({ ...(await payload()), oid: 'somebody-else' })}.${(await parts())[2]}`,
    'changed roles': async () =>
      `${(await parts())[0]}.${b64({ ...(await payload()), roles: ['Backup.Admin', 'X'] })}.${(await parts())[2]}`,
    'changed header': async () =>
      `${b64({ alg: 'RS256', kid: 'k1', typ: 'at+jwt' })}.${(await parts())[1]}.${(await parts())[2]}`,
    'cut signature': async () => (await good()).slice(0, -10),
    'cut token': async () => (await good()).slice(0, 60),
    'two parts': async () => (await parts()).slice(0, 2).join('.'),
    'four parts': async () => `${await good()}.${b64({})}`,
    'five parts, as if encrypted': async () => `${await good()}.${b64({})}.${b64({})}`,
    'payload that is no JSON': async () => `${(await parts())[0]}.bm90anNvbg.${(await parts())[2]}`,
    'unknown crit header': async () =>
      `${b64({ alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 })}.${(await parts())[1]}.${(await parts())[2]}`,
    'another audience': withClaims({ aud: 'https://graph.microsoft.com' }),
    'Graph’s client id as audience': withClaims({ aud: '00000003-0000-0000-c000-000000000000' }),
    'audience that only ends like ours': withClaims({ aud: `x${apiClientId}` }),
    'audience of another scheme': withClaims({ aud: `https://evil.example/${apiClientId}` }),
    'a list of audiences': withClaims({ aud: [apiClientId, 'https://graph.microsoft.com'] }),
    'no audience': withClaims({ aud: undefined }),
    'another issuer': withClaims({ iss: 'https://evil.example/v2.0' }),
    'issuer of another tenant': withClaims({ iss: issuer.replace(tenantId, 'd3700000-0000-4000-8000-000000000002') }),
    'issuer with a slash more': withClaims({ iss: `${issuer}/` }),
    'no issuer': withClaims({ iss: undefined }),
    'another tid under our issuer': withClaims({ tid: 'd3700000-0000-4000-8000-000000000002' }),
    'no tid': withClaims({ tid: undefined }),
    'a client that is not allowed': withClaims({ azp: 'a0000000-0000-4000-8000-00000000eeee' }),
    'no client (an ID token)': withClaims({ azp: undefined, scp: undefined, nonce: 'n' }),
    'an ID token that names a client': withClaims({ nonce: 'n' }),
    'appid in place of azp': withClaims({ azp: undefined, appid: apiClientId }),
    'version 1.0': withClaims({ ver: '1.0' }),
    'no version': withClaims({ ver: undefined }),
    'no object id': withClaims({ oid: undefined }),
    'an empty object id': withClaims({ oid: '' }),
    expired: () => world.signIn.person(anna, ['Backup.Admin'], { exp: seconds() - 120 }),
    'never expires': withClaims({ exp: undefined }),
    'expiry as text': async () =>
      world.signIn.sign({ ...(await payload()), exp: '9999999999' as unknown as number }).catch(() => 'a.b.c'),
    'not valid yet': () => world.signIn.person(anna, ['Backup.Admin'], { nbf: seconds() + 600 }),
    'no scope and no role': async () => world.signIn.person(anna, [], { scp: undefined }),
    'another scope': withClaims({ scp: 'User.Read' }),
    'scope that only contains ours': withClaims({ scp: 'access_as_user_x' }),
    'an application with a scope': withClaims({ idtyp: 'app' }),
    'an unknown kind of identity': withClaims({ idtyp: 'device' }),
    'roles as text': withClaims({ roles: 'Backup.Admin' }),
    'a role of another app': async () =>
      world.signIn.person(anna, [], { roles: ['Admin', 'backup.admin', 'Backup.Admin '] }),
    'no role': () => world.signIn.person(anna),
    'an auditor’s role only, on a change': () => world.signIn.person(anna, ['Backup.Auditor']),
    'an application on a person’s route': () => world.signIn.app(['Backup.Admin']),
    'an application without roles': () => world.signIn.app([]),
    'a token of 20 KB': withClaims({ padding: 'x'.repeat(20_000) }),
  };

  it('are at least forty', () => {
    assert.ok(Object.keys(bad).length >= 40);
  });

  for (const [name, make] of Object.entries(bad)) {
    it(`refuses: ${name}`, async () => {
      const answer = await world.send('/api/policies', { method: 'POST', token: await make(), body: { name: '' } });
      assert.ok([401, 403].includes(answer.status), `${answer.status}`);
      const problem = (await answer.json()) as { status: number; reference: string; detail: string };
      assert.equal(problem.status, answer.status);
      assert.match(problem.reference, /^[0-9a-f]{12}$/);
      if (answer.status === 401) assert.match(answer.headers.get('WWW-Authenticate') ?? '', /^Bearer/);
    });
  }

  it('accepts a good token, also with the audience as a URI', async () => {
    assert.equal((await world.send('/api/policies', { token: await good() })).status, 200);
    for (const aud of [`api://${apiClientId}`, `api://holdfast.example/${apiClientId}`])
      assert.equal((await world.send('/api/policies', { token: await withClaims({ aud })() })).status, 200, aud);
  });

  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'bearer',
    'Bearer a b c',
    'Bearer a.b.c, Bearer d.e.f',
  ])
    it(`refuses the header "${authorization}"`, async () => {
      const answer = await world.send('/api/me', { headers: { Authorization: authorization } });
      assert.equal(answer.status, 401);
    });

  it('asks for keys a few times at most, however many unknown key ids arrive', async () => {
    const before = world.signIn.asked.keys;
    for (let number = 0; number < 200; number++) {
      const token = await world.signIn.sign(await payload(), { kid: `flood-${number}` });
      assert.equal((await world.send('/api/me', { token })).status, 401);
    }
    assert.ok(world.signIn.asked.keys - before <= 1, `${world.signIn.asked.keys - before}`);
    assert.equal(world.signIn.asked.metadata, 1);
  });

  it('refuses a bad token also where none is needed', async () => {
    assert.equal((await world.send('/api/health', { token: 'a.b.c' })).status, 401);
    assert.equal((await world.send('/api/health')).status, 200);
  });
});
