import type { App } from './calls.ts';

/** What Entra does about tokens of one app. */
export type SignInTrouble =
  /** The next `times` questions meet passing trouble. */
  | { readonly kind: 'fails'; readonly times: number }
  /** No token until it is put right: wrong secret, app switched off. */
  | { readonly kind: 'refuses' }
  /** Tokens are given, and Graph accepts none of them (401 stays). */
  | { readonly kind: 'worthless' };

/** Entra, as far as the apps meet it. Tokens live for 70 minutes; one is handed out again until five minutes before. */
export interface SignIn {
  /** For `createGraph`: a token of this app. `fresh`: not the one that was handed out before. */
  acquire(app: App): (fresh: boolean) => Promise<string>;
  /** Tokens given so far are refused by Graph from now on; the next one is good. */
  revoke(app: App): void;
  setTrouble(app: App, trouble: SignInTrouble | undefined): void;
  /** How many tokens were given. */
  readonly given: number;
}
