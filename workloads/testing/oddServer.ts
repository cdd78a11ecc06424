import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { serverCertificate } from '../../dev/tenant/ca.ts';
import { createGraph, createPacing, type Clock, type GraphConnection } from '../../graph/index.ts';
import type { WorkloadPermission } from '../../engine/connector.ts';
import { permissionsOf, quietLog, realClock } from './demoTenant.ts';
import { createRecorder } from '../../graph/testing/recorder.ts';

/** One request as the server got it. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What it answers. `body` goes out as it is; objects as JSON. */
export interface Says {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer | object;
}

export type Script = (asked: Asked) => Says;

/** An HTTPS server that answers Graph calls by a script, and a connection to it: for answers that no polite server gives. */
export interface OddServer {
  readonly url: string;
  readonly graph: GraphConnection;
  /** Every call to Graph and to content, token calls left out. */
  readonly asked: Asked[];
  /** Takes the place of the script. */
  answer(script: Script): void;
  /** Takes the place of the token endpoint's good answer. */
  tokens(script: Script): void;
  /** Rejects when anything was asked against the published contract; what the server answers is its own affair. */
  stop(): Promise<void>;
}

const TENANT = '11111111-2222-4333-8444-555555555555';

/** `permissions`: what the app was granted beside what the workloads name. */
export async function startOddServer(
  clock: Clock = hurried,
  permissions: readonly WorkloadPermission[] = [],
): Promise<OddServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-odd-'));
  const { ca, certificate, key } = await serverCertificate(folder, ['localhost']);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ca]);
  const asked: Asked[] = [];
  const named: string[] = [];
  let script: Script = () => ({ status: 404 });
  let tokens: Script | undefined;
  let signIns = 0;
  const server = createServer({ cert: certificate, key }, (request, response) => {
    void bodyOf(request).then((body) => {
      const one = {
        method: request.method ?? '',
        url: new URL(request.url ?? '/', 'https://localhost'),
        headers: request.headers,
        body,
      };
      if (one.url.pathname.endsWith('/.well-known/openid-configuration')) say(response, metadata(url));
      else if (one.url.pathname.endsWith('/oauth2/v2.0/token'))
        say(
          response,
          tokens?.(one) ?? { body: { token_type: 'Bearer', expires_in: 3600, access_token: `token ${++signIns}` } },
        );
      else {
        asked.push(one);
        const says = script(one);
        named.push(JSON.stringify(says.body ?? ''), new URL(says.headers?.['location'] ?? url, one.url).href);
        say(response, says);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const granted = [...permissionsOf('backup'), ...permissionsOf('restore'), ...permissions.map(({ name }) => name)];
  const recorder = createRecorder(url, new Set(granted));
  const graph = createGraph({
    endpoint: url,
    authorityHost: url,
    tenantId: TENANT,
    clientId: 'app',
    credential: { kind: 'secret', secret: 'secret' },
    contentHosts: [],
    pacing: createPacing({ clock, clientId: 'app', holder: 'test' }),
    clock,
    log: quietLog,
    // Links that an answer names are the server's own, and so is what lies outside of Graph.
    observe: (sent) => {
      const { pathname } = new URL(sent.url);
      if (/^\/(v1\.0|beta)\//.test(pathname) && !named.some((text) => text.includes(pathname))) recorder.observe(sent);
    },
  });
  return {
    url,
    graph,
    asked,
    answer: (next) => (script = next),
    tokens: (next) => (tokens = next),
    async stop() {
      await graph.close();
      await closed(server);
      await rm(folder, { recursive: true, force: true });
      assert.deepEqual(recorder.violations, []);
    },
  };
}

/** Pauses between tries are no part of what these tests are about. */
export const hurried: Clock = { ...realClock, sleep: () => Promise.resolve() };

const metadata = (url: string): Says => ({
  body: {
    issuer: `${url}/${TENANT}/v2.0`,
    authorization_endpoint: `${url}/${TENANT}/oauth2/v2.0/authorize`,
    token_endpoint: `${url}/${TENANT}/oauth2/v2.0/token`,
    jwks_uri: `${url}/${TENANT}/discovery/v2.0/keys`,
  },
});

function say(response: ServerResponse, { status = 200, headers, body }: Says): void {
  const isObject = typeof body === 'object' && !Buffer.isBuffer(body);
  response.writeHead(status, { ...(isObject ? { 'content-type': 'application/json' } : {}), ...headers });
  response.end(isObject ? JSON.stringify(body) : (body ?? ''));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

export const graphError = (status: number, code: string): Says => ({
  status,
  body: { error: { code, message: code } },
});

/** Answers each part of a `$batch` by `script`. */
export const batched = (asked: Asked, script: Script): Says => {
  const { requests } = JSON.parse(asked.body) as { requests: { id: string; method: string; url: string }[] };
  return {
    body: {
      responses: requests.map(({ id, method, url }) => {
        const {
          status = 200,
          headers,
          body,
        } = script({
          method,
          url: new URL(`/v1.0${url}`, 'https://localhost'),
          headers: {},
          body: '',
        });
        return { id, status, headers, body };
      }),
    },
  };
};
