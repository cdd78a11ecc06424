import { paths, type RouteName } from './paths.ts';
import type { Problem } from './problem.ts';
import type { Input, Output } from './route.ts';
import type { routes } from './routes.ts';

type Table = typeof routes;
export type RouteInput<Name extends RouteName> = Input<Table[Name]>;
export type RouteOutput<Name extends RouteName> = Output<Table[Name]>;

/** What the API refused, in its own words; `status` 0 when it could not be reached at all. */
export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.detail, cause === undefined ? undefined : { cause });
    this.name = 'ApiProblem';
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }
}

export interface ClientOptions {
  /** Where the API lies; `/api` on the page's own host when absent. */
  readonly baseUrl?: string;
  /** A token for the API. Called with `renew` after a 401: then the token at hand was refused. */
  token(renew: boolean): Promise<string | undefined>;
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** The `etag` of what was read, as it stood in the answer; the quotes of the header are put here. */
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  readonly range?: string;
}

export interface ApiClient {
  /** Calls a route and answers its JSON. Throws ApiProblem; an abort comes through as it is. */
  call<Name extends RouteName>(name: Name, input: RouteInput<Name>, options?: CallOptions): Promise<RouteOutput<Name>>;
  /** The answer itself, for content, downloads and CSV: read `body` at your own pace. */
  open<Name extends RouteName>(name: Name, input: RouteInput<Name>, options?: CallOptions): Promise<Response>;
  /** Address of a route, without a token in it. */
  url<Name extends RouteName>(name: Name, input: RouteInput<Name>): string;
}

type Params = Readonly<Record<string, string | undefined>> | undefined;
type Query = Readonly<Record<string, string | number | boolean | undefined>> | undefined;

export function apiClient(options: ClientOptions): ApiClient {
  const base = (options.baseUrl ?? '/api').replace(/\/$/, '');
  const send = options.fetch ?? ((input, init) => fetch(input, init));

  const url = <Name extends RouteName>(name: Name, input: RouteInput<Name>) => {
    const { params, query }: { readonly params?: Params; readonly query?: Query } = input;
    const path = paths[name].path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params?.[key] ?? ''));
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(key, `${value}`);
    return `${base}${path}${search.size > 0 ? `?${search.toString()}` : ''}`;
  };

  const attempt = async (name: RouteName, address: string, body: unknown, call: CallOptions, renew: boolean) => {
    const headers = new Headers({ Accept: 'application/json, application/problem+json, */*;q=0.1' });
    const token = await options.token(renew);
    if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
    if (body !== undefined) headers.set('Content-Type', 'application/json');
    if (call.ifMatch !== undefined) headers.set('If-Match', `"${call.ifMatch}"`);
    if (call.idempotencyKey !== undefined) headers.set('Idempotency-Key', call.idempotencyKey);
    if (call.range !== undefined) headers.set('Range', call.range);
    return send(address, {
      method: paths[name].method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  };

  const open = async <Name extends RouteName>(name: Name, input: RouteInput<Name>, call: CallOptions = {}) => {
    const address = url(name, input);
    const { body }: { readonly body?: unknown } = input;
    try {
      const first = await attempt(name, address, body, call, false);
      const answer = first.status === 401 ? await attempt(name, address, body, call, true) : first;
      if (!answer.ok) throw new ApiProblem(await problemOf(answer));
      return answer;
    } catch (error) {
      if (error instanceof TypeError) throw new ApiProblem(unreachable, error);
      throw error;
    }
  };

  return {
    url,
    open,
    async call(name, input, call) {
      const answer = await open(name, input, call);
      return (answer.status === 204 ? undefined : await answer.json()) as RouteOutput<typeof name>;
    },
  };
}

const unreachable: Problem = {
  type: 'about:blank',
  title: 'Not reachable',
  status: 0,
  detail: 'Holdfast cannot be reached. Check your connection and try again.',
  reference: '',
};

async function problemOf(answer: Response): Promise<Problem> {
  if (answer.headers.get('Content-Type')?.includes('json') === true) return (await answer.json()) as Problem;
  return {
    type: 'about:blank',
    title: answer.statusText,
    status: answer.status,
    detail: `Holdfast answered ${answer.status} without saying why. Try again in a minute.`,
    reference: '',
  };
}
