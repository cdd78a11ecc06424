import { createHash } from 'node:crypto';
import type { SignInDirectory, Person } from './directory.ts';
import { authenticateClient } from './clientAuthentication.ts';
import { EntraError } from './entraError.ts';
import type { TokenMaker } from './tokens.ts';

export interface TokenEndpoint {
  readonly directory: SignInDirectory;
  readonly tokens: TokenMaker;
  /** Base address of Graph, the resource whose application roles are granted. */
  readonly graphUrl: string;
  readonly apiClientId: string;
  /** Accepted audiences of client assertions: the token endpoint and the issuer. */
  readonly assertionAudiences: readonly string[];
}

const REFRESH_SECONDS = 24 * 3600;
const OIDC_SCOPES = new Set(['openid', 'profile', 'email', 'offline_access']);

/** Answers one form sent to /oauth2/v2.0/token, or throws EntraError. */
export async function answerTokenRequest(
  endpoint: TokenEndpoint,
  form: URLSearchParams,
): Promise<Record<string, unknown>> {
  switch (form.get('grant_type')) {
    case 'client_credentials':
      return clientCredentials(endpoint, form);
    case 'authorization_code':
      return redeemCode(endpoint, form);
    case 'refresh_token':
      return refresh(endpoint, form);
    case null:
      throw new EntraError(
        400,
        'invalid_request',
        900144,
        "The request body must contain the following parameter: 'grant_type'.",
      );
    default:
      throw new EntraError(
        400,
        'unsupported_grant_type',
        70003,
        `The app requested an unsupported grant type '${form.get('grant_type') ?? ''}'.`,
      );
  }
}

async function clientCredentials(endpoint: TokenEndpoint, form: URLSearchParams): Promise<Record<string, unknown>> {
  const app = requireApp(endpoint, form);
  const authenticatedBy = await authenticateClient(app, form, endpoint.assertionAudiences, endpoint.tokens);
  const scope = form.get('scope') ?? '';
  if (!scope.endsWith('/.default')) {
    throw new EntraError(
      400,
      'invalid_scope',
      1002012,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    );
  }
  const resource = scope.slice(0, -'/.default'.length).replace(/\/$/, '');
  const isGraph = [endpoint.graphUrl, 'https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'].includes(
    resource,
  );
  const isOurApi = resource === endpoint.apiClientId || resource === `api://${endpoint.apiClientId}`;
  if (!isGraph && !isOurApi && !resource.startsWith('https://api.botframework.com')) {
    throw new EntraError(
      400,
      'invalid_resource',
      500011,
      `The resource principal named ${resource} was not found in the tenant named ${endpoint.tokens.tenantId}.`,
    );
  }
  const token = await endpoint.tokens.forApp(
    app.clientId,
    isOurApi ? endpoint.apiClientId : resource,
    isGraph ? endpoint.directory.granted(app.clientId) : [],
    isOurApi,
    authenticatedBy,
  );
  return {
    token_type: 'Bearer',
    expires_in: endpoint.tokens.accessTokenSeconds(),
    ext_expires_in: endpoint.tokens.accessTokenSeconds(),
    access_token: token,
  };
}

async function redeemCode(endpoint: TokenEndpoint, form: URLSearchParams): Promise<Record<string, unknown>> {
  const app = requireApp(endpoint, form);
  const code = endpoint.tokens.open(form.get('code') ?? '');
  if (code === undefined || code['kind'] !== 'code' || code['client'] !== app.clientId) {
    throw new EntraError(
      400,
      'invalid_grant',
      70008,
      'The provided authorization code or refresh token has expired or is malformed. Sign in again.',
    );
  }
  if (code['redirect'] !== form.get('redirect_uri'))
    throw new EntraError(
      400,
      'invalid_request',
      50011,
      'The redirect URI specified in the request does not match the one of the authorization request.',
    );
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  if (code['challenge'] !== challenge)
    throw new EntraError(
      400,
      'invalid_grant',
      501481,
      'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
    );
  return personTokens(endpoint, requirePerson(endpoint, code['oid']), app.clientId, code['scope'] ?? '', code['nonce']);
}

async function refresh(endpoint: TokenEndpoint, form: URLSearchParams): Promise<Record<string, unknown>> {
  const app = requireApp(endpoint, form);
  const grant = endpoint.tokens.open(form.get('refresh_token') ?? '');
  if (grant === undefined || grant['kind'] !== 'refresh' || grant['client'] !== app.clientId) {
    throw new EntraError(400, 'invalid_grant', 700082, 'The refresh token has expired or is malformed. Sign in again.');
  }
  return personTokens(
    endpoint,
    requirePerson(endpoint, grant['oid']),
    app.clientId,
    form.get('scope') ?? grant['scope'] ?? '',
    undefined,
  );
}

async function personTokens(
  endpoint: TokenEndpoint,
  person: Person,
  clientId: string,
  scope: string,
  nonce: string | undefined,
): Promise<Record<string, unknown>> {
  const names = scope.split(' ').filter((name) => name !== '');
  const apiScopes = names
    .filter((name) => !OIDC_SCOPES.has(name))
    .map((name) => name.replace(/^.*\//, '').replace('.default', 'access_as_user'));
  const access = await endpoint.tokens.forPerson(
    person,
    endpoint.apiClientId,
    clientId,
    apiScopes.join(' ') || 'access_as_user',
  );
  return {
    token_type: 'Bearer',
    scope: names.join(' '),
    expires_in: endpoint.tokens.accessTokenSeconds(),
    ext_expires_in: endpoint.tokens.accessTokenSeconds(),
    access_token: access,
    ...(names.includes('offline_access')
      ? {
          refresh_token: endpoint.tokens.seal(
            { kind: 'refresh', client: clientId, oid: person.id, scope },
            REFRESH_SECONDS,
          ),
        }
      : {}),
    ...(names.includes('openid') ? { id_token: await endpoint.tokens.idToken(person, clientId, nonce) } : {}),
  };
}

function requireApp(endpoint: TokenEndpoint, form: URLSearchParams) {
  const clientId = form.get('client_id') ?? '';
  const app = endpoint.directory.app(clientId);
  if (app === undefined) {
    throw new EntraError(
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${endpoint.tokens.tenantId}'.`,
    );
  }
  return app;
}

function requirePerson(endpoint: TokenEndpoint, oid: string | undefined): Person {
  const person = endpoint.directory.person(oid ?? '');
  if (person === undefined)
    throw new EntraError(400, 'invalid_grant', 50034, 'The user account does not exist in the directory.');
  return person;
}
