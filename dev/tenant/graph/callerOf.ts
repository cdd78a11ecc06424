import { jwtVerify, type JWTPayload } from 'jose';
import type { SignInDirectory } from '../entra/directory.ts';
import type { SigningKeys } from '../entra/keys.ts';
import { GraphError, type Caller } from './call.ts';

const GRAPH_AUDIENCES = ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'];

/** Reads Graph tokens. A role counts while it is in the token and still granted, so a revocation acts at once. */
export class CallerReader {
  readonly #keys: SigningKeys;
  readonly #directory: SignInDirectory;
  readonly #issuer: string;
  readonly #audiences: string[];
  readonly #verified = new Map<string, JWTPayload>();

  constructor(keys: SigningKeys, directory: SignInDirectory, issuer: string, graphUrl: string) {
    this.#keys = keys;
    this.#directory = directory;
    this.#issuer = issuer;
    this.#audiences = [graphUrl, ...GRAPH_AUDIENCES];
  }

  async read(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined)
      throw new GraphError(401, 'InvalidAuthenticationToken', 'Access token is empty.', {
        headers: { 'WWW-Authenticate': 'Bearer realm=""' },
      });
    const claims = await this.#claims(token);
    if ((claims.exp ?? 0) * 1000 < Date.now()) {
      this.#verified.delete(token);
      throw new GraphError(401, 'InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.');
    }
    const appId = String(claims['appid'] ?? claims['azp'] ?? '');
    const carried = new Set((claims['roles'] as string[] | undefined) ?? []);
    return { appId, roles: new Set(this.#directory.granted(appId).filter((role) => carried.has(role))) };
  }

  async #claims(token: string): Promise<JWTPayload> {
    const known = this.#verified.get(token);
    if (known !== undefined) return known;
    try {
      const { payload } = await jwtVerify(token, this.#keys.publicKey, {
        algorithms: ['RS256'],
        issuer: [this.#issuer, this.#issuer.replace(/v2\.0$/, '')],
        audience: this.#audiences,
      });
      if (this.#verified.size > 200) this.#verified.clear();
      this.#verified.set(token, payload);
      return payload;
    } catch (cause) {
      throw new GraphError(
        401,
        'InvalidAuthenticationToken',
        `Access token validation failure. ${cause instanceof Error ? cause.message : ''}`,
        { cause },
      );
    }
  }
}
