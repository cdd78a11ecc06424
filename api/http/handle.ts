import type { z } from 'zod';
import { routes, type RouteName } from '../../contract/routes.ts';
import type { Route } from '../../contract/route.ts';
import type { Front, Services } from '../services.ts';
import type { HttpAnswer, HttpCall } from './answer.ts';
import { audit, deeds } from './audit.ts';
import { type Caller, hasRole } from './caller.ts';
import type { Handler } from './handler.ts';
import { makeHandlers } from './handlers.ts';
import { badInput, notFound, problemAnswer, Refusal } from './problem.ts';
import { type Allowance, rateLimit } from './rateLimit.ts';
import { readJson } from './readBody.ts';
import { matchRoute } from './router.ts';
import { callerOf } from './tokens.ts';

/** Content and lists are cheap; what starts work in Microsoft 365 or changes things is not. */
const readAllowance: Allowance = { burst: 3000, perSecond: 100 };
const changeAllowance: Allowance = { burst: 200, perSecond: 4 };

/** The whole API as one function: from a request to an answer, never throwing. Every refusal is a problem document. */
export function makeHandle(front: Front): (call: HttpCall) => Promise<HttpAnswer> {
  const handlers = makeHandlers(() => front.clock.now());
  const limit = rateLimit(() => front.clock.now());

  /** In this order: known path, 401, 429, 403, 404, 400, the work itself. */
  const answer = async (call: HttpCall, url: URL): Promise<HttpAnswer> => {
    const match = matchRoute(call.method, url.pathname);
    if (match.kind === 'none') throw notFound('address');
    if (match.kind === 'method')
      throw new Refusal(405, `This address answers ${match.allowed.join(', ')}.`, {
        headers: { Allow: match.allowed.join(', ') },
      });
    const route: Route = routes[match.name];
    const caller = await identify(front, call, route);
    if (caller !== undefined) {
      const wait = limit.take(
        `${caller.id} ${call.method === 'GET' || call.method === 'HEAD' ? 'read' : 'change'}`,
        isChange(call) ? changeAllowance : readAllowance,
      );
      if (wait > 0)
        throw new Refusal(429, `Too many calls. Try again in ${wait} s.`, { headers: { 'Retry-After': String(wait) } });
      const refusal = roleRefusal(caller, route);
      if (refusal !== undefined) {
        await noteRefusal(front, caller, call, match);
        throw refusal;
      }
    }
    const params = route.params?.safeParse(match.params);
    if (params?.success === false) throw notFound('address');
    const services: Services | undefined = route.allow === 'anyone' ? undefined : await front.open();
    if (services !== undefined && caller !== undefined) await services.roles.note(caller);
    // The table binds each name to its own types; here the name is a value, so that the binding is out of sight.
    const handler = handlers[match.name] as unknown as Handler<'getRun'>;
    const answering = await handler({
      caller: caller as Caller,
      params: params?.data as { id: string },
      services: services as Services,
      front,
      call,
      isHead: call.method === 'HEAD',
    });
    return answering({
      query: parseQuery(url.searchParams, route) as undefined,
      body: (await parseBody(call, route)) as undefined,
    });
  };

  return async (call) => {
    const url = new URL(call.url, 'http://api');
    try {
      const answered = await answer(call, url);
      return { ...answered, headers: { 'X-Content-Type-Options': 'nosniff', ...answered.headers } };
    } catch (error) {
      const reference = Buffer.from(front.random.bytes(6)).toString('hex');
      const problem = problemAnswer(error, reference);
      report(front, error, problem.status, reference, matchName(call.method, url.pathname));
      return { ...problem, headers: { 'X-Content-Type-Options': 'nosniff', ...problem.headers } };
    }
  };
}

const isChange = (call: HttpCall) => call.method !== 'GET' && call.method !== 'HEAD';

/** Where a token is offered it must be good, even where none is needed. */
async function identify(front: Front, call: HttpCall, route: Route): Promise<Caller | undefined> {
  const authorization = call.headers.get('authorization');
  if (route.allow === 'anyone' && authorization === null) return undefined;
  const { api, tenantId } = front.settings;
  if (api === undefined)
    throw new Refusal(
      401,
      'Nobody can sign in yet: API_CLIENT_ID is not set. An administrator registers the console in Entra and sets it.',
      {
        headers: { 'WWW-Authenticate': 'Bearer' },
      },
    );
  return callerOf(authorization, {
    tenantId,
    apiClientId: api.clientId,
    allowedClients: api.allowedClients,
    authority: () => front.authority(),
    now: () => front.clock.now(),
  });
}

function roleRefusal(caller: Caller, route: Route): Refusal | undefined {
  if (route.allow === 'anyone') return undefined;
  if (caller.kind === 'app' && route.apps !== true)
    return new Refusal(403, 'An application may not do this: it takes a signed-in person.');
  if (hasRole(caller, ...route.allow)) return undefined;
  return new Refusal(
    403,
    `Your role does not allow this. It takes: ${route.allow.join(', ')}. Ask an administrator of your organisation.`,
  );
}

/** Who tried what without the role for it. Where it cannot be written down they are refused all the same. */
async function noteRefusal(
  front: Front,
  caller: Caller,
  call: HttpCall,
  { name, params }: { readonly name: RouteName; readonly params: Readonly<Record<string, string>> },
): Promise<void> {
  const deed = deeds[name];
  if (deed === undefined) return;
  try {
    // What stands in the address is taken for an id only where it has the form of one.
    const route: Route = routes[name];
    const named = route.params?.safeParse(params);
    await audit(
      { services: await front.open(), caller, call },
      deed,
      (named?.data ?? {}) as Readonly<Record<string, string>>,
      'refused',
    );
  } catch (error) {
    front.log.error('audit.refusalLost', { action: deed, error: error instanceof Error ? error.name : typeof error });
  }
}

function parseQuery(search: URLSearchParams, route: Route): unknown {
  const known = new Set(Object.keys(route.query?.shape ?? {}));
  const names = [...search.keys()];
  const errors = [...new Set(names.filter((name) => !known.has(name)))].map((name) => ({
    field: name,
    message: `is not a name that this address knows (it knows: ${[...known].join(', ') || 'none'})`,
  }));
  for (const name of known)
    if (search.getAll(name).length > 1) errors.push({ field: name, message: 'is given more than once' });
  if (errors.length > 0) throw badInput(errors);
  return route.query === undefined ? undefined : parse(route.query, Object.fromEntries(search), 'query');
}

async function parseBody(call: HttpCall, route: Route): Promise<unknown> {
  if (route.body === undefined) return undefined;
  return parse(route.body, await readJson(call), 'body');
}

function parse(schema: z.ZodType, value: unknown, whole: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badInput(parsed.error.issues.flatMap((issue) => fieldsOf(issue, whole)));
}

/** Of a choice between shapes the complaint about the nearest one helps; unknown names are named one by one. */
function fieldsOf(issue: z.core.$ZodIssue, whole: string): { field: string; message: string }[] {
  const field = issue.path.map(String).join('.') || whole;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: issue.path.length === 0 ? key : `${field}.${key}`,
      message: 'is not known here',
    }));
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.toSorted((a, b) => a.length - b.length)[0];
    if (nearest !== undefined && nearest.length > 0)
      return nearest.flatMap((inner) => fieldsOf({ ...inner, path: [...issue.path, ...inner.path] }, whole));
  }
  return [{ field, message: issue.message }];
}

const matchName = (method: string, path: string): RouteName | 'none' => {
  const match = matchRoute(method, path);
  return match.kind === 'route' ? match.name : 'none';
};

/** One line for what went wrong on our side; refusals are normal and only counted. */
function report(front: Front, error: unknown, status: number, reference: string, route: string): void {
  const facts = { route, status, reference, error: error instanceof Error ? error.name : typeof error };
  if (status < 500) front.log.info('http.refused', facts);
  else
    front.log.error('http.failed', {
      ...facts,
      ...(error instanceof Error && !(error instanceof Refusal) ? { at: firstFrame(error) } : {}),
    });
}

/** Where it was thrown, without its message: a message may hold what people wrote. */
const firstFrame = (error: Error): string =>
  /\n\s+at .*?((?:[\w.-]+\/){0,2}[\w.-]+:\d+:\d+)/.exec(error.stack ?? '')?.[1] ?? '';
