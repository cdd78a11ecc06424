import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AuthError, ConfidentialClientApplication, ServerError } from '@azure/msal-node';
import type { AuthenticationProvider } from '@microsoft/microsoft-graph-client';
import { Fault, isFault } from '../engine/fault.ts';
import { identityToken } from './managedIdentity.ts';
import type { Clock } from './surroundings.ts';

export type Credential =
  | { readonly kind: 'secret'; readonly secret: string }
  /** PEM file that holds the certificate and its private key. */
  | { readonly kind: 'certificate'; readonly path: string }
  /** The host's managed identity vouches for the app: no secret exists. The app trusts it as a federated credential. */
  | { readonly kind: 'managedIdentity' };

export interface TokenOptions {
  readonly endpoint: string;
  readonly authorityHost: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: Credential;
  readonly clock: Clock;
  /** Gets tokens; by default msal asks Entra. */
  readonly acquireToken?: AcquireToken;
}

/**
 * Gets an app token, the kept one while it is valid; `fresh`: the kept one was refused. Fault `unavailable` for passing
 * trouble, which is tried again, `unauthorized` when the app is refused.
 */
export type AcquireToken = (fresh: boolean) => Promise<string>;

const TRIES = 4;
const FIRST_PAUSE_MS = 400;

export interface Tokens extends AuthenticationProvider {
  /** A valid app token; kept until shortly before it ends. Passing troubles were sat out before. Fault `unauthorized` (says what to check) or `unavailable`. */
  getAccessToken(): Promise<string>;
  /** The next token comes fresh from Entra: the kept one was refused. */
  discard(): void;
}

/** App tokens for Graph by client credentials. Makes no request before the first token is asked for. */
export function createTokens(options: TokenOptions): Tokens {
  const scope = `${options.endpoint.replace(/\/$/, '')}/.default`;
  const acquire = patiently(options.clock, options.acquireToken ?? byMsal(options, scope));
  let isDiscarded = false;
  let underWay: Promise<string> | undefined;
  const ask = (): Promise<string> => {
    const asking = acquire(isDiscarded).finally(() => {
      if (underWay === asking) underWay = undefined;
    });
    isDiscarded = false;
    return asking;
  };
  return {
    getAccessToken() {
      // Who was refused does not join those who are being handed the refused token.
      if (underWay === undefined || isDiscarded) underWay = ask();
      return underWay;
    },
    discard() {
      isDiscarded = true;
    },
  };
}

/** Everybody needs a token: a sign-in service that is busy for a moment must not cost an item its turn. */
function patiently(clock: Clock, acquire: AcquireToken): AcquireToken {
  return async (fresh) => {
    for (let tries = 1; ; tries++) {
      try {
        return await acquire(fresh);
      } catch (error) {
        if (!isFault(error, 'unavailable') || tries === TRIES) throw error;
        await clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1));
      }
    }
  };
}

function byMsal(options: TokenOptions, scope: string): AcquireToken {
  let app: ConfidentialClientApplication | undefined;
  return async (fresh) => {
    app ??= await confidentialClient(options);
    try {
      const result = await app.acquireTokenByClientCredential({ scopes: [scope], skipCache: fresh });
      if (result === null) throw new Fault('unauthorized', 'Microsoft Entra gave no token', { origin: 'graph' });
      return result.accessToken;
    } catch (error) {
      const fault = signInFault(error, options);
      // msal repeats such an answer for a minute by itself, without its status; a new client asks again.
      if (isFault(fault, 'unavailable')) app = undefined;
      throw fault;
    }
  };
}

async function confidentialClient(options: TokenOptions): Promise<ConfidentialClientApplication> {
  const authority = new URL(options.authorityHost);
  return new ConfidentialClientApplication({
    auth: {
      clientId: options.clientId,
      authority: `${authority.origin}/${options.tenantId}`,
      // Named as known, so that msal does not ask login.microsoftonline.com about a national cloud or another server.
      knownAuthorities: [authority.host],
      ...(await clientCredential(options.credential, authority.host)),
    },
    system: { loggerOptions: { piiLoggingEnabled: false } },
  });
}

async function clientCredential(credential: Credential, authority: string) {
  if (credential.kind === 'secret') return { clientSecret: credential.secret };
  if (credential.kind === 'managedIdentity')
    return { clientAssertion: () => identityToken(exchangeAudience[authority] ?? 'api://AzureADTokenExchange') };
  const pem = await readFile(credential.path, 'utf8').catch((cause: unknown) => {
    throw new Fault('unauthorized', `The certificate file ${credential.path} cannot be read`, {
      origin: 'input',
      cause,
    });
  });
  const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/.exec(pem)?.[0];
  const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(pem)?.[0];
  if (privateKey === undefined || certificate === undefined)
    throw new Fault('unauthorized', `${credential.path} must hold a certificate and its private key, both as PEM`, {
      origin: 'input',
    });
  const thumbprintSha256 = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');
  return { clientCertificate: { privateKey, thumbprintSha256, x5c: certificate } };
}

/** Audience of assertions by which one cloud's identities vouch for its apps. */
const exchangeAudience: Readonly<Record<string, string>> = {
  'login.microsoftonline.us': 'api://AzureADTokenExchangeUSGov',
  'login.partner.microsoftonline.cn': 'api://AzureADTokenExchangeChina',
};

function signInFault(error: unknown, { clientId, tenantId, authorityHost }: TokenOptions): unknown {
  if (error instanceof Fault || !(error instanceof AuthError)) return error;
  const passing = [
    'network_error',
    'no_network_connectivity',
    'temporarily_unavailable',
    'request_timeout',
    'endpoints_resolution_error',
    'server_error',
    // An empty body or a web page: something before Entra answered, or Entra was cut off.
    'token_parsing_error',
  ];
  const status = error instanceof ServerError ? (error.status ?? 0) : 0;
  if (passing.includes(error.errorCode) || status === 429 || status >= 500)
    return new Fault('unavailable', `The sign-in service at ${new URL(authorityHost).host} does not answer`, {
      origin: 'graph',
      code: error.errorCode,
      cause: error,
    });
  // Entra's own sentence names the trouble (AADSTS7000215: invalid client secret …); only its code is passed on.
  const entra = /AADSTS\d+/.exec(error.message)?.[0];
  return new Fault(
    'unauthorized',
    `Microsoft Entra refuses the sign-in of app ${clientId} in tenant ${tenantId} (${entra ?? error.errorCode}). Check client id, tenant and the secret or certificate`,
    { origin: 'graph', code: entra ?? error.errorCode, cause: error },
  );
}
