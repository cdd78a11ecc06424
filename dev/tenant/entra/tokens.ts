import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { SigningKeys } from './keys.ts';
import type { Person } from './directory.ts';

/** Makes the tokens of one tenant. `issuer` is the https issuer, whichever origin asked. */
export class TokenMaker {
  readonly #keys: SigningKeys;
  readonly #secret: Buffer;
  readonly issuer: string;
  readonly tenantId: string;

  /** Seconds that access tokens live from now on. */
  readonly accessTokenSeconds: () => number;

  constructor(keys: SigningKeys, secret: Buffer, issuer: string, tenantId: string, accessTokenSeconds: () => number) {
    this.#keys = keys;
    this.#secret = secret;
    this.issuer = issuer;
    this.tenantId = tenantId;
    this.accessTokenSeconds = accessTokenSeconds;
  }

  /** Application token for a resource; `roles` as granted now. */
  async forApp(
    clientId: string,
    audience: string,
    roles: readonly string[],
    v2: boolean,
    authenticatedBy: 'secret' | 'certificate',
  ): Promise<string> {
    const servicePrincipal = pairwise(clientId, this.tenantId);
    const acr = authenticatedBy === 'secret' ? '1' : '2';
    return this.#sign({
      aud: audience,
      oid: servicePrincipal,
      sub: servicePrincipal,
      idtyp: 'app',
      ...(roles.length > 0 ? { roles: [...roles] } : {}),
      ...(v2
        ? { azp: clientId, azpacr: acr, ver: '2.0' }
        : { appid: clientId, appidacr: acr, idp: this.issuer, ver: '1.0' }),
    });
  }

  /** Access token of a person for our API. Overrides replace claims, for tests of refusals. */
  async forPerson(
    person: Person,
    audience: string,
    clientId: string,
    scope: string,
    overrides: JWTPayload = {},
  ): Promise<string> {
    return this.#sign({
      aud: audience,
      azp: clientId,
      azpacr: '0',
      name: person.name,
      oid: person.id,
      preferred_username: person.upn,
      ...(person.appRoles.length > 0 ? { roles: [...person.appRoles] } : {}),
      scp: scope,
      sub: pairwise(person.id, audience),
      ver: '2.0',
      ...overrides,
    });
  }

  async idToken(person: Person, clientId: string, nonce: string | undefined): Promise<string> {
    return this.#sign({
      aud: clientId,
      name: person.name,
      oid: person.id,
      preferred_username: person.upn,
      ...(person.appRoles.length > 0 ? { roles: [...person.appRoles] } : {}),
      ...(nonce === undefined ? {} : { nonce }),
      sub: pairwise(person.id, clientId),
      ver: '2.0',
    });
  }

  /** The claims of a token of this tenant, whoever it is for; throws for any other. */
  async verified(token: string): Promise<JWTPayload> {
    const options = { algorithms: ['RS256'], issuer: this.issuer, requiredClaims: ['exp'] };
    return (await jwtVerify(token, this.#keys.publicKey, options)).payload;
  }

  /** A value only this tenant can read back: authorization codes and refresh tokens. */
  seal(value: Readonly<Record<string, string>>, seconds: number): string {
    const body = Buffer.from(
      JSON.stringify({ ...value, exp: Math.floor(Date.now() / 1000) + seconds, jti: randomUUID() }),
    ).toString('base64url');
    return `${body}.${this.#mac(body)}`;
  }

  open(sealed: string): Readonly<Record<string, string>> | undefined {
    const [body = '', mac = ''] = sealed.split('.');
    const expected = this.#mac(body);
    if (mac.length !== expected.length || !timingSafeEqual(Buffer.from(mac), Buffer.from(expected))) return undefined;
    const value = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, string> & { exp: number };
    return value.exp < Date.now() / 1000 ? undefined : value;
  }

  #mac(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('base64url');
  }

  async #sign(claims: JWTPayload): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: claims['ver'] === '1.0' ? this.issuer.replace(/v2\.0$/, '') : this.issuer,
      iat: now,
      nbf: now - 5,
      exp: now + this.accessTokenSeconds(),
      tid: this.tenantId,
      uti: randomBytes(16).toString('base64url'),
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.#keys.kid })
      .sign(this.#keys.privateKey);
  }
}

/** Entra's subject differs per application; the object id does not. */
export function pairwise(id: string, audience: string): string {
  return createHash('sha256').update(`${id}:${audience}`).digest('base64url');
}
