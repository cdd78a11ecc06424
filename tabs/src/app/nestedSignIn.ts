import { InteractionRequiredAuthError, createNestablePublicClientApplication } from '@azure/msal-browser';
import type { SignIn } from '../../../contract/service.ts';
import type { Session } from './session.ts';

/** Nested app authentication: the host brokers the sign-in. Loaded only where the host recommends it. */
export async function nestedSession(signIn: SignIn, loginHint: string | undefined): Promise<Session> {
  const authority = signIn.issuer.replace(/\/v2\.0\/?$/, '');
  const client = await createNestablePublicClientApplication({ auth: { clientId: signIn.clientId, authority } });
  const request = { scopes: signIn.scope.split(' '), ...(loginHint === undefined ? {} : { loginHint }) };
  return {
    async token(renew) {
      try {
        return (await client.acquireTokenSilent({ ...request, forceRefresh: renew })).accessToken;
      } catch (error) {
        if (error instanceof InteractionRequiredAuthError) return undefined;
        throw error;
      }
    },
    async signIn() {
      await client.acquireTokenPopup(request);
      return 'done';
    },
  };
}
