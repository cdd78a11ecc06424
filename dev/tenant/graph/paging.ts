import { createHmac } from 'node:crypto';
import { GraphError, preferences, type Call } from './call.ts';

/** Where a reader stands; travels inside an opaque token and outlives the process. */
export type Position = Readonly<Record<string, string | number | boolean | null>>;

/** Makes and reads the opaque tokens in nextLinks and deltaLinks. */
export class TokenBook {
  readonly #secret: Buffer;

  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  write(position: Position): string {
    const body = Buffer.from(JSON.stringify(position)).toString('base64url');
    return `${this.#mac(body)}${body}`;
  }

  read(token: string): Position | undefined {
    const body = token.slice(12);
    if (token.length < 14 || token.slice(0, 12) !== this.#mac(body)) return undefined;
    return JSON.parse(Buffer.from(body, 'base64url').toString()) as Position;
  }

  #mac(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('base64url').slice(0, 12);
  }
}

/** Page size: `$top`, else `Prefer: odata.maxpagesize`, else the default of the resource. */
export function pageSize(call: Call, normal: number, largest: number): number {
  const asked = call.query.get('$top') ?? preferences(call).get('odata.maxpagesize');
  const size = asked === null || asked === undefined ? normal : Number(asked);
  if (!Number.isInteger(size) || size < 0)
    throw new GraphError(400, 'BadRequest', `Invalid value for page size: '${asked}'.`);
  return Math.max(1, Math.min(size, largest));
}

/** Preferences this answer honoured, for Preference-Applied. */
export function preferenceApplied(call: Call, honoured: readonly string[]): Record<string, string> {
  const given = preferences(call);
  const applied = honoured.flatMap((name) => {
    const value = given.get(name.toLowerCase());
    if (value === undefined) return [];
    return value === '' ? [name] : [name === 'IdType' ? `IdType="${value}"` : `${name}=${value}`];
  });
  return applied.length === 0 ? {} : { 'Preference-Applied': applied.join(', ') };
}

/** Link to the same path with other query parameters. */
export function link(call: Call, query: Readonly<Record<string, string>>): string {
  const text = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return `${call.origin}/${call.version}${call.path}${text === '' ? '' : `?${text}`}`;
}

/** How many entries of a plain list come before this page: from the token of a nextLink, else from `$skip`. */
export function skipFrom(call: Call, tokens: TokenBook): number {
  const token = call.query.get('$skiptoken');
  if (token === null) return Number(call.query.get('$skip') ?? 0);
  const position = tokens.read(token);
  if (position?.['kind'] !== `skip ${call.path}`)
    throw new GraphError(400, 'invalidRequest', 'The skip token is not valid.');
  return Number(position['skip']);
}

/** Link to the next page of a plain list: the same query with another skip token. */
export function nextLink(call: Call, tokens: TokenBook, skip: number): string {
  const query: Record<string, string> = {};
  for (const [name, value] of call.query) if (name !== '$skiptoken' && name !== '$skip') query[name] = value;
  return link(call, { ...query, $skiptoken: tokens.write({ kind: `skip ${call.path}`, skip }) });
}

export function contextOf(call: Call, what: string): string {
  return `${call.origin}/${call.version}/$metadata#${what}`;
}
