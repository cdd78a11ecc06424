import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson, type Handler } from '../http/listen.ts';
import { DOMAIN } from '../seed/people.ts';
import type { SignInDirectory } from './directory.ts';
import { EntraError } from './entraError.ts';
import type { SigningKeys } from './keys.ts';
import { signInPage } from './signInPage.ts';
import { answerTokenRequest } from './tokenEndpoint.ts';
import type { TokenMaker } from './tokens.ts';

export interface Entra {
  readonly directory: SignInDirectory;
  readonly tokens: TokenMaker;
  readonly keys: SigningKeys;
  readonly apiClientId: string;
  graphUrl: string;
  /** The https origin, part of the issuer also when the loopback origin answers. */
  authorityUrl: string;
}

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
};
const CODE_SECONDS = 600;

/** Entra's endpoints under one origin; `origin()` is how this origin names its own endpoints. */
export function entraHandler(entra: Entra, origin: () => string): Handler {
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://any');
    const [, tenant = '', ...rest] = url.pathname.split('/');
    try {
      if (request.method === 'OPTIONS') response.writeHead(204, CORS).end();
      else if (url.pathname === '/common/discovery/instance')
        sendJson(response, 200, instanceMetadata(entra, url), CORS);
      else if (!knownTenant(entra, tenant))
        throw new EntraError(
          400,
          'invalid_tenant',
          90002,
          `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID.`,
        );
      else await route(entra, origin(), rest.join('/'), url, request, response);
    } catch (error) {
      if (!(error instanceof EntraError)) throw error;
      sendJson(response, error.status, error.body(), CORS);
    }
  };
}

async function route(
  entra: Entra,
  origin: string,
  path: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (`${request.method} ${path}`) {
    case 'GET v2.0/.well-known/openid-configuration':
      return sendJson(response, 200, openIdConfiguration(entra, origin), CORS);
    case 'GET discovery/v2.0/keys':
      return sendJson(response, 200, entra.keys.jwks, CORS);
    case 'POST oauth2/v2.0/token': {
      const form = await readForm(request);
      withBasicCredentials(form, request.headers.authorization);
      const answer = await answerTokenRequest(endpointOf(entra, origin), form);
      return sendJson(response, 200, answer, { ...CORS, 'Cache-Control': 'no-store' });
    }
    case 'GET oauth2/v2.0/authorize':
      return authorize(entra, origin, url.searchParams, response);
    case 'POST oauth2/v2.0/authorize':
      return authorize(entra, origin, await readForm(request), response);
    case 'GET oauth2/v2.0/logout': {
      const back = url.searchParams.get('post_logout_redirect_uri');
      if (back === null)
        return sendHtml(response, 200, '<!doctype html><title>Signed out</title><p>You signed out.</p>');
      response.writeHead(302, { Location: back }).end();
      return;
    }
    default:
      throw new EntraError(404, 'invalid_request', 90013, `There is no endpoint ${request.method} /${path}.`);
  }
}

/** First shows the list of people; with the choice made, returns the code to the app. */
function authorize(entra: Entra, origin: string, fields: URLSearchParams, response: ServerResponse): void {
  const redirect = fields.get('redirect_uri');
  const app = entra.directory.app(fields.get('client_id') ?? '');
  if (app === undefined)
    throw new EntraError(
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${fields.get('client_id') ?? ''}' was not found in the directory.`,
    );
  if (redirect === null || !URL.canParse(redirect))
    throw new EntraError(400, 'invalid_request', 900144, "The request must contain the parameter 'redirect_uri'.");
  if (fields.get('response_type') !== 'code')
    return sendBack(
      redirect,
      fields,
      { error: 'unsupported_response_type', error_description: 'Only response_type=code is supported.' },
      response,
    );
  if (fields.get('code_challenge_method') !== 'S256' || fields.get('code_challenge') === null) {
    return sendBack(
      redirect,
      fields,
      {
        error: 'invalid_request',
        error_description:
          'AADSTS9002325: Proof Key for Code Exchange is required for cross-origin authorization code redemption.',
      },
      response,
    );
  }
  const person = entra.directory.person(fields.get('demo_user') ?? '');
  if (person !== undefined) {
    const code = entra.tokens.seal(
      {
        kind: 'code',
        client: app.clientId,
        redirect,
        oid: person.id,
        scope: fields.get('scope') ?? '',
        challenge: fields.get('code_challenge') ?? '',
        ...(fields.get('nonce') === null ? {} : { nonce: fields.get('nonce') ?? '' }),
      },
      CODE_SECONDS,
    );
    return sendBack(redirect, fields, { code, session_state: person.id }, response);
  }
  if (fields.get('prompt') === 'none')
    return sendBack(
      redirect,
      fields,
      { error: 'login_required', error_description: 'AADSTS50058: No one is signed in.' },
      response,
    );
  sendHtml(
    response,
    200,
    signInPage(`${origin}/${entra.tokens.tenantId}/oauth2/v2.0/authorize`, fields, entra.directory.people()),
  );
}

function sendBack(
  redirect: string,
  fields: URLSearchParams,
  answer: Readonly<Record<string, string>>,
  response: ServerResponse,
): void {
  const values = new URLSearchParams({
    ...answer,
    ...(fields.get('state') === null ? {} : { state: fields.get('state') ?? '' }),
  });
  const target = new URL(redirect);
  if (fields.get('response_mode') === 'fragment') target.hash = values.toString();
  else for (const [name, value] of values) target.searchParams.set(name, value);
  response.writeHead(302, { Location: target.href, 'Cache-Control': 'no-store' }).end();
}

function openIdConfiguration(entra: Entra, origin: string): Record<string, unknown> {
  const base = `${origin}/${entra.tokens.tenantId}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: entra.tokens.issuer,
    request_uri_parameter_supported: false,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    code_challenge_methods_supported: ['S256'],
    claims_supported: [
      'sub',
      'iss',
      'aud',
      'exp',
      'iat',
      'nonce',
      'preferred_username',
      'name',
      'tid',
      'ver',
      'oid',
      'roles',
    ],
    tenant_region_scope: 'EU',
    cloud_instance_name: new URL(entra.authorityUrl).host,
  };
}

function instanceMetadata(entra: Entra, url: URL): Record<string, unknown> {
  const host = new URL(entra.authorityUrl).host;
  return {
    tenant_discovery_endpoint: `${url.searchParams.get('authorization_endpoint')?.replace(/\/oauth2.*$/, '') ?? entra.authorityUrl}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

function endpointOf(entra: Entra, origin: string) {
  const base = `${origin}/${entra.tokens.tenantId}`;
  return {
    directory: entra.directory,
    tokens: entra.tokens,
    graphUrl: entra.graphUrl,
    apiClientId: entra.apiClientId,
    assertionAudiences: [
      `${base}/oauth2/v2.0/token`,
      `${entra.authorityUrl}/${entra.tokens.tenantId}/oauth2/v2.0/token`,
      entra.tokens.issuer,
    ],
  };
}

const knownTenant = (entra: Entra, tenant: string): boolean =>
  [entra.tokens.tenantId, DOMAIN, 'organizations', 'common'].includes(tenant.toLowerCase());

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(request, 1_000_000))?.toString('utf8') ?? '');
}

function withBasicCredentials(form: URLSearchParams, authorization: string | undefined): void {
  if (authorization?.startsWith('Basic ') !== true) return;
  const [id = '', secret = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
  form.set('client_id', decodeURIComponent(id));
  form.set('client_secret', decodeURIComponent(secret));
}

function sendHtml(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }).end(html);
}
