import { isFault } from '../../engine/fault.ts';
import type { HttpCall } from './answer.ts';
import { badInput, Refusal } from './problem.ts';

/** Storage's tags hold quotes and spaces; readers get a plain word. */
export const wordOf = (etag: string): string => Buffer.from(etag).toString('base64url');
export const headerOf = (etag: string): string => `"${wordOf(etag)}"`;

/** True when the caller says which version they changed, and it is not `etag`: in a header 412, in a body 409. */
export function insistOnVersion(call: HttpCall, inBody: string | undefined, etag: string): void {
  const header = call.headers.get('if-match');
  if (header !== null && header.trim() !== '*') {
    const tags = [...header.matchAll(/"([^"]*)"/g)].map((match) => match[1]);
    if (tags.length === 0) throw badInput([{ field: 'If-Match', message: 'must be an ETag in quotes' }]);
    if (!tags.includes(wordOf(etag))) throw new Refusal(412, CHANGED);
  }
  if (inBody !== undefined && inBody !== wordOf(etag)) throw new Refusal(409, CHANGED);
}

/** Runs a conditional write; losing the race in the last moment is answered like a stale version. */
export async function unlessChanged<Result>(call: HttpCall, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (isFault(error, 'conflict')) throw new Refusal(call.headers.get('if-match') === null ? 409 : 412, CHANGED);
    throw error;
  }
}

const CHANGED = 'Somebody else changed it meanwhile. Read it again, look at the difference, and save once more.';
