import { Fault } from '../../../engine/fault.ts';
import type { App } from './calls.ts';
import type { SignIn, SignInTrouble } from './signIn.ts';

export const CLIENT_IDS: Readonly<Record<App, string>> = {
  backup: 'b0000000-0000-4000-8000-000000000001',
  restore: 'c0000000-0000-4000-8000-000000000002',
};

const TOKEN_MS = 70 * 60_000;
/** So long before its end a token is not handed out any more. */
const RENEW_BEFORE_MS = 5 * 60_000;

interface AppState {
  readonly token: { readonly number: number; readonly until: number } | undefined;
  /** Tokens up to this number are refused. */
  readonly revokedTo: number;
  readonly trouble: SignInTrouble | undefined;
}

const UNTROUBLED: AppState = { token: undefined, revokedTo: 0, trouble: undefined };

export class SignInService implements SignIn {
  given: number;
  readonly #now: () => number;
  readonly #apps: Map<App, AppState>;

  constructor(now: () => number, from?: SignInService) {
    this.#now = now;
    this.given = from?.given ?? 0;
    this.#apps = new Map(from === undefined ? undefined : from.#apps);
  }

  acquire(app: App): (fresh: boolean) => Promise<string> {
    return async (fresh) => this.tokenFor(app, fresh);
  }

  /** Rejects as `acquire` does. */
  tokenFor(app: App, fresh: boolean): string {
    const state = this.#of(app);
    const { trouble, token } = state;
    if (trouble?.kind === 'fails') {
      const times = trouble.times - 1;
      this.#set(app, { trouble: times > 0 ? { kind: 'fails', times } : undefined });
      throw new Fault('unavailable', 'The sign-in service does not answer', { origin: 'graph', code: 'server_error' });
    }
    if (trouble?.kind === 'refuses')
      throw new Fault('unauthorized', 'Microsoft Entra refuses the sign-in', {
        origin: 'graph',
        code: 'AADSTS7000215',
      });
    if (!fresh && token !== undefined && token.until - RENEW_BEFORE_MS > this.#now()) return textOf(app, token);
    this.given += 1;
    const next = { number: this.given, until: this.#now() + TOKEN_MS };
    this.#set(app, { token: next });
    return textOf(app, next);
  }

  revoke(app: App): void {
    this.#set(app, { revokedTo: this.given });
  }

  setTrouble(app: App, trouble: SignInTrouble | undefined): void {
    this.#set(app, { trouble });
  }

  /** Which app the token is of; undefined when it is worth nothing. */
  appOf(token: string): App | undefined {
    const found = /^simulated\.(backup|restore)\.(\d+)\.(\d+)$/.exec(token);
    const app = found?.[1] as App | undefined;
    if (app === undefined) return undefined;
    const { revokedTo, trouble } = this.#of(app);
    const isGood = Number(found?.[2]) > revokedTo && Number(found?.[3]) > this.#now() && trouble?.kind !== 'worthless';
    return isGood ? app : undefined;
  }

  /** The app that a token names, good or not. */
  nameIn(token: string): App {
    return token.startsWith('simulated.restore') ? 'restore' : 'backup';
  }

  #of(app: App): AppState {
    return this.#apps.get(app) ?? UNTROUBLED;
  }

  #set(app: App, change: Partial<AppState>): void {
    this.#apps.set(app, { ...this.#of(app), ...change });
  }
}

const textOf = (app: App, { number, until }: { readonly number: number; readonly until: number }): string =>
  `simulated.${app}.${number}.${until}`;
