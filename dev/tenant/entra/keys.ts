import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import type { Database } from '../store/database.ts';

/** The signing key of the tenant's Entra; made once and kept with the data, so tokens outlive a restart. */
export interface SigningKeys {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwks: { readonly keys: readonly JWK[] };
}

export function signingKeys(database: Database): SigningKeys {
  const pem = database.meta('signing-key') ?? makeKey(database);
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const jwk = publicKey.export({ format: 'jwk' }) as JWK;
  const kid = createHash('sha256').update(`${jwk.n}`).digest('base64url').slice(0, 27);
  return { kid, privateKey, publicKey, jwks: { keys: [{ ...jwk, kid, use: 'sig', x5t: kid, alg: 'RS256' }] } };
}

function makeKey(database: Database): string {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  database.setMeta('signing-key', pem);
  return pem;
}
