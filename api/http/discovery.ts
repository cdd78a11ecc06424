import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { Fault } from '../../engine/fault.ts';

/** What Entra says of itself for one tenant. */
export interface Authority {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly endSessionEndpoint?: string;
  /** Signing keys; an unknown key id makes at most one request in 30 s. */
  readonly keys: JWTVerifyGetKey;
}

const configuration = z.object({
  issuer: z.url(),
  jwks_uri: z.url(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  end_session_endpoint: z.url().optional(),
});

/** By real time, not by `now`: it bounds a connection outside, and nothing about what is stored hangs on it. */
const TIMEOUT_MS = 10_000;
const KEPT_MS = 24 * 3_600_000;
const RETRY_MS = 15_000;
const UNKNOWN_KEY_MS = 30_000;
const KEYS_KEPT_MS = 6 * 3_600_000;

/**
 * Metadata of `authorityHost` for `tenantId`, from its fixed address and nowhere else: nothing in a token decides where
 * keys come from. Kept for a day; asked for at most once in 15 s while it fails. Fault `unavailable` when it cannot be had.
 */
export function discovery(
  authorityHost: string,
  tenantId: string,
  options: { readonly now: () => number; readonly fetch?: typeof fetch },
): () => Promise<Authority> {
  const send = options.fetch ?? fetch;
  let kept: { readonly at: number; readonly answer: Promise<Authority> } | undefined;
  let failedAt = -Infinity;
  return () => {
    const now = options.now();
    if (kept !== undefined && now - kept.at < KEPT_MS) return kept.answer;
    if (now - failedAt < RETRY_MS) return Promise.reject(unavailable(authorityHost));
    const answer = read(authorityHost, tenantId, send);
    kept = { at: now, answer };
    answer.catch(() => {
      failedAt = options.now();
      kept = undefined;
    });
    return answer;
  };
}

async function read(authorityHost: string, tenantId: string, send: typeof fetch): Promise<Authority> {
  const address = `${authorityHost}/${tenantId}/v2.0/.well-known/openid-configuration`;
  let answered: unknown;
  try {
    const response = await send(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    answered = await response.json();
  } catch (cause) {
    throw unavailable(authorityHost, cause);
  }
  const parsed = configuration.safeParse(answered);
  if (!parsed.success) throw unavailable(authorityHost, parsed.error);
  const { data } = parsed;
  // Keys are shared across the tenants of a cloud: only the issuer says which tenant signed.
  if (!data.issuer.split(/[/:]+/).includes(tenantId))
    throw new Fault(
      'unavailable',
      `The sign-in service names the issuer ${data.issuer}, which is not that of tenant ${tenantId}. Check TENANT_ID and AUTHORITY_HOST.`,
    );
  if (new URL(data.jwks_uri).protocol !== new URL(authorityHost).protocol)
    throw new Fault('unavailable', 'The sign-in service names signing keys at an address that is not https.');
  return {
    issuer: data.issuer,
    authorizationEndpoint: data.authorization_endpoint,
    tokenEndpoint: data.token_endpoint,
    ...(data.end_session_endpoint === undefined ? {} : { endSessionEndpoint: data.end_session_endpoint }),
    keys: createRemoteJWKSet(new URL(data.jwks_uri), {
      cooldownDuration: UNKNOWN_KEY_MS,
      cacheMaxAge: KEYS_KEPT_MS,
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: send,
    }),
  };
}

const unavailable = (authorityHost: string, cause?: unknown) =>
  new Fault(
    'unavailable',
    `The sign-in service at ${new URL(authorityHost).host} does not answer, so no token can be checked. Try again in a minute.`,
    {
      retryAfterMs: RETRY_MS,
      cause,
    },
  );
