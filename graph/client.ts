import { randomBytes } from 'node:crypto';
import { Client, ResponseType } from '@microsoft/microsoft-graph-client';
import { z, type ZodType } from 'zod';
import { Fault, isFault } from '../engine/fault.ts';
import { batchOf } from './batch.ts';
import { Call, type Answer, type CallOrder } from './call.ts';
import { createContentCalls, downloadFrom, isPastEnd, nothingLeft } from './content.ts';
import type { CallOptions, Graph } from './graph.ts';
import { createLinks } from './links.ts';
import { authenticate } from './middleware/authenticate.ts';
import { decorate } from './middleware/decorate.ts';
import { pace } from './middleware/pace.ts';
import { retry } from './middleware/retry.ts';
import { send } from './middleware/send.ts';
import { costOf } from './pacing/costs.ts';
import type { Pacing } from './pacing/lane.ts';
import type { Clock, Log, Random } from './surroundings.ts';
import { createTokens, type AcquireToken, type Credential } from './tokens.ts';
import { createTransport, type SentRequest, type Transport } from './transport.ts';
import { uploadTarget } from './upload.ts';

export interface GraphOptions {
  /** `https://graph.microsoft.com`, a national cloud's, or any other server that speaks Graph over HTTPS. */
  readonly endpoint: string;
  readonly authorityHost: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: Credential;
  /** Extra `host[:port]` that pre-authenticated links may lead to. */
  readonly contentHosts: readonly string[];
  readonly pacing: Pacing;
  readonly clock: Clock;
  readonly log: Log;
  /** Carries all requests but those for tokens; by default pools over the network of its own. */
  readonly transport?: Transport;
  /** Called with each request as it leaves. */
  readonly observe?: (sent: SentRequest) => void;
  /** Gets tokens; by default Microsoft Entra gives them to the credential. */
  readonly acquireToken?: AcquireToken;
  /** Spreads the pauses between tries; by default the operating system's. */
  readonly random?: Random;
}

export interface GraphConnection extends Graph {
  /** Asks for a token anew and answers nothing: shows that sign-in works. Fault `unauthorized` or `unavailable`. */
  signIn(): Promise<void>;
  /** Closes idle connections. */
  close(): Promise<void>;
}

/** How many download addresses are asked for before one that does not work counts as the file's trouble. */
const MOST_ADDRESSES = 3;

/** Makes no request by itself. */
export function createGraph(options: GraphOptions): GraphConnection {
  const endpoint = options.endpoint.replace(/\/$/, '');
  const base = `${endpoint}/v1.0`;
  const { pacing, clock, log } = options;
  const links = createLinks(endpoint, options.contentHosts);
  const transport =
    options.transport ??
    createTransport({
      mayBePrivate: links.mayBePrivate,
      ...(options.observe === undefined ? {} : { observe: options.observe }),
    });
  const random = options.random ?? { bytes: randomBytes };
  const tokens = createTokens(options);
  // Pacing stands inside retry: every single try waits its turn, is counted, and meets a block that the try before caused.
  const client = Client.initWithMiddleware({
    baseUrl: endpoint,
    defaultVersion: 'v1.0',
    customHosts: new Set([new URL(endpoint).hostname]),
    middleware: [...authenticate(tokens), retry(pacing, clock, random, log), pace(pacing), decorate(), send(transport)],
  });

  const urlOf = (path: string, query: Readonly<Record<string, string>> = {}): string => {
    if (path.startsWith('https://')) return links.ofGraph(path);
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return `${base}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
  };

  const perform = async (
    order: Omit<CallOrder, 'cost'> & { cost?: number },
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> => {
    const call = new Call({ cost: costOf(order.method, order.url), ...order });
    const request = client
      .api(order.url)
      .responseType(ResponseType.RAW)
      .middlewareOptions([call])
      .headers({ ...headers });
    const body = order.body ?? '';
    if (order.method === 'GET') await request.get();
    else if (order.method === 'POST') await request.post(body);
    else if (order.method === 'PATCH') await request.patch(body);
    else if (order.method === 'PUT') await request.put(body);
    else await request.delete();
    if (isFault(call.failure, 'resync'))
      throw startingAt(call.failure, links.placeToStart(call.failure.location, call.url));
    if (call.failure !== undefined)
      throw call.failure instanceof Error ? call.failure : new Error('A call failed', { cause: call.failure });
    if (call.answer === undefined) throw new TypeError(`${call.what} ended without an answer`);
    return call.answer;
  };

  const json = async <T>(
    shape: ZodType<T>,
    method: string,
    path: string,
    body: Buffer | string | undefined,
    contentType: string,
    options: CallOptions,
  ): Promise<T> => {
    const { query, ifMatch, ...rest } = options;
    const url = urlOf(path, query);
    const headers = {
      ...(body === undefined ? {} : { 'Content-Type': contentType }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    };
    const answer = await perform({ ...rest, method, url, ...(body === undefined ? {} : { body }) }, headers);
    return parsed(shape, answer.bytes, method !== 'GET' && options.repeatable !== true);
  };

  const read: Graph['read'] = async (path, { query, post, ...rest }) => {
    const url = urlOf(path, query);
    const order =
      post === undefined ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(post), repeatable: true };
    const answer = await perform(
      { ...rest, ...order, url, want: 'stream' },
      post === undefined ? {} : { 'Content-Type': 'application/json' },
    );
    if (answer.stream === undefined)
      throw new Fault('invalid', 'Microsoft Graph answered a read with a redirect', {
        origin: 'graph',
        status: answer.status,
      });
    return downloadFrom(0, { ...answer, body: answer.stream }, rest.signal);
  };

  const content = createContentCalls({ transport, links, pacing, clock });

  return {
    get: (shape, path, options) => json(shape, 'GET', path, undefined, '', options),
    post: (shape, path, body, options) => json(shape, 'POST', path, JSON.stringify(body), 'application/json', options),
    patch: (shape, path, body, options) =>
      json(shape, 'PATCH', path, JSON.stringify(body), 'application/json', options),
    put: (shape, path, bytes, options) => json(shape, 'PUT', path, bytes, 'application/octet-stream', options),
    remove: async (path, options) => {
      await json(z.unknown(), 'DELETE', path, undefined, '', options);
    },
    page: async (item, path, options) => {
      const page = await json(pageOf(item), 'GET', path, undefined, '', options);
      const nextLink = page['@odata.nextLink'];
      const deltaLink = page['@odata.deltaLink'];
      return {
        value: page.value,
        ...(nextLink ? { nextLink: links.ofGraph(nextLink) } : {}),
        ...(deltaLink ? { deltaLink: links.ofGraph(deltaLink) } : {}),
      };
    },
    batch: (requests, context) =>
      batchOf(requests, context, {
        pacing,
        clock,
        base,
        send: (body, cost) =>
          perform(
            {
              ...context,
              method: 'POST',
              url: `${base}/$batch`,
              body,
              cost,
              repeatable: requests.every(({ method }) => method === 'GET'),
            },
            { 'Content-Type': 'application/json' },
          ),
      }),
    read,
    async download(path, { query, from = 0, ...rest }) {
      const order = { ...rest, method: 'GET', url: urlOf(path, query), want: 'stream' as const };
      const headers: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
      for (let addresses = 1; ; addresses++) {
        let answer: Answer;
        try {
          answer = await perform(order, headers);
        } catch (error) {
          if (isPastEnd(error, from)) return nothingLeft();
          throw error;
        }
        if (answer.stream !== undefined) return downloadFrom(from, { ...answer, body: answer.stream }, rest.signal);
        const location = answer.headers['location'];
        if (location === undefined)
          throw new Fault('unavailable', 'Microsoft Graph names no download address', {
            origin: 'graph',
            status: answer.status,
          });
        try {
          return await content.open(location, from, rest);
        } catch (error) {
          // Addresses live for minutes at most; another one is there for the asking.
          if (!(isFault(error, 'not-found') && error.code === 'LinkExpired') || addresses === MOST_ADDRESSES)
            throw error;
        }
      }
    },
    upload: (url, context) => uploadTarget(content, url, context),
    postContent: async (shape, url, body, context) => {
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (typeof body === 'object' && !Buffer.isBuffer(body)) headers['content-length'] = String(body.length);
      const answer = await content.json('POST', url, body, headers, context);
      return shaped(shape, answer.body, true);
    },
    async signIn() {
      tokens.discard();
      await tokens.getAccessToken();
    },
    close: () => transport.close(),
  };
}

/** The same fault with a place to start over from that may be followed, or none. */
const startingAt = (fault: Fault, location: string | undefined): Fault =>
  new Fault(fault.kind, fault.message, {
    origin: fault.origin,
    ...(fault.code === undefined ? {} : { code: fault.code }),
    ...(fault.status === undefined ? {} : { status: fault.status }),
    ...(location === undefined ? {} : { location }),
    cause: fault,
  });

/** A shape is made ready at its first use, which takes longer than to read a page with it. */
const pageShapes = new WeakMap<ZodType, unknown>();

function pageOf<Item>(item: ZodType<Item>): ReturnType<typeof pageShape<Item>> {
  const known = pageShapes.get(item) ?? pageShape(item);
  pageShapes.set(item, known);
  return known as ReturnType<typeof pageShape<Item>>;
}

const pageShape = <Item>(item: ZodType<Item>) =>
  z.object({
    value: z.array(item),
    '@odata.nextLink': z.string().nullish(),
    '@odata.deltaLink': z.string().nullish(),
  });

/** `isWrite`: the call may have had its effect although its answer cannot be used. */
function parsed<T>(shape: ZodType<T>, bytes: Buffer, isWrite: boolean): T {
  let value: unknown;
  try {
    value = bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new Fault('unavailable', 'Microsoft Graph gave an answer that is no JSON', {
      origin: 'graph',
      code: 'NoJson',
      outcomeUnknown: isWrite,
      cause,
    });
  }
  return shaped(shape, value, isWrite);
}

function shaped<T>(shape: ZodType<T>, value: unknown, isWrite: boolean): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues.map((issue) => issue.path.join('.')).slice(0, 3);
  throw new Fault('unavailable', `Microsoft Graph gave an answer of an unknown form (${where.join(', ')})`, {
    origin: 'graph',
    code: 'UnknownForm',
    outcomeUnknown: isWrite,
  });
}
