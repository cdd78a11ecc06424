import { createHash, X509Certificate } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import type { AppRegistration } from '../options.ts';
import { EntraError } from './entraError.ts';
import type { TokenMaker } from './tokens.ts';

/** Proves that the caller of the token endpoint is the app, as Entra does, and says by which means. */
export async function authenticateClient(
  app: AppRegistration,
  form: URLSearchParams,
  audiences: readonly string[],
  tokens: TokenMaker,
): Promise<'secret' | 'certificate'> {
  const assertion = form.get('client_assertion');
  if (assertion !== null) {
    if (issuerOf(assertion) === tokens.issuer) await verifyFederated(app, assertion, tokens);
    else await verifyAssertion(app, assertion, audiences);
    return 'certificate';
  }
  const secret = form.get('client_secret');
  if (secret === null)
    throw new EntraError(
      401,
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  if (secret !== app.secret) {
    throw new EntraError(
      401,
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`,
    );
  }
  return 'secret';
}

/** A managed identity's token takes the place of a certificate where the app names that identity. */
async function verifyFederated(app: AppRegistration, assertion: string, tokens: TokenMaker): Promise<void> {
  const { sub: subject = '', aud } = await tokens.verified(assertion).catch((error: unknown) => {
    throw notValid(error);
  });
  const known = (app.federated ?? []).find((credential) => credential.subject === subject);
  if (known === undefined)
    throw new EntraError(
      401,
      'invalid_client',
      700213,
      `No matching federated identity record found for presented assertion subject '${subject}'.`,
    );
  if (!known.audiences.some((audience) => audience === aud))
    throw new EntraError(
      401,
      'invalid_client',
      700212,
      `No matching federated identity record found for presented assertion audience '${String(aud)}'.`,
    );
}

async function verifyAssertion(app: AppRegistration, assertion: string, audiences: readonly string[]): Promise<void> {
  const header = readHeader(assertion);
  const certificate = (app.certificates ?? [])
    .map((pem) => new X509Certificate(pem))
    .find((candidate) => {
      const sha256 = createHash('sha256').update(candidate.raw).digest('base64url');
      const sha1 = createHash('sha1').update(candidate.raw).digest('base64url');
      return header['x5t#S256'] === sha256 || header['x5t'] === sha1;
    });
  if (certificate === undefined) {
    throw new EntraError(
      401,
      'invalid_client',
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application '${app.clientId}'.`,
    );
  }
  try {
    await jwtVerify(assertion, certificate.publicKey, {
      algorithms: ['RS256', 'PS256'],
      issuer: app.clientId,
      subject: app.clientId,
      audience: [...audiences],
      requiredClaims: ['exp'],
      clockTolerance: 300,
    });
  } catch (error) {
    throw notValid(error);
  }
}

const notValid = (error: unknown): EntraError =>
  new EntraError(
    401,
    'invalid_client',
    700024,
    `Client assertion is not valid: ${error instanceof Error ? error.message : 'unreadable'}.`,
  );

function issuerOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    throw new EntraError(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.');
  }
}

function readHeader(assertion: string): Readonly<Record<string, unknown>> {
  try {
    return decodeProtectedHeader(assertion) as Record<string, unknown>;
  } catch {
    throw new EntraError(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.');
  }
}
