import { constants, createPublicKey, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CryptographyClientOptions } from '@azure/keyvault-keys';

type HttpClient = NonNullable<CryptographyClientOptions['httpClient']>;
type HttpRequest = Parameters<HttpClient['sendRequest']>[0];
type HttpResponse = Awaited<ReturnType<HttpClient['sendRequest']>>;

export interface FakeVault {
  readonly keyId: string;
  /** For the SDK's client: the real one, without a network below it. */
  readonly httpClient: HttpClient;
  /** Adds a version of the key; from now on it is the newest. */
  rotate(): void;
  /** What every call gets from now on instead of an answer. */
  refuse(status: number | undefined, code?: string, headers?: Readonly<Record<string, string>>): void;
}

const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };

/** Key Vault's REST for one RSA key: challenge, key, wrapkey, unwrapkey, versions. */
export function fakeVault(): FakeVault {
  const host = 'https://holdfast-test.vault.azure.net';
  const versions: { readonly id: string; readonly key: KeyObject }[] = [];
  let refusal: { status: number; code: string; headers: Readonly<Record<string, string>> } | undefined;
  const rotate = (): void => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    versions.push({ id: String(versions.length + 1).padStart(32, '0'), key: privateKey });
  };
  rotate();

  const answer = (
    request: HttpRequest,
  ): [status: number, body: unknown, headers?: Readonly<Record<string, string>>] => {
    if (!request.headers.get('authorization')) {
      return [
        401,
        {},
        {
          'www-authenticate':
            'Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"',
        },
      ];
    }
    if (refusal) return [refusal.status, { error: { code: refusal.code, message: refusal.code } }, refusal.headers];
    // /keys/wrapping, /keys/wrapping/{version}, and either with an operation behind it.
    const [, wantedVersion = '', operation] =
      /^\/keys\/wrapping\/?(\d{32})?\/?([a-z]+)?$/.exec(new URL(request.url).pathname.replaceAll('//', '/')) ?? [];
    const version = wantedVersion === '' ? versions.at(-1) : versions.find(({ id }) => id === wantedVersion);
    if (!version) return [404, { error: { code: 'KeyNotFound', message: 'not found' } }];
    const kid = `${host}/keys/wrapping/${version.id}`;
    if (request.method === 'GET') {
      const { n, e } = createPublicKey(version.key).export({ format: 'jwk' });
      return [
        200,
        { key: { kid, kty: 'RSA', key_ops: ['wrapKey', 'unwrapKey'], n, e }, attributes: { enabled: true } },
      ];
    }
    const { alg, value } = JSON.parse(typeof request.body === 'string' ? request.body : '{}') as {
      alg: string;
      value: string;
    };
    if (alg !== 'RSA-OAEP-256') return [400, { error: { code: 'BadParameter', message: 'algorithm' } }];
    const input = Buffer.from(value, 'base64url');
    try {
      const output =
        operation === 'wrapkey'
          ? publicEncrypt({ key: createPublicKey(version.key), ...oaep }, input)
          : privateDecrypt({ key: version.key, ...oaep }, input);
      return [200, { kid, value: output.toString('base64url') }];
    } catch {
      return [400, { error: { code: 'BadParameter', message: 'decryption failed' } }];
    }
  };

  return {
    keyId: `${host}/keys/wrapping`,
    httpClient: {
      async sendRequest(request): Promise<HttpResponse> {
        const [status, body, headers = {}] = answer(request);
        const all = { 'content-type': 'application/json', ...headers };
        return { request, status, headers: headersOf(all), bodyAsText: JSON.stringify(body) };
      },
    },
    rotate,
    refuse(status, code = 'Refused', headers = {}) {
      refusal = status === undefined ? undefined : { status, code, headers };
    },
  };
}

function headersOf(from: Readonly<Record<string, string>>): HttpResponse['headers'] {
  const headers = new Map(Object.entries(from));
  return {
    get: (name) => headers.get(name.toLowerCase()),
    has: (name) => headers.has(name.toLowerCase()),
    set: (name, value) => void headers.set(name.toLowerCase(), String(value)),
    delete: (name) => void headers.delete(name.toLowerCase()),
    toJSON: () => Object.fromEntries(headers),
    [Symbol.iterator]: () => headers[Symbol.iterator](),
  };
}
