import * as oauth from 'oauth4webapi';
import type { SignIn } from '../../../contract/service.ts';
import type { Session } from './session.ts';

interface Tokens {
  readonly access: string;
  readonly refresh?: string;
  readonly expiresAt: number;
}

const started = 'holdfast.sign-in';
const callback = '/sign-in/done';

/**
 * Authorization code with PKCE, for the console as a page of its own. Tokens live in memory alone; a reload signs in
 * again, silently where Entra still knows the person. The code verifier waits in session storage for the way back.
 */
export async function webSession(signIn: SignIn): Promise<Session> {
  const server: oauth.AuthorizationServer = {
    issuer: signIn.issuer,
    authorization_endpoint: signIn.authorizationEndpoint,
    token_endpoint: signIn.tokenEndpoint,
  };
  const client: oauth.Client = { client_id: signIn.clientId };
  const insecure = isLoopback(signIn.tokenEndpoint) ? { [oauth.allowInsecureRequests]: true } : {};
  let tokens = await comeBack();

  async function comeBack(): Promise<Tokens | undefined> {
    if (location.pathname !== callback) return undefined;
    const kept = sessionStorage.getItem(started);
    sessionStorage.removeItem(started);
    if (kept === null) {
      history.replaceState(null, '', '/');
      return undefined;
    }
    const { verifier, state, address } = JSON.parse(kept) as { verifier: string; state: string; address: string };
    const parameters = oauth.validateAuthResponse(server, client, new URL(location.href), state);
    history.replaceState(null, '', address);
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
    try {
      return await taken(
        await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh, insecure),
        true,
      );
    } catch (error) {
      // Entra says no: the person signs in again.
      if (error instanceof oauth.ResponseBodyError) return undefined;
      throw error;
    }
  }

  return {
    async token(renew) {
      if (tokens !== undefined && (renew || tokens.expiresAt - Date.now() < 60_000)) tokens = await renewed();
      return tokens?.access;
    },
    async signIn() {
      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      sessionStorage.setItem(
        started,
        JSON.stringify({ verifier, state, address: location.pathname + location.search }),
      );
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
