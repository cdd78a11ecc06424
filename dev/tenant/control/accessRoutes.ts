import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT, type JWTPayload } from 'jose';
import { pairwise } from '../entra/tokens.ts';
import type { TenantApps } from '../options.ts';
import { optionalText, text, textList } from './arguments.ts';
import { ControlError } from './controlError.ts';
import type { ControlParts, ControlRoutes } from './parts.ts';
import { findUser } from './targets.ts';

/** Tokens made to order, roles of people, grants of apps. */
export function accessRoutes(parts: ControlParts): ControlRoutes {
  const { state, directory } = parts;
  return {
    'POST /control/token': async (body) => ({ token: await madeToken(parts, body) }),
    'POST /control/roles': (body) =>
      directory.setAppRoles(findUser(state, text(body, 'user')).id, textList(body, 'roles')),
    'GET /control/grants': (_, query) => ({
      value: directory.granted(clientIdOf(state.options.apps, query.get('app') ?? 'backup')),
    }),
    'POST /control/grant': (body) =>
      directory.grant(clientIdOf(state.options.apps, text(body, 'app')), textList(body, 'roles')),
    'POST /control/revoke': (body) =>
      directory.revoke(clientIdOf(state.options.apps, text(body, 'app')), textList(body, 'roles')),
  };
}

/** An app by its name in the options ("backup") or its client id. */
function clientIdOf(apps: TenantApps, key: string): string {
  return key in apps ? apps[key as keyof TenantApps].clientId : key;
}

/**
 * A user token for the API, right or wrong as asked: `claims` replace claims (null removes one), `alg` and `key`
 * spoil the signature, `kid` and `header` the header, `expiresIn` is in seconds and may be negative.
 */
async function madeToken(parts: ControlParts, body: Readonly<Record<string, unknown>>): Promise<string> {
  const { state, directory, tokens, keys } = parts;
  const { api, console: consoleApp } = state.options.apps;
  const person = directory.person(findUser(state, text(body, 'user')).id);
  if (person === undefined) throw new ControlError('That user was deleted.');
  const now = Math.floor(Date.now() / 1000);
  const roles = body['roles'] === undefined ? person.appRoles : textList(body, 'roles');
  const claims: JWTPayload = {
    iss: tokens.issuer,
    aud: api.clientId,
    azp: consoleApp.clientId,
    azpacr: '0',
    iat: now,
    nbf: now - 5,
    exp: now + Number(body['expiresIn'] ?? 3600),
    name: person.name,
    oid: person.id,
    preferred_username: person.upn,
    scp: 'access_as_user',
    sub: pairwise(person.id, api.clientId),
    tid: tokens.tenantId,
    ver: '2.0',
    ...(roles.length > 0 ? { roles: [...roles] } : {}),
    ...(body['claims'] as JWTPayload | undefined),
  };
  for (const [name, value] of Object.entries(claims)) if (value === null) delete claims[name];
  const alg = optionalText(body, 'alg') ?? 'RS256';
  const header = {
    typ: 'JWT',
    alg,
    kid: optionalText(body, 'kid') ?? keys.kid,
    ...(body['header'] as Record<string, string> | undefined),
  };
  if (alg === 'none') return `${encode(header)}.${encode(claims)}.`;
  // The classic confusion: the public key used as the secret of a symmetric signature.
  if (alg.startsWith('HS')) return hmacSigned(header, claims, keys.publicKey);
  const key =
    body['key'] === 'wrong' ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey : keys.privateKey;
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function hmacSigned(header: { readonly alg: string }, claims: JWTPayload, publicKey: KeyObject): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  const secret = publicKey.export({ type: 'spki', format: 'pem' });
  return `${signed}.${createHmac(`sha${header.alg.slice(2)}`, secret)
    .update(signed)
    .digest('base64url')}`;
}
