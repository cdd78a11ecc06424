import type { Operation, PathMatch } from '../contract/contract.ts';

/** Who calls: an app by its own token, with the roles that count now. */
export interface Caller {
  readonly appId: string;
  readonly roles: ReadonlySet<string>;
}

/** One request to Graph, alone or inside a batch, after its path was recognised. */
export interface Call {
  readonly method: string;
  readonly version: 'v1.0' | 'beta';
  /** Raw path after the version. */
  readonly path: string;
  readonly match: PathMatch;
  readonly operation: Operation;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: CallBody;
  readonly caller: Caller;
  /** https origin of Graph. */
  readonly origin: string;
}

export interface CallBody {
  /** Whole body; refuses more than the 4 MB that Graph takes in one write. */
  bytes(): Promise<Buffer>;
  /** The body as it arrives, without that limit. */
  stream(): AsyncIterable<Uint8Array>;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  /** Content that is read while it is sent; without a length it goes out in chunks. */
  readonly stream?: AsyncIterable<Uint8Array>;
  readonly length?: number;
  readonly contentType?: string;
  /** Called once when the reply was sent or given up; until then the request counts as in flight. */
  readonly done?: () => void;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

/** Handlers by `METHOD documented-path`. */
export type Handlers = Readonly<Record<string, Handler>>;

/** Path parameter number `index`; the contract guarantees that it is there. */
export function parameter(call: Call, index: number): string {
  return call.match.parameters[index] ?? '';
}

export async function jsonBody(call: Call): Promise<Record<string, unknown>> {
  const text = (await call.body.bytes()).toString('utf8');
  if (text === '') return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new GraphError(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
      { cause },
    );
  }
}

interface GraphErrorOptions extends ErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly innerCode?: string;
}

/** An error as Graph answers it. */
export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly innerCode: string | undefined;

  constructor(status: number, code: string, message: string, options: GraphErrorOptions = {}) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.innerCode = options.innerCode;
  }

  body(requestId: string): Record<string, unknown> {
    const innerError = {
      ...(this.innerCode === undefined ? {} : { code: this.innerCode }),
      date: new Date().toISOString().slice(0, 19),
      'request-id': requestId,
      'client-request-id': requestId,
    };
    return { error: { code: this.code, message: this.message, innerError } };
  }
}

/** Values of the Prefer header, such as `odata.maxpagesize` → `100`; a bare preference maps to an empty text. */
export function preferences(call: Call): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of (call.headers['prefer'] ?? '').split(',')) {
    const [name = '', value = ''] = part.trim().split('=');
    if (name !== '') found.set(name.toLowerCase(), value.replace(/^"|"$/g, ''));
  }
  return found;
}
