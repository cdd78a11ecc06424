import { nestedAppAuth } from '@microsoft/teams-js';
import { apiClient } from '../../../contract/client.ts';
import type { ApiClient } from '../../../contract/client.ts';
import type { Host } from './host.ts';
import { takeAnswer } from './signInAnswer.ts';

/** How a person is signed in; three ways, one shape. */
export interface Session {
  /** A token for the API; undefined when the person has to sign in first. `renew`: the one at hand was refused. */
  token(renew: boolean): Promise<string | undefined>;
  /** Asks the person. `left`: the page is on its way to the sign-in page. */
  signIn(): Promise<'done' | 'left'>;
  /** Only where signing out means something: outside Teams. */
  signOut?(): void;
}

/** The way of signing in that fits the host. Each way is loaded only where it is used. */
export async function startSession(host: Host): Promise<Session> {
  const answer = host.kind === 'web' ? takeAnswer() : undefined;
  const anonymous: ApiClient = apiClient({ token: async () => undefined });
  const signIn = await anonymous.call('getSignIn', {});
  if (host.kind === 'web') return (await import('./webSignIn.ts')).webSession(signIn, answer);
  if (nestedAppAuth.isNAAChannelRecommended())
    return (await import('./nestedSignIn.ts')).nestedSession(signIn, host.loginHint);
  return (await import('./teamsSignIn.ts')).teamsSession(signIn, host.loginHint);
}
