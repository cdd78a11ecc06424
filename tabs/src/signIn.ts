import { app, authentication } from '@microsoft/teams-js';
import * as oauth from 'oauth4webapi';
import { apiClient } from '../../contract/client.ts';
import { loadTexts } from './app/texts.tsx';
import { forgetText, keepText, keptText } from './client/sessionStore.ts';

/**
 * The window that Teams opens when a person has to answer Entra: it goes there and, back again, tells the tab. The code
 * that comes back is not used: once the person has answered, Teams hands out the token by itself.
 */
const kept = 'holdfast.sign-in-window';

const startHere = async (): Promise<void> => {
  const signIn = await apiClient({ token: async () => undefined }).call('getSignIn', {});
  const state = oauth.generateRandomState();
  if (!keepText(kept, state)) {
    await app.initialize();
    authentication.notifyFailure(texts('signIn.noStorage', { host: location.host }));
    return;
  }
  const address = new URL(signIn.authorizationEndpoint);
  address.search = new URLSearchParams({
    client_id: signIn.clientId,
    response_type: 'code',
    redirect_uri: location.origin + location.pathname,
    scope: [...new Set(['openid', 'profile', ...signIn.scope.split(' ')])].join(' '),
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()),
    code_challenge_method: 'S256',
    login_hint: new URLSearchParams(location.search).get('loginHint') ?? '',
  }).toString();
  location.replace(address);
};

const comeBack = async (answer: URLSearchParams): Promise<void> => {
  const state = keptText(kept);
  forgetText(kept);
  await app.initialize();
  if (answer.get('code') !== null && answer.get('state') === state) authentication.notifySuccess('');
  else authentication.notifyFailure(answer.get('error_description') ?? answer.get('error') ?? 'CancelledByUser');
};

const texts = await loadTexts(navigator.language);
const shown = document.querySelector('#state');
if (shown !== null) shown.textContent = texts('welcome.starting');
const answer = new URLSearchParams(location.search);
await (answer.has('code') || answer.has('error') ? comeBack(answer) : startHere());
