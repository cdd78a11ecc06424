import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Agent, request as send } from 'undici';

/** One request as it came. */
export interface Asked {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What goes back. `end`: how the connection ends; `whole` when it is not said. */
export interface Says {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `never`: nothing is answered. `middle`: the body breaks off half way. */
  readonly end?: 'never' | 'middle';
  readonly waitMs?: number;
}

export type Answering = (asked: Asked) => Promise<Says>;

export interface Listening {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Listens over https with the tenant's own certificate, so that one CA is enough. */
export async function listenAs(host: string, caPath: string, answering: Answering): Promise<Listening> {
  const folder = path.dirname(caPath);
  const [key, cert] = ['server.key', 'server.pem'].map((name) => readFileSync(path.join(folder, name)));
  const server = createServer({ key, cert, maxHeaderSize: 128 * 1024 }, (request, response) => {
    answer(request, response, answering).catch((error: unknown) => {
      console.error('rude graph', error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    origin: `https://${host}:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, answering: Answering): Promise<void> {
  // A client that goes away is its own affair.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  const asked = { method: request.method ?? '', target: request.url ?? '', headers, body: Buffer.concat(parts) };
  const says = await answering(asked);
  if (says.waitMs !== undefined) await new Promise((resolve) => setTimeout(resolve, says.waitMs));
  if (says.end === 'never') {
    request.socket.destroy();
    return;
  }
  response.sendDate = says.headers['date'] === undefined;
  response.writeHead(says.status, says.headers);
  if (says.end === 'middle') {
    response.write(says.body.subarray(0, Math.floor(says.body.length / 2)), () => request.socket.destroy());
    return;
  }
  response.end(says.body);
}

/** Hands requests on to the tenant. */
export class Upstream {
  readonly #agent: Agent;

  constructor(caPath: string) {
    this.#agent = new Agent({ connect: { ca: readFileSync(caPath) } });
  }

  async ask(origin: string, { method, target, headers, body }: Asked): Promise<Says> {
    const passed = Object.entries(headers).filter(
      ([name]) =>
        !['host', 'connection', 'transfer-encoding', 'content-length', 'accept-encoding', 'expect'].includes(name),
    );
    const answered = await send(`${origin}${target}`, {
      dispatcher: this.#agent,
      method: method as 'GET',
      headers: Object.fromEntries(passed),
      body: body.length === 0 ? null : body,
    });
    const bytes = Buffer.from(await answered.body.arrayBuffer());
    const given = Object.entries(answered.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value[0] : value,
    ]);
    const kept = given.filter(([name]) => !['connection', 'transfer-encoding', 'keep-alive'].includes(name ?? ''));
    return { status: answered.statusCode, headers: Object.fromEntries(kept) as Record<string, string>, body: bytes };
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}
