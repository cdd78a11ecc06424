import type { Readable } from 'node:stream';
import type { Clock } from '../../../engine/ports/clock.ts';
import type { Received, SentRequest, Transport } from '../../../graph/transport.ts';
import { Body } from './body.ts';
import type { CallBook, Entry } from './callBook.ts';
import type { App } from './calls.ts';
import { carryOut, type Surroundings } from './carryOut.ts';
import { batchParts, batchReply, type Part } from './graph/batch.ts';
import { FOREIGN, GRAPH, type Reply } from './graph/request.ts';
import { contentRoute, graphRoute, type Route } from './graph/routes.ts';
import type { TroubleHook } from './trouble.ts';
import { Troubles } from './troubles.ts';

/** So long a client waits for the head of an answer. */
const PATIENCE_MS = 100_000;

type Order = SentRequest & { readonly signal: AbortSignal };

/** What arrived, before it is known what it is. */
interface Arrived {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly trouble: TroubleHook | undefined;
}

/** The one wire to the tenant: Graph and the hosts of its links. */
export class Wire implements Transport {
  readonly #surroundings: Surroundings;
  readonly #clock: Clock;
  readonly book: CallBook;

  constructor(surroundings: Surroundings, clock: Clock, book: CallBook) {
    this.#surroundings = surroundings;
    this.#clock = clock;
    this.book = book;
  }

  async send(order: Order): Promise<Received> {
    if (order.signal.aborted) throw aborted(order.signal);
    const url = new URL(order.url);
    const headers = lowerCase(order.headers);
    const route = this.#routeOf(order.method, url, order.body);
    const app = this.#appOf(url, headers);
    const target = url.origin === GRAPH ? order.url.slice(GRAPH.length + 5) : url.pathname;
    const isRead =
      order.method === 'GET' || ['exchange.exportItems', 'exchangeIds.translate', 'batch'].includes(route.operation);
    const told = typeof order.body === 'string' ? order.body : '';
    const small = url.origin === GRAPH ? told : url.search;
    const entry = this.book.open(route, { app, method: order.method, target, isWrite: !isRead, body: small });
    this.book.checkHeaders(entry, headers, url.origin === GRAPH);
    // Whoever plans trouble may do so for one request at a time, while others are under way.
    const { trouble } = this.#surroundings.tenant();
    try {
      const body = await bytesOf(order.body);
      return await this.#answer(entry, route, { url, method: order.method, headers, body, trouble }, order.signal);
    } catch (error) {
      this.book.close(entry, 'broken');
      throw error;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #routeOf(method: string, url: URL, body: SentRequest['body']): Route {
    const isGraph = url.origin === GRAPH && url.pathname.startsWith('/v1.0/');
    const route = isGraph ? graphRoute(method, url.pathname.slice(5)) : contentRoute(method, url);
    if (route === undefined) {
      const what = `${method} ${url.origin}${url.pathname}`;
      this.book.violations.push(
        url.origin === FOREIGN
          ? `${what}: a link was followed to a host that is not the service's`
          : `${what}: unknown`,
      );
      throw new TypeError(`The simulated tenant does not know ${what}`);
    }
    if (route.operation !== 'batch') return route;
    // A batch is charged to whoever its parts are charged to.
    const [first] = batchParts(typeof body === 'string' ? body : '');
    const inner = first === undefined ? undefined : graphRoute(first.method, first.path);
    if (inner === undefined) return route;
    return { ...route, scope: inner.scope, ...(inner.resource === undefined ? {} : { resource: inner.resource }) };
  }

  #appOf(url: URL, headers: Readonly<Record<string, string>>): App {
    const { signIn, world } = this.#surroundings;
    if (url.origin === GRAPH) return signIn.nameIn((headers['authorization'] ?? '').slice('Bearer '.length));
    const session = url.searchParams.get('session') ?? url.searchParams.get('authtoken');
    const named = session === null ? url.searchParams.get('tempauth')?.split('.')[1] : world.sessions.get(session)?.app;
    return named === 'restore' ? 'restore' : 'backup';
  }

  async #answer(entry: Entry, route: Route, arrived: Arrived, signal: AbortSignal): Promise<Received> {
    const { tenant } = this.#surroundings;
    const troubles = new Troubles(entry, arrived.trouble?.(entry, tenant()));
    const delay = troubles.of('delay');
    if (delay !== undefined && delay.when !== 'after') await this.#clock.sleep(delay.ms, signal);
    const reply = troubles.answerInstead(this.#clock.now()) ?? (await this.#effect(entry, route, arrived, troubles));
    if (reply === 'reset') throw broken();
    if (reply === 'silence') {
      await this.#clock.sleep(PATIENCE_MS, signal);
      throw Object.assign(new Error('Headers Timeout Error'), { code: 'UND_ERR_HEADERS_TIMEOUT' });
    }
    if (delay?.when === 'after') await this.#clock.sleep(delay.ms, signal);
    const { chunks, error, isCut, isWhole } = troubles.bodyOf(reply);
    this.book.answered(entry, reply, isWhole);
    const isEncoded = reply.bytes === undefined || isCut;
    return received(isEncoded ? { ...reply, bytes: undefined } : reply, chunks, error, () =>
      this.book.close(entry, error === undefined ? reply.status : 'broken'),
    );
  }

  async #effect(
    entry: Entry,
    route: Route,
    arrived: Arrived,
    troubles: Troubles,
  ): Promise<Reply | 'reset' | 'silence'> {
    const { tenant } = this.#surroundings;
    const silence = troubles.of('silence');
    if (silence?.effect === false) return 'silence';
    const refusal = this.#refusalOf(arrived);
    const reply =
      refusal ??
      (route.operation === 'batch'
        ? this.#batch(entry, arrived)
        : carryOut(this.#surroundings, route, route.operation, { entry, ...inside(arrived) }, troubles));
    troubles.of('meanwhile')?.act(tenant());
    if (troubles.of('lostAnswer') !== undefined) return 'reset';
    return silence === undefined ? reply : 'silence';
  }

  #refusalOf({ url, headers }: Arrived): Reply | undefined {
    if (url.origin !== GRAPH) return undefined;
    const token = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1];
    if (token !== undefined && this.#surroundings.signIn.appOf(token) !== undefined) return undefined;
    const error = { code: 'InvalidAuthenticationToken', message: 'Access token has expired or is not yet valid.' };
    return { status: 401, text: JSON.stringify({ error }) };
  }

  #batch(entry: Entry, arrived: Arrived): Reply {
    const answered = batchParts(arrived.body.toString('utf8')).map((part) => this.#part(entry, part, arrived));
    return batchReply(answered);
  }

  #part(batch: Entry, part: Part, { headers: outer, trouble }: Arrived) {
    const { tenant } = this.#surroundings;
    const { method, path, target, body } = part;
    const route = graphRoute(method, path);
    if (route === undefined || route.operation === 'batch') {
      this.book.violations.push(`${method} ${path}: unknown, in a batch`);
      throw new TypeError(`The simulated tenant does not know ${method} ${path} in a batch`);
    }
    const entry = this.book.open(route, {
      app: batch.app,
      method,
      target,
      isWrite: method !== 'GET',
      body: body.length === 0 ? '' : body.toString('latin1'),
      batch: batch.number,
    });
    const headers = { ...lowerCase(part.headers), authorization: outer['authorization'] ?? '' };
    this.book.checkHeaders(entry, headers, true);
    const troubles = new Troubles(entry, trouble?.(entry, tenant()));
    const missing = troubles.of('missing');
    const instead = missing?.effect === false ? undefined : troubles.answerInstead(this.#clock.now());
    let reply: Reply | undefined;
    if (instead !== undefined && instead !== 'reset') reply = instead;
    else if (missing?.effect !== false) {
      const request = { entry, method, headers, body, path, query: new URLSearchParams(target.split('?')[1] ?? '') };
      reply = carryOut(this.#surroundings, route, route.operation, request, troubles);
      troubles.of('meanwhile')?.act(tenant());
    }
    if (reply !== undefined && missing === undefined) this.book.answered(entry, reply, true);
    this.book.close(entry, reply === undefined || missing !== undefined ? 'broken' : reply.status);
    return { id: part.id, reply: missing === undefined ? reply : undefined };
  }
}

const inside = ({ url, method, headers, body }: Arrived) => ({
  method,
  headers,
  body,
  path: url.pathname.replace(/^\/v1\.0/, ''),
  query: url.searchParams,
});

function received(reply: Reply, chunks: readonly Buffer[], error: Error | undefined, done: () => void): Received {
  const { status, headers, text, bytes, contentType } = reply;
  return {
    status,
    headers: {
      ...(text === undefined && contentType === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      ...(bytes === undefined ? {} : { 'content-length': String(bytes.length) }),
      ...headers,
    },
    body: new Body(chunks, { error, done }),
  };
}

const broken = (): Error => Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });

const aborted = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new DOMException('This operation was aborted', 'AbortError');

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const name in headers) lower[name.toLowerCase()] = headers[name] ?? '';
  return lower;
}

/** A body that is written as it comes is read to its end; when it breaks off, so does the request. */
async function bytesOf(body: Buffer | string | Readable | undefined): Promise<Buffer> {
  if (body === undefined || body === '') return EMPTY;
  if (typeof body === 'string') return Buffer.from(body);
  if (Buffer.isBuffer(body)) return body;
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts);
}

const EMPTY = Buffer.alloc(0);
