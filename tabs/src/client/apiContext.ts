import { createContext, use } from 'react';
import type { ApiClient } from '../../../contract/client.ts';

export interface Api extends ApiClient {
  /** The person has to sign in again before anything else works. */
  readonly onSignedOut: () => void;
}

export const ApiContext = createContext<Api | undefined>(undefined);

export function useApi(): Api {
  const api = use(ApiContext);
  if (api === undefined) throw new Error('useApi needs an ApiContext around it');
  return api;
}
