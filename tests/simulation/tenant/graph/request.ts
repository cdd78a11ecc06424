import type { TenantCall } from '../calls.ts';
import { GraphError } from '../graphError.ts';
import type { Trouble } from '../trouble.ts';
import type { World } from '../world.ts';
import type { TargetWrite } from '../writes.ts';

export const GRAPH = 'https://graph.microsoft.com';
/** Where files are downloaded from and uploaded to. */
export const FILES = 'https://contoso-my.sharepoint.com';
/** Another host of the same service. */
export const OTHER_FILES = 'https://contoso.sharepoint.com';
export const OUTLOOK = 'https://outlook.office365.com';
/** Not the service's. */
export const FOREIGN = 'https://files.example';

export interface Limits {
  readonly messages: number;
  readonly folders: number;
  readonly drive: number;
  readonly people: number;
  readonly linkMs: number;
  readonly sessionMs: number;
  readonly officeRewrites: boolean;
  readonly exportIds: 'immutable' | 'ordinary';
}

/** One request to Graph or to a content host, after its path was recognised. */
export interface Request {
  readonly world: World;
  readonly limits: Limits;
  readonly call: TenantCall;
  /** What stands in the path where ids and names stand, decoded. */
  readonly params: readonly string[];
  /** As it came, after the version. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The trouble of this kind that befalls the request; asking makes it so. */
  befalls<Kind extends Trouble['kind']>(kind: Kind): Extract<Trouble, { kind: Kind }> | undefined;
  wrote(
    write: Pick<TargetWrite, 'kind' | 'what' | 'resource' | 'sourceId' | 'parent' | 'name' | 'mark' | 'original'>,
  ): void;
  /** The answer leaves out what has these ids. */
  hides(ids: readonly string[]): void;
  /** Somebody would have been reached. */
  reached(how: 'mails' | 'invitations'): void;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly text?: string;
  readonly bytes?: Buffer;
  readonly contentType?: string;
}

export type Handler = (request: Request) => Reply;

export const param = ({ params }: Request, index: number): string => params[index] ?? '';

export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers,
  text: JSON.stringify(body),
});

export const NOTHING: Reply = { status: 204 };

/** Graph takes no larger body. */
const MOST_BODY_BYTES = 4 * 1024 * 1024;

export function jsonBody({ body }: Request): Readonly<Record<string, unknown>> {
  if (body.length > MOST_BODY_BYTES) throw new GraphError(413, 'RequestEntityTooLarge', 'The body is too large.');
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    throw new GraphError(400, 'BadRequest', 'Unable to read JSON request payload.');
  }
}

export const wantsImmutableIds = ({ headers }: Request): boolean =>
  /idtype="immutableid"/i.test(headers['prefer'] ?? '');

const selects = new Map<string, ReadonlySet<string>>();

function selected(select: string): ReadonlySet<string> {
  const known = selects.get(select);
  if (known !== undefined) return known;
  const names = new Set(select.split(','));
  selects.set(select, names);
  return names;
}

/** Leaves what was selected; ids and annotations stay. */
export function project(entity: Readonly<Record<string, unknown>>, select: string): Readonly<Record<string, unknown>> {
  if (select === '') return entity;
  const names = selected(select);
  const left: Record<string, unknown> = {};
  for (const name in entity) if (name === 'id' || name.includes('@') || names.has(name)) left[name] = entity[name];
  return left;
}

export const selectOf = ({ query }: Request): string => query.get('$select') ?? '';
