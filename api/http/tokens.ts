import { errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import { AppRole } from '../../contract/roles.ts';
import { Fault, isFault } from '../../engine/fault.ts';
import type { UserId } from '../../engine/model/ids.ts';
import type { Caller } from './caller.ts';
import type { Authority } from './discovery.ts';
import { Refusal } from './problem.ts';

export interface TokenRules {
  readonly tenantId: string;
  /** Client id of this API: the audience is it, or `api://…` of it. */
  readonly apiClientId: string;
  readonly allowedClients: ReadonlySet<string>;
  authority(): Promise<Authority>;
  now(): number;
}

const SCOPE = 'access_as_user';
const TOLERANCE_S = 60;
const LONGEST_TOKEN = 16_384;

const claimsSchema = z.looseObject({
  iss: z.string(),
  aud: z.string(),
  exp: z.number(),
  tid: z.string(),
  oid: z.string().min(1).max(128),
  sub: z.string().optional(),
  azp: z.string(),
  ver: z.literal('2.0'),
  idtyp: z.enum(['app', 'user']).optional(),
  scp: z.string().optional(),
  name: z.string().optional(),
  roles: z.array(z.string()).max(200).optional(),
  // Only ID tokens have one.
  nonce: z.never().optional(),
});
type Claims = z.infer<typeof claimsSchema>;

/**
 * Checks a bearer token to the end: RS256 with a key of the tenant's authority, issuer and `tid` of our tenant, our
 * audience, a client of the allow-list, version, times, and a scope (person) or a role (application). Answers who calls.
 * Refuses with 401 without telling a stranger which check failed; 403 when only the scope is missing.
 */
export async function callerOf(authorization: string | null, rules: TokenRules): Promise<Caller> {
  const token = /^Bearer ([A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined || token.length > LONGEST_TOKEN) throw unauthenticated('invalid_request');
  const { keys, issuer } = await rules.authority();
  const claims = claimsSchema.safeParse(await verified(token, keys, issuer, rules));
  if (!claims.success) throw unauthenticated();
  const { data } = claims;
  if (data.tid !== rules.tenantId || !rules.allowedClients.has(data.azp)) throw unauthenticated();
  if (!isAudience(data.aud, rules.apiClientId)) throw unauthenticated();
  return isApp(data) ? appOf(data) : personOf(data);
}

async function verified(
  token: string,
  keys: Authority['keys'],
  issuer: string,
  rules: TokenRules,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      issuer,
      clockTolerance: TOLERANCE_S,
      currentDate: new Date(rules.now()),
      requiredClaims: ['exp'],
    });
    return payload;
  } catch (error) {
    if (isFault(error)) throw error;
    if (isKeyTrouble(error))
      throw new Fault(
        'unavailable',
        'The keys of the sign-in service cannot be had, so no token can be checked. Try again in a minute.',
        { cause: error },
      );
    throw unauthenticated();
  }
}

/** Keys that cannot be fetched are our trouble and not the caller's. */
const isKeyTrouble = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) ||
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  error.code === errors.JOSEError.code;

function isAudience(audience: string, apiClientId: string): boolean {
  if (audience === apiClientId) return true;
  return audience === `api://${apiClientId}` || (audience.startsWith('api://') && audience.endsWith(`/${apiClientId}`));
}

/** An application speaks for itself: no scope, and its subject is its own object. ID tokens have no `azp` and stop earlier. */
function isApp({ scp, idtyp, sub, oid, roles }: Claims): boolean {
  if (scp !== undefined) {
    if (idtyp === 'app') throw unauthenticated();
    return false;
  }
  if (idtyp === 'app' || (idtyp === undefined && sub === oid)) return true;
  throw roles === undefined ? unauthenticated() : missingScope();
}

function appOf(claims: Claims): Caller {
  return {
    kind: 'app',
    id: claims.oid as UserId,
    tenantId: claims.tid,
    name: `Application ${claims.azp}`,
    roles: knownRoles(claims),
  };
}

function personOf(claims: Claims): Caller {
  if (claims.scp?.split(' ').includes(SCOPE) !== true) throw missingScope();
  return {
    kind: 'person',
    id: claims.oid as UserId,
    tenantId: claims.tid,
    name: claims.name ?? '',
    roles: knownRoles(claims),
  };
}

const knownRoles = ({ roles = [] }: Claims): AppRole[] => AppRole.options.filter((role) => roles.includes(role));

const unauthenticated = (error = 'invalid_token') =>
  new Refusal(
    401,
    'Sign in again: this call carries no token of this tenant for Holdfast, or one that is no longer valid.',
    {
      headers: { 'WWW-Authenticate': `Bearer error="${error}"` },
    },
  );
const missingScope = () =>
  new Refusal(403, `The token lacks the scope ${SCOPE}. Ask for it when you sign in.`, {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${SCOPE}"` },
  });
