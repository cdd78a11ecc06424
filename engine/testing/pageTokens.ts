import { Fault } from '../fault.ts';

/**
 * What befalls one page of a listing: `fail` the listing breaks off, `end` the page says that it is the last although
 * more follow, `hide` what should be on it is left out, `empty` nothing is on it and more may follow.
 */
export type ListFault = 'fail' | 'end' | 'hide' | 'empty';

/** The place in a listing. Tokens of a store can be made stale, as a service may forget where it was. */
export interface PageTokens {
  give(place: string, isAfterEmptyPage: boolean): string;
  take(token: string | undefined): { readonly place: string | undefined; readonly isAfterEmptyPage: boolean };
  /** Every token given so far is refused from now on. */
  expire(): void;
  fork(): PageTokens;
}

export function pageTokens(given = 0, refusedUpTo = 0): PageTokens {
  return {
    give(place, isAfterEmptyPage) {
      given += 1;
      return JSON.stringify([given, isAfterEmptyPage, place]);
    },
    take(token) {
      if (token === undefined) return { place: undefined, isAfterEmptyPage: false };
      const [number, isAfterEmptyPage, place] = JSON.parse(token) as [number, boolean, string];
      if (number <= refusedUpTo) throw new RefusedToken();
      return { place, isAfterEmptyPage };
    },
    expire() {
      refusedUpTo = given;
    },
    fork: () => pageTokens(given, refusedUpTo),
  };
}

/** As the SDK throws it: nothing that the engine expects, and nothing that it may take for the end of a listing. */
export class RefusedToken extends Error {
  readonly statusCode = 400;
  readonly code = 'InvalidQueryParameterValue';
  constructor() {
    super('Value for one of the query parameters specified in the request URI is invalid');
    this.name = 'RestError';
  }
}

export const brokeOff = (what: string): Fault =>
  new Fault('unavailable', `Storage broke off ${what}`, { origin: 'storage', code: 'ServerBusy' });
