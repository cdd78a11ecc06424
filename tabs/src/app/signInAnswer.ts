import { forgetText, keepText, keptText } from '../client/sessionStore.ts';

/** The page to which the sign-in page sends people back. */
export const callback = '/sign-in/done';
const started = 'holdfast.sign-in';

/** What waits in session storage while somebody is at the sign-in page. */
export interface SignInStart {
  readonly verifier: string;
  readonly state: string;
  /** Where the person was. */
  readonly address: string;
}

export interface SignInAnswer extends SignInStart {
  /** The address with the code, or with the reason why there is none. */
  readonly given: URL;
}

/** Throws where the browser keeps nothing: whoever comes back from the sign-in page would not be recognised. */
export function keepStart(start: SignInStart): void {
  if (keepText(started, JSON.stringify(start))) return;
  throw new Error(
    `Your browser keeps no data for ${location.host}, and without it signing in cannot end. Allow cookies and site data for this address, then try again.`,
  );
}

let waiting: SignInAnswer | undefined;

/**
 * Takes the answer of the sign-in page off the address and puts back the one that the person came from. To be called before
 * anything is waited for: whoever goes elsewhere meanwhile then neither loses the code nor comes upon it again. Until
 * `redeemed` it answers the same.
 */
export function takeAnswer(): SignInAnswer | undefined {
  if (location.pathname !== callback) return waiting;
  const kept = keptText(started);
  forgetText(started);
  if (kept === undefined) {
    history.replaceState(null, '', '/');
    return waiting;
  }
  waiting = { ...(JSON.parse(kept) as SignInStart), given: new URL(location.href) };
  history.replaceState(null, '', waiting.address);
  return waiting;
}

/** A code can be used once: from now on there is none. */
export function redeemed(): void {
  waiting = undefined;
}
