import { createServer, request as send } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `lose-answer`: the service does the work and the connection breaks before anybody hears of it. `lose-request`: it
 * breaks before the service. `busy`: 503. `full`: 507. `cut-body`: the answer ends half way.
 */
export type ProxyFault = 'lose-answer' | 'lose-request' | 'busy' | 'full' | 'cut-body';

export interface FaultyProxy {
  /** The same connection string, but through here. */
  readonly connectionString: string;
  /** What happens to the next requests for which `to` is true, one fault each; the rest passes. */
  fail(to: (method: string, url: string) => boolean, ...faults: readonly ProxyFault[]): void;
  /** Requests that came through since the last `fail`, as `METHOD path`. */
  readonly seen: readonly string[];
  stop(): Promise<void>;
}

/** Stands between a client and Azurite's services, and breaks what a test wants broken. */
export async function startFaultyProxy(connectionString: string): Promise<FaultyProxy> {
  let isMeant = (_method: string, _url: string): boolean => false;
  let faults: ProxyFault[] = [];
  const seen: string[] = [];
  const servers = await Promise.all(
    [...connectionString.matchAll(/127\.0\.0\.1:(\d+)/g)].map(async ([, port = '']) => {
      const server = createServer((incoming, outgoing) => {
        const { method = '', url = '' } = incoming;
        seen.push(`${method} ${url.split('?')[0]}`);
        void forward(incoming, outgoing, Number(port), isMeant(method, url) ? faults.shift() : undefined);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { port, server, own: (server.address() as AddressInfo).port };
    }),
  );

  return {
    connectionString: servers.reduce((text, { port, own }) => text.replace(`:${port}/`, `:${own}/`), connectionString),
    fail(to, ...next) {
      isMeant = to;
      faults = [...next];
      seen.length = 0;
    },
    seen,
    async stop() {
      for (const { server } of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
  fault: ProxyFault | undefined,
): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  if (fault === 'lose-request') return void outgoing.destroy();
  if (fault === 'busy') return void outgoing.writeHead(503, { 'x-ms-error-code': 'ServerBusy' }).end();
  if (fault === 'full') return void outgoing.writeHead(507, { 'x-ms-error-code': 'InsufficientAccountStorage' }).end();

  const { method, url, headers } = incoming;
  const onward = send({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    void (async () => {
      const body: Buffer[] = [];
      for await (const piece of answer) body.push(piece as Buffer);
      const whole = Buffer.concat(body);
      if (fault === 'lose-answer') return outgoing.destroy();
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (fault !== 'cut-body') return outgoing.end(whole);
      return outgoing.write(whole.subarray(0, whole.length / 2), () => outgoing.destroy());
    })();
  });
  onward.end(Buffer.concat(pieces));
}
