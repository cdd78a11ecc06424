import { isFault, type Fault } from '../fault.ts';

/** What a fault says of stored bytes. Anything else, such as storage that does not answer, says nothing of them: it is thrown on. */
export function damageOf(error: unknown): { readonly kind: 'missing' | 'corrupt'; readonly fault: Fault } {
  // A header from the future is a changed header where this app wrote everything; either way its object does not open.
  if (isFault(error, 'corrupt', 'unsupported')) return { kind: 'corrupt', fault: error };
  if (isFault(error, 'missing', 'not-found')) return { kind: 'missing', fault: error };
  throw error;
}
