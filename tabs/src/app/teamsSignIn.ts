import { authentication } from '@microsoft/teams-js';
import { ErrorCode, ErrorWithCode, TeamsUserCredential } from '@microsoft/teamsfx';
import type { SignIn } from '../../../contract/service.ts';
import type { Session } from './session.ts';

/** Signs in by the Teams session, without a question where the admin has consented. Loaded only inside Teams. */
export function teamsSession(signIn: SignIn, loginHint: string | undefined): Session {
  const initiateLoginEndpoint = new URL('/sign-in.html', location.origin).href;
  const begin = (): TeamsUserCredential =>
    new TeamsUserCredential({ clientId: signIn.clientId, initiateLoginEndpoint });
  let credential = begin();
  return {
    async token(renew) {
      // The credential keeps its token until it is nearly over; only a new one asks Teams again.
      if (renew) credential = begin();
      try {
        // No scopes: the token is for our own API.
        return (await credential.getToken(''))?.token;
      } catch (error) {
        if (wantsPerson(error)) return undefined;
        throw error;
      }
    },
    async signIn() {
      // Not credential.login: it wants a token before it asks the person, and here there is none yet.
      const address = new URL(initiateLoginEndpoint);
      if (loginHint !== undefined) address.searchParams.set('loginHint', loginHint);
      await authentication.authenticate({ url: address.href, width: 600, height: 640 });
      credential = begin();
      return 'done';
    },
  };
}

/** Teams says in words that the person has to answer Entra first. */
const wantsPerson = (error: unknown): boolean =>
  error instanceof ErrorWithCode &&
  (error.code === ErrorCode.UiRequiredError ||
    /resourceRequiresConsent|invalid_grant|interaction_required|CancelledByUser|consent_required/i.test(error.message));
