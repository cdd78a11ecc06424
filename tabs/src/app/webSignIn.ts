import * as oauth from 'oauth4webapi';
import type { SignIn } from '../../../contract/service.ts';
import type { Session } from './session.ts';
import { callback, keepStart, redeemed } from './signInAnswer.ts';
import type { SignInAnswer } from './signInAnswer.ts';

interface Tokens {
  readonly access: string;
  readonly refresh?: string;
  readonly expiresAt: number;
}

/**
 * Authorization code with PKCE, for the console as a page of its own. Tokens live in memory alone; a reload signs in
 * again, silently where Entra still knows the person. `answer` is what the sign-in page sent back, if that is where the
 * person comes from.
 */
export async function webSession(signIn: SignIn, answer: SignInAnswer | undefined): Promise<Session> {
  const server: oauth.AuthorizationServer = {
    issuer: signIn.issuer,
    authorization_endpoint: signIn.authorizationEndpoint,
    token_endpoint: signIn.tokenEndpoint,
  };
  const client: oauth.Client = { client_id: signIn.clientId };
  const insecure = isLoopback(signIn.tokenEndpoint) ? { [oauth.allowInsecureRequests]: true } : {};
  let tokens = answer === undefined ? undefined : await redeem(answer);
  let renewing: Promise<Tokens | undefined> | undefined;

  async function redeem({ given, state, verifier }: SignInAnswer): Promise<Tokens> {
    redeemed();
    const parameters = oauth.validateAuthResponse(server, client, given, state);
    return taken(
      await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        parameters,
        redirectUri(),
        verifier,
        insecure,
      ),
      false,
    );
  }

  async function taken(response: Response, refreshed: boolean): Promise<Tokens> {
    const answer = refreshed
      ? await oauth.processRefreshTokenResponse(server, client, response)
      : await oauth.processAuthorizationCodeResponse(server, client, response);
    return {
      access: answer.access_token,
      expiresAt: Date.now() + (answer.expires_in ?? 3600) * 1000,
      ...(answer.refresh_token === undefined ? {} : { refresh: answer.refresh_token }),
    };
  }

  async function renewed(): Promise<Tokens | undefined> {
    if (tokens?.refresh === undefined) return undefined;
    const { refresh } = tokens;
    try {
      const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh, insecure);
      // A server that sends no new refresh token means the old one to be used on.
      return { refresh, ...(await taken(response, true)) };
    } catch (error) {
      // Entra says no: the person signs in again.
      if (error instanceof oauth.ResponseBodyError) return undefined;
      throw error;
    }
  }

  return {
    async token(renew) {
      if (tokens !== undefined && (renew || tokens.expiresAt - Date.now() < 60_000)) {
        // A page asks for many things at once, and a refresh token may be good for one use only.
        renewing ??= renewed().finally(() => (renewing = undefined));
        tokens = await renewing;
      }
      return tokens?.access;
    },
    async signIn() {
      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      keepStart({ verifier, state, address: location.pathname + location.search });
      const address = new URL(signIn.authorizationEndpoint);
      address.search = new URLSearchParams({
        client_id: signIn.clientId,
        response_type: 'code',
        redirect_uri: redirectUri(),
        scope: [...new Set(['openid', 'profile', 'offline_access', ...signIn.scope.split(' ')])].join(' '),
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }).toString();
      location.assign(address);
      return 'left';
    },
    signOut() {
      tokens = undefined;
      if (signIn.endSessionEndpoint === undefined) location.assign('/');
      else {
        const address = new URL(signIn.endSessionEndpoint);
        address.searchParams.set('post_logout_redirect_uri', location.origin);
        location.assign(address);
      }
    },
  };
}

const redirectUri = (): string => new URL(callback, location.origin).href;

/** Plain http is for the own machine alone. */
const isLoopback = (address: string): boolean => {
  const { protocol, hostname } = new URL(address);
  return (
    protocol === 'http:' && (hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname))
  );
};
