import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import type { AppRole } from '../../contract/roles.ts';

export const tenantId = 'd3700000-0000-4000-8000-000000000001';
export const apiClientId = 'a0000000-0000-4000-8000-0000000000a1';
export const authorityHost = 'https://login.example';
export const issuer = `${authorityHost}/${tenantId}/v2.0`;

export const anna = 'aaaaaaaa-0000-4000-8000-00000000000a';
export const ben = 'bbbbbbbb-0000-4000-8000-00000000000b';
export const carl = 'cccccccc-0000-4000-8000-00000000000c';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

/** A small Entra: keys, metadata and whatever token a test asks for. */
export interface SignInService {
  readonly keys: Keys;
  /** Requests for signing keys and for metadata so far. */
  readonly asked: { keys: number; metadata: number };
  readonly fetch: typeof fetch;
  /** A good token of a person; `claims` replace what is in it, undefined takes a claim away. */
  person(id: string, roles?: readonly AppRole[], claims?: JWTPayload): Promise<string>;
  app(roles: readonly string[], claims?: JWTPayload): Promise<string>;
  sign(
    claims: JWTPayload,
    header?: { alg?: string; kid?: string; typ?: string; jku?: string },
    key?: CryptoKey | Uint8Array,
  ): Promise<string>;
}

export async function signInService(now: () => number): Promise<SignInService> {
  const keys = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' };
  const asked = { keys: 0, metadata: 0 };
  const answers: typeof fetch = async (input) => {
    const url = input instanceof Request ? input.url : `${input}`;
    if (url === `${authorityHost}/${tenantId}/v2.0/.well-known/openid-configuration`) {
      asked.metadata++;
      return Response.json({
        issuer,
        jwks_uri: `${authorityHost}/${tenantId}/discovery/v2.0/keys`,
        authorization_endpoint: `${authorityHost}/${tenantId}/oauth2/v2.0/authorize`,
        token_endpoint: `${authorityHost}/${tenantId}/oauth2/v2.0/token`,
      });
    }
    if (url === `${authorityHost}/${tenantId}/discovery/v2.0/keys`) {
      asked.keys++;
      return Response.json({ keys: [jwk] });
    }
    throw new TypeError(`nobody answers at ${url}`);
  };
  const sign: SignInService['sign'] = (claims, header = {}, key = keys.privateKey) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header }).sign(key);
  const common = () => {
    const seconds = Math.floor(now() / 1000);
    return {
      iss: issuer,
      aud: apiClientId,
      tid: tenantId,
      ver: '2.0',
      azp: apiClientId,
      iat: seconds,
      nbf: seconds - 5,
      exp: seconds + 3600,
    };
  };
  return {
    keys,
    asked,
    fetch: answers,
    sign,
    person: (id, roles = [], claims = {}) =>
      sign({
        ...common(),
        oid: id,
        sub: `pairwise-${id}`,
        name: `Person ${id[0] ?? ''}`,
        scp: 'access_as_user',
        ...(roles.length > 0 ? { roles: [...roles] } : {}),
        ...claims,
      }),
    app: (roles, claims = {}) =>
      sign({ ...common(), oid: 'app-object', sub: 'app-object', idtyp: 'app', roles: [...roles], ...claims }),
  };
}
