import { preferOf } from '../middleware/decorate.ts';
import type { SentRequest } from '../transport.ts';
import { loadGraphContract, type GraphContract } from './openApi.ts';

/** Watches what a connection sends and holds it against the published contract. */
export interface Recorder {
  /** Give this to `createGraph`. */
  readonly observe: (sent: SentRequest) => void;
  readonly requests: readonly SentRequest[];
  /** What was sent against the contract, a line each. Empty at the end of a good test. */
  readonly violations: readonly string[];
  /** False where the published contract is not beside the repository: then only our own rules are checked. */
  readonly checksContract: boolean;
}

let contract: GraphContract | undefined;
let isLoaded = false;

/** `permissions`: what the app asks for; a call that none of them allows is a violation. */
export function createRecorder(endpoint: string, permissions: ReadonlySet<string>): Recorder {
  if (!isLoaded) contract = loadGraphContract();
  isLoaded = true;
  const requests: SentRequest[] = [];
  const violations: string[] = [];
  const origin = new URL(endpoint).origin;
  return {
    requests,
    violations,
    checksContract: contract !== undefined,
    observe(sent) {
      requests.push(sent);
      const url = new URL(sent.url);
      const found =
        url.origin === origin
          ? graphFaults(sent.method, url, sent.headers['prefer'], bodyOf(sent), permissions)
          : contentFaults(sent);
      violations.push(...found);
    },
  };
}

const contentFaults = (sent: SentRequest): string[] =>
  Object.keys(sent.headers).some((name) => name.toLowerCase() === 'authorization')
    ? [`${sent.method} of content carries a token`]
    : [];

function graphFaults(
  method: string,
  url: URL,
  prefer: string | undefined,
  body: unknown,
  permissions: ReadonlySet<string>,
): string[] {
  const pathname = url.pathname.replace(/^\/v1\.0/, '');
  const faults: string[] = [];
  if (preferOf(pathname, []) !== undefined && prefer?.includes('IdType="ImmutableId"') !== true)
    faults.push('does not ask for immutable ids');
  const declared = contract?.find(method, pathname);
  const name = `${method} ${declared?.path ?? pathname}`;
  if (contract !== undefined) {
    if (declared === undefined) return [`${name}: no such path`];
    if (declared.operation === undefined) return [`${name}: no such method`];
    if (declared.operation['x-app-only'] === 'no') faults.push('is not for apps');
    for (const query of url.searchParams.keys())
      if (!declared.queryNames.has(query) && !query.includes('@')) faults.push(`knows no query ${query}`);
    if (declared.accepted.length > 0 && !declared.accepted.some((one) => permissions.has(one)))
      faults.push(`needs one of ${declared.accepted.join(', ')}`);
    const bodyFault = Buffer.isBuffer(body) ? undefined : declared.bodyFault(body);
    if (bodyFault !== undefined) faults.push(bodyFault);
  }
  const inner = pathname === '/$batch' ? batchFaults(body, url.origin, permissions) : [];
  return [...faults.map((fault) => `${name}: ${fault}`), ...inner];
}

interface InnerRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function batchFaults(body: unknown, origin: string, permissions: ReadonlySet<string>): string[] {
  const { requests } = body as { readonly requests: readonly InnerRequest[] };
  return requests.flatMap(({ method, url, headers, body: inner }) =>
    graphFaults(method, new URL(`${origin}/v1.0${url}`), headers?.['Prefer'], inner, permissions),
  );
}

/** JSON as an object, raw bytes as they are. */
function bodyOf({ body, headers }: SentRequest): unknown {
  if (body === undefined || body === '') return undefined;
  const isJson = Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value.startsWith('application/json'),
  );
  return isJson && typeof body === 'string' ? JSON.parse(body) : Buffer.from('');
}
