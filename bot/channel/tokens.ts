import { errors, importJWK, jwtVerify, type JWK } from 'jose';
import { z } from 'zod';
import { Fault } from '../../engine/fault.ts';

const metadataShape = z.looseObject({ jwks_uri: z.string() });
const keysShape = z.looseObject({
  keys: z.array(z.looseObject({ kid: z.string(), kty: z.string(), endorsements: z.array(z.string()).optional() })),
});
type SigningKey = z.infer<typeof keysShape>['keys'][number];

/** True for a token that the chat service signed for this bot, this channel and this service address; false otherwise. */
export type VerifyToken = (
  authorization: string | undefined,
  of: { readonly channelId: string; readonly serviceUrl: string },
) => Promise<boolean>;

const freshMs = 24 * 3_600_000;
/** A forged key id must not make us ask for keys with every request. */
const askAgainMs = 5 * 60_000;
const answerMs = 10_000;

/**
 * Checks what the chat service signed. botbuilder's own check lets an empty channel and a token without service address
 * pass and prints keys when a signature is wrong; this one asks for all of it and prints nothing.
 * Faults `unavailable` when the keys cannot be had.
 */
export function tokenCheck(options: {
  readonly metadataUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly now: () => number;
}): VerifyToken {
  let keys: readonly SigningKey[] = [];
  let askedAt = -Infinity;

  async function refresh(): Promise<void> {
    askedAt = options.now();
    const { jwks_uri: address } = metadataShape.parse(await fetchJson(options.metadataUrl));
    keys = keysShape.parse(await fetchJson(address)).keys;
  }
  async function keyNamed(kid: string): Promise<SigningKey | undefined> {
    if (keys.length === 0 || options.now() - askedAt > freshMs) await refresh();
    const known = keys.find((key) => key.kid === kid);
    if (known !== undefined || options.now() - askedAt < askAgainMs) return known;
    await refresh();
    return keys.find((key) => key.kid === kid);
  }

  return async (authorization, { channelId, serviceUrl }) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) return false;
    try {
      const { payload } = await jwtVerify(
        token,
        async ({ kid }) => {
          const key = kid === undefined ? undefined : await keyNamed(kid);
          if (key === undefined) throw new errors.JWKSNoMatchingKey();
          // A key speaks for the channels that it is endorsed for, and for no other.
          if (key.endorsements?.includes(channelId) !== true) throw new errors.JWKSNoMatchingKey();
          return importJWK(key as JWK, 'RS256');
        },
        {
          algorithms: ['RS256'],
          issuer: options.issuer,
          audience: options.audience,
          clockTolerance: 300,
          currentDate: new Date(options.now()),
          requiredClaims: ['exp', 'iss', 'aud'],
        },
      );
      return (payload['serviceurl'] ?? payload['serviceUrl']) === serviceUrl;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return false;
      throw error;
    }
  };
}

async function fetchJson(address: string): Promise<unknown> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(answerMs), redirect: 'error' });
    if (!answer.ok) throw new Fault('unavailable', `The signing keys of the chat service answered ${answer.status}.`);
    return await answer.json();
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('unavailable', 'The signing keys of the chat service cannot be had.', { cause: error });
  }
}
