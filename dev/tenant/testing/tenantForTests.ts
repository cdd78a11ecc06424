import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import { DEFAULT_APPS, DEFAULT_THROTTLE, type AppRegistration, type TenantOptions } from '../options.ts';
import { startTenant, type DemoTenant } from '../tenant.ts';
import { corpusDir, openApiDir } from './besideTheRepository.ts';

export { corpusDir, openApiDir };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly bytes: Buffer;
}

/** A client that trusts only the tenant's own authority, and a shorthand for its endpoints. */
export interface TestTenant extends DemoTenant {
  readonly dataDir: string;
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Calls Graph: reads as the backup app, writes as the restore app unless named; a path starts after the version, or is a whole link. */
  graph(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
    app?: AppRegistration,
  ): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  token(app: AppRegistration): Promise<string>;
  /** The next calls fetch tokens anew, with the roles granted by then. */
  forgetTokens(): void;
  /** Follows nextLinks to the end; gives all entries and the deltaLink, if any. */
  all(
    path: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ value: Record<string, unknown>[]; pages: number; deltaLink: string | undefined }>;
  stop(): Promise<void>;
}

/** Starts a tenant of its own in a folder of its own. Without options: a small seed, no throttling, schemas checked. */
export async function tenantForTests(options: Partial<TenantOptions> = {}): Promise<TestTenant> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'demo-tenant-'));
  const tenant = await startTenant({
    seed: 'small',
    openApiDir,
    latencyMs: 0,
    throttle: { ...DEFAULT_THROTTLE, enabled: false },
    ...options,
    dataDir,
  });
  const agent = new Agent({ connect: { ca: tenant.ca } });
  const tokens = new Map<string, string>();

  const test: TestTenant = {
    ...tenant,
    dataDir,
    fetch: (url, init) => fetch(url, { dispatcher: agent, redirect: 'manual', ...init }),
    token: async (app) => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: app.clientId,
        client_secret: app.secret ?? '',
        scope: `${tenant.graphUrl}/.default`,
      });
      const response = await test.fetch(`${tenant.authorityUrl}/${tenant.tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        body: form,
      });
      return ((await response.json()) as { access_token: string }).access_token;
    },
    forgetTokens: () => tokens.clear(),
    graph: async (
      method,
      path,
      body,
      headers = {},
      app = method === 'GET' ? DEFAULT_APPS.backup : DEFAULT_APPS.restore,
    ) => {
      const token = tokens.get(app.clientId) ?? (await test.token(app));
      tokens.set(app.clientId, token);
      const isRaw = body instanceof Uint8Array || typeof body === 'string';
      const response = await test.fetch(path.startsWith('http') ? path : `${tenant.graphUrl}/v1.0${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body === undefined || isRaw ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
      });
      return answerOf(response);
    },
    control: async (method, path, body) => {
      const response = await fetch(`${tenant.controlUrl}/control${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await response.json()) as Record<string, unknown>;
      if (!response.ok) throw new Error(String(answer['error']));
      return answer;
    },
    all: async (path, headers = {}) => {
      const value: Record<string, unknown>[] = [];
      let next: string | undefined = path;
      let deltaLink: string | undefined;
      let pages = 0;
      while (next !== undefined) {
        const answer = await test.graph('GET', next, undefined, headers, DEFAULT_APPS.backup);
        if (answer.status !== 200) throw new Error(`${next}: ${answer.status} ${JSON.stringify(answer.body)}`);
        pages += 1;
        value.push(...(answer.body['value'] as Record<string, unknown>[]));
        next = answer.body['@odata.nextLink'] as string | undefined;
        deltaLink = answer.body['@odata.deltaLink'] as string | undefined;
      }
      return { value, pages, deltaLink };
    },
    stop: async () => {
      await agent.destroy();
      await tenant.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return test;
}

async function answerOf(response: Response): Promise<Answer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.includes('json') === true && bytes.length > 0;
  return {
    status: response.status,
    headers: new Headers([...response.headers]),
    bytes,
    body: isJson ? (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>) : {},
  };
}

export function errorCode(answer: Answer): string | undefined {
  return (answer.body['error'] as { code?: string } | undefined)?.code;
}
