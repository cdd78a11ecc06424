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

export const keepStart = (start: SignInStart): void => sessionStorage.setItem(started, JSON.stringify(start));

let waiting: SignInAnswer | undefined;

/**
 * Takes the answer of the sign-in page off the address and puts back the one that the person came from. To be called before
 * anything is waited for: whoever goes elsewhere meanwhile then neither loses the code nor comes upon it again. Until
 * `redeemed` it answers the same.
 */
export function takeAnswer(): SignInAnswer | undefined {
  if (location.pathname !== callback) return waiting;
  const kept = sessionStorage.getItem(started);
  sessionStorage.removeItem(started);
  if (kept === null) {
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
