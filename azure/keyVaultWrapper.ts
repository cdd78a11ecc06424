import type { CryptographyClient, CryptographyClientOptions } from '@azure/keyvault-keys';
import type { TokenCredential } from '@azure/identity';
import { Fault } from '../engine/fault.ts';
import type { KeyWrapper } from '../engine/ports/keyWrapper.ts';
import { signInTrouble } from './identity.ts';

export interface KeyVaultKey {
  /** `https://{vault}/keys/{name}` or with a version behind it; without one the newest wraps. */
  readonly keyId: string;
  readonly credential: TokenCredential;
  /** For vaults behind a certificate or proxy of one's own. */
  readonly options?: CryptographyClientOptions;
}

const algorithm = 'RSA-OAEP-256';

/**
 * Wraps with an RSA key that never leaves Key Vault. What is wrapped remembers the version of the key, so that a key
 * rotated since still opens it.
 */
export function keyVaultWrapper({ keyId, credential, options }: KeyVaultKey): KeyWrapper {
  const clients = new Map<string, CryptographyClient>();
  const clientFor = async (id: string): Promise<CryptographyClient> => {
    // Loaded at the first use: most processes unwrap one key and never need it again.
    const { CryptographyClient: Client } = await import('@azure/keyvault-keys');
    const client = clients.get(id) ?? new Client(id, credential, options);
    clients.set(id, client);
    return client;
  };
  const versionless = keyId.replace(/(\/keys\/[^/]+)\/.*$/, '$1');

  return {
    kind: 'vault',
    keyId: versionless,
    async wrap(key) {
      const client = await clientFor(keyId);
      const { result, keyID } = await asFault(versionless, () => client.wrapKey(algorithm, key));
      const version = /\/keys\/[^/]+\/([^/]+)$/.exec(keyID ?? '')?.[1] ?? '';
      return new Uint8Array(Buffer.concat([Buffer.of(version.length), Buffer.from(version), result]));
    },
    async unwrap(wrapped) {
      const end = 1 + (wrapped[0] ?? 0);
      const version = Buffer.from(wrapped.subarray(1, end)).toString();
      const client = await clientFor(version === '' ? keyId : `${versionless}/${version}`);
      const { result } = await asFault(versionless, () => client.unwrapKey(algorithm, wrapped.subarray(end)));
      return new Uint8Array(result);
    },
  };
}

interface VaultError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly statusCode?: number;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

async function asFault<T>(key: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFault(error, key);
  }
}

function toFault(error: unknown, key: string): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const { name, message, code, statusCode: status, response } = error as VaultError;
  const detail = { origin: 'keys', cause: error, ...(code && { code }), ...(status && { status }) } as const;
  switch (status) {
    case 400:
      return new Fault(
        'key-unavailable',
        `The key ${key} is not the one that wrapped the keys of this repository`,
        detail,
      );
    case 401:
    case 403:
      return new Fault(
        'key-unavailable',
        `Key Vault refuses the key ${key}: it is disabled, expired, or our role on it is missing`,
        detail,
      );
    case 404:
      return new Fault('key-unavailable', `The key ${key} is not in its vault: recover it if it was deleted`, detail);
    case 429: {
      const seconds = Number(response?.headers?.get('retry-after') ?? Number.NaN);
      const retryAfterMs = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {};
      return new Fault('unavailable', `Key Vault is busy, the key ${key} has to wait`, { ...detail, ...retryAfterMs });
    }
    case undefined:
      if (name === 'RestError') return new Fault('unavailable', `Key Vault does not answer for the key ${key}`, detail);
      switch (signInTrouble(error)) {
        case 'refused':
          return new Fault(
            'key-unavailable',
            `There is no sign-in for Key Vault: the key ${key} cannot be asked for`,
            detail,
          );
        case 'passing':
          return new Fault('unavailable', `The sign-in for Key Vault does not answer, the key ${key} waits`, detail);
        case undefined:
      }
      // The client itself refuses a key that is expired, not yet valid, or not meant for wrapping.
      if (
        name === 'Error' &&
        /^(Key|Operation) .* (expired at|can't be used before|is not supported on key) /.test(message ?? '')
      ) {
        return new Fault('key-unavailable', `The key ${key} may not be used now: ${message}`, detail);
      }
      return error;
    default:
      return status >= 500 ? new Fault('unavailable', `Key Vault had trouble with the key ${key}`, detail) : error;
  }
}
