import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as forward,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { LogSink } from './log.ts';
import type { Invocation, RegisteredFunction } from './protocol.ts';
import { type RouteMatch, routeTable } from './routes.ts';
import { WorkerDied, type WorkerProcess } from './workerProcess.ts';

export interface HttpFrontOptions {
  readonly worker: WorkerProcess;
  readonly functions: readonly RegisteredFunction[];
  readonly routePrefix: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: LogSink;
}

export interface HttpFront {
  readonly port: number;
  /** Takes no new connection, and resolves when the last answer is out or `graceMs` passed. */
  stop(graceMs: number): Promise<void>;
}

const INVOCATION_ID = 'x-ms-invocation-id';
/** Between two hops, not from end to end (RFC 9110 7.6.1); `expect` was answered here. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/**
 * The HTTP side of the host. Bodies are never held here: the request goes to the worker's own HTTP port with the id of
 * its invocation, and both directions stream at the slower side's pace.
 */
export async function startHttpFront(options: HttpFrontOptions): Promise<HttpFront> {
  const agent = new Agent({ keepAlive: true });
  const match = routeTable(options.functions.flatMap((registered) => toRoutes(registered, options.routePrefix)));
  const server = createServer((request, response) => {
    const url = request.url ?? '/';
    const route = match(request.method ?? 'GET', url.split('?', 1)[0] ?? '/');
    if (route === undefined) {
      response.writeHead(404).end();
      return;
    }
    void answer({ ...options, agent, route, request, response });
  });
  // A download to a slow reader or a long upload is not a fault.
  server.requestTimeout = 0;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return { port: address.port, stop: (graceMs) => stopServer(server, agent, graceMs) };
}

interface Exchange {
  readonly worker: WorkerProcess;
  readonly log: LogSink;
  readonly agent: Agent;
  readonly route: RouteMatch<{ readonly name: string; readonly bindingName: string }>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(exchange: Exchange): Promise<void> {
  const { log, route, response } = exchange;
  const invocationId = randomUUID();
  const functionName = route.target.name;
  const taker = await exchange.worker.taker();
  const clientGone = new AbortController();
  response.once('close', () => clientGone.abort());
  // The worker waits for the forwarded request, and the forwarded request for the worker's answer: both at once.
  const forwarded = forwardTo(taker.httpUri, invocationId, exchange, clientGone.signal);
  const invoked = taker.invoke(toInvocation(invocationId, exchange)).catch((error: unknown) => {
    log({ level: 'error', message: `${functionName} failed: ${String(error)}`, functionName, invocationId });
    fail(response, error instanceof WorkerDied ? 503 : 500, invocationId);
  });
  await Promise.all([
    invoked,
    forwarded.catch((error: unknown) => refuse(error, exchange, invocationId, clientGone.signal)),
  ]);
}

function refuse(error: unknown, { response, route, log }: Exchange, invocationId: string, signal: AbortSignal): void {
  if (signal.aborted) return;
  log({
    level: 'warning',
    message: `${route.target.name} lost its connection: ${String(error)}`,
    functionName: route.target.name,
    invocationId,
  });
  fail(response, 503, invocationId);
}

/** Says what can still be said: a status while no byte is out, else a cut connection, so that nobody takes half for whole. */
function fail(response: ServerResponse, status: number, reference: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const title = status === 503 ? 'The service is starting again' : 'Something went wrong';
  const problem = { type: 'about:blank', title, status, detail: `${title}. Try again in a moment.`, reference };
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    ...(status === 503 && { 'retry-after': '2' }),
  });
  response.end(JSON.stringify(problem));
}

async function forwardTo(
  httpUri: string | undefined,
  invocationId: string,
  exchange: Exchange,
  clientGone: AbortSignal,
): Promise<void> {
  const { request, response, agent } = exchange;
  if (httpUri === undefined)
    throw new Error('The app has HTTP functions and did not call setup({ enableHttpStream: true })');
  const target: RequestOptions = {
    agent,
    host: '127.0.0.1',
    port: new URL(httpUri).port,
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: { ...endToEnd(request.headers), ...forwardedFor(request), [INVOCATION_ID]: invocationId },
  };
  const outgoing = forward(target);
  if (request.headers['transfer-encoding'] !== undefined) outgoing.setHeader('transfer-encoding', 'chunked');
  outgoing.flushHeaders();
  const socket = once(outgoing, 'socket') as Promise<[Socket]>;
  // The invocation waits for this request, so its head must reach the worker even when the client has gone already.
  clientGone.addEventListener('abort', () => void socket.then(connected).then(() => outgoing.destroy()));
  request.pipe(outgoing);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  // What goes wrong from here on shows at the answer, which the pipeline below watches.
  outgoing.on('error', () => outgoing.destroy());
  const { [INVOCATION_ID]: _, ...headers } = endToEnd(incoming.headers);
  response.writeHead(incoming.statusCode ?? 502, headers);
  try {
    await pipeline(incoming, response);
  } finally {
    // A handler may answer before it read the whole upload (401, 413): the rest is of no interest to anybody.
    request.unpipe(outgoing);
    request.resume();
    if (!outgoing.writableFinished) outgoing.destroy();
  }
}

async function connected([socket]: [Socket]): Promise<void> {
  if (socket.connecting) await once(socket, 'connect');
}

const endToEnd = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));

function forwardedFor(request: IncomingMessage): Record<string, string> {
  return {
    'x-forwarded-host': request.headers.host ?? 'localhost',
    'x-forwarded-proto': 'http',
    'x-forwarded-for': request.socket.remoteAddress ?? '127.0.0.1',
  };
}

function toInvocation(invocationId: string, { route, request }: Exchange): Invocation {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  const params = Object.entries(route.params).map(([name, value]) => [name, { string: value }] as const);
  return {
    invocationId,
    functionName: route.target.name,
    inputData: [{ name: route.target.bindingName, data: {} }],
    triggerMetadata: {
      ...Object.fromEntries(params),
      Headers: { json: JSON.stringify({ ...headers, ...forwardedFor(request) }) },
    },
  };
}

function toRoutes(registered: RegisteredFunction, prefix: string) {
  return Object.entries(registered.bindings)
    .filter(([, binding]) => binding.type === 'httpTrigger')
    .map(([bindingName, binding]) => {
      const own = typeof binding['route'] === 'string' ? binding['route'] : registered.name;
      const methods = Array.isArray(binding['methods'])
        ? binding['methods'].map((method) => String(method).toUpperCase())
        : ['GET', 'POST'];
      return {
        methods,
        template: [prefix, own].filter((part) => part !== '').join('/'),
        target: { name: registered.name, bindingName },
      };
    });
}

async function stopServer(server: Server, agent: Agent, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const lastWord = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(lastWord);
  agent.destroy();
}
