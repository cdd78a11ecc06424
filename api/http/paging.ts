import { z } from 'zod';
import type { Page } from '../../engine/records/records.ts';
import { badInput } from './problem.ts';

export const defaultPageSize = 50;

/** A place in a list, for a page token. It is no secret and no right: every page checks both anew. */
export const encodePlace = (place: object): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** Fault of the caller when the token is not one of ours. */
export function decodePlace<Place extends z.ZodType>(
  schema: Place,
  token: string | undefined,
): z.output<Place> | undefined {
  if (token === undefined) return undefined;
  const parsed = schema.safeParse(jsonOf(token));
  if (!parsed.success)
    throw badInput([{ field: 'pageToken', message: 'is not a token of this list: start without it' }]);
  return parsed.data;
}

function jsonOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const place = z.strictObject({ t: z.string().optional(), s: z.number().int().min(0) });

/**
 * Cuts pages of `size` out of pages of any size, keeping only what `keep` lets through. Reads on until the page is full,
 * the list ends, or `reads` of the source are used up: then the page is short and has a token.
 */
export async function cutPages<Value, Kept>(
  source: (token?: string) => Promise<Page<Value>>,
  keep: (value: Value) => Kept | undefined,
  options: { readonly size?: number | undefined; readonly token?: string | undefined; readonly reads?: number },
): Promise<Page<Kept>> {
  const size = options.size ?? defaultPageSize;
  const start = decodePlace(place, options.token);
  let token = start?.t;
  let skip = start?.s ?? 0;
  const kept: Kept[] = [];
  for (let reads = options.reads ?? 20; reads > 0; reads--) {
    const page = await source(token);
    for (const [index, value] of page.value.entries()) {
      if (index < skip) continue;
      if (kept.length === size)
        return { value: kept, nextPageToken: encodePlace({ ...(token === undefined ? {} : { t: token }), s: index }) };
      const found = keep(value);
      if (found !== undefined) kept.push(found);
    }
    skip = 0;
    token = page.nextPageToken;
    if (token === undefined) return { value: kept };
    if (kept.length === size) break;
  }
  return { value: kept, nextPageToken: encodePlace({ ...(token === undefined ? {} : { t: token }), s: 0 }) };
}
