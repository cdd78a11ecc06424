import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { matchPath, type Operation, type PathMatch } from '../contract/contract.ts';
import { GraphError, type Call, type CallBody, type Handlers, type Reply } from './call.ts';
import type { CallerReader } from './callerOf.ts';
import type { Faults } from './faults.ts';
import type { Recorder } from './recorder.ts';
import type { SchemaCheck } from './schemaCheck.ts';
import type { Throttle } from './throttle.ts';

export interface RawRequest {
  readonly method: string;
  /** Path and query, starting with the version. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: CallBody;
}

export interface GraphServiceParts {
  readonly origin: string;
  readonly callers: CallerReader;
  readonly recorder: Recorder;
  readonly throttle: Throttle;
  readonly faults: Faults;
  latencyMs(): number;
  readonly handlers: Handlers;
  readonly schemas: SchemaCheck | undefined;
}

/** Query names that every operation takes although no document lists them. */
const ALWAYS_ALLOWED = new Set(['$format']);

/** Graph itself: recognises a request, checks it against the contract, budgets and roles, and answers it. */
export class GraphService {
  readonly #parts: GraphServiceParts;

  constructor(parts: GraphServiceParts) {
    this.#parts = parts;
  }

  async answer(request: RawRequest): Promise<Reply> {
    const requestId = request.headers['client-request-id'] ?? randomUUID();
    const headers = { 'request-id': requestId, 'client-request-id': requestId };
    let kind = `${request.method} unknown`;
    let reply: Reply;
    try {
      const url = new URL(request.target.replace(/^\/*/, '/'), this.#parts.origin);
      const [, version = '', ...rest] = url.pathname.split('/');
      const path = `/${rest.join('/')}`;
      const match = matchPath(version, path);
      kind =
        match === undefined
          ? kind
          : `${request.method} ${match.rule.version === 'beta' ? '/beta' : ''}${match.rule.path}`;
      const early = await this.#parts.faults.before(request.method, `${url.pathname}${url.search}`);
      reply = early ?? (await this.#answerKnown(request, url, path, match));
      reply = this.#parts.faults.after(request.method, `${url.pathname}${url.search}`, reply);
    } catch (error) {
      const refusal = error instanceof GraphError ? error : this.#surprise(request, error);
      reply = { status: refusal.status, json: refusal.body(requestId), headers: refusal.headers };
    }
    this.#parts.recorder.request(kind, reply.status);
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }

  /** A fault of the demo tenant itself must not look like one of the client: it is recorded, so tests notice. */
  #surprise(request: RawRequest, error: unknown): GraphError {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#parts.recorder.violation('internal', `${request.method} ${request.target}`, detail);
    return new GraphError(500, 'generalException', 'General exception while processing', { cause: error });
  }

  async #answerKnown(request: RawRequest, url: URL, path: string, match: PathMatch | undefined): Promise<Reply> {
    const operation = this.#declared(request, url, match);
    if (match === undefined || operation === undefined)
      throw new GraphError(400, 'BadRequest', `Resource not found for the segment '${path.split('/').at(-1) ?? ''}'.`);
    const caller = await this.#parts.callers.read(request.headers['authorization']);
    const call: Call = {
      method: request.method,
      version: match.rule.version,
      path,
      match,
      operation,
      query: url.searchParams,
      headers: request.headers,
      body: request.body,
      caller,
      origin: this.#parts.origin,
    };
    this.#checkRoles(call, request);
    const handler =
      this.#parts.handlers[`${request.method} ${match.rule.version === 'beta' ? '/beta' : ''}${match.rule.path}`] ??
      this.#parts.handlers[`${request.method} ${match.rule.path}`];
    if (handler === undefined)
      throw new GraphError(501, 'notImplemented', 'The demo tenant does not play this operation.');
    const admission = this.#parts.throttle.enter(call);
    try {
      if (this.#parts.latencyMs() > 0) await delay(this.#parts.latencyMs());
      await this.#checkBody(call);
      const reply = await handler(call);
      this.#parts.schemas?.checkReply(call, reply);
      return { ...reply, headers: { ...admission.headers(), ...reply.headers }, done: () => admission.leave() };
    } catch (error) {
      admission.leave();
      throw error;
    }
  }

  #declared(request: RawRequest, url: URL, match: PathMatch | undefined): Operation | undefined {
    const shown = `${request.method} ${request.target}`;
    const operation = match?.rule.methods[request.method];
    if (match === undefined)
      this.#parts.recorder.violation('path', shown, 'This path is not declared in the contract.');
    else if (operation === undefined) {
      this.#parts.recorder.violation(
        'method',
        shown,
        `${match.rule.path} declares ${Object.keys(match.rule.methods).join(', ')}.`,
      );
      throw new GraphError(405, 'Request_BadRequest', `Specified HTTP method is not allowed for the request target.`);
    }
    for (const name of url.searchParams.keys()) {
      if (operation !== undefined && !operation.query.includes(name) && !ALWAYS_ALLOWED.has(name)) {
        this.#parts.recorder.violation(
          'query',
          shown,
          `The query name ${name} is not declared for ${match?.rule.path ?? ''}.`,
        );
        throw new GraphError(400, 'BadRequest', `Query option '${name}' is not allowed.`);
      }
    }
    return operation;
  }

  #checkRoles(call: Call, request: RawRequest): void {
    const { roles, delegatedOnly } = call.operation;
    if (delegatedOnly !== true && (roles.length === 0 || roles.some((role) => call.caller.roles.has(role)))) return;
    this.#parts.recorder.violation(
      'role',
      `${request.method} ${request.target}`,
      `Needs one of ${roles.join(', ')}; app ${call.caller.appId} has ${[...call.caller.roles].join(', ') || 'none'}.`,
    );
    throw refusal(call);
  }

  /** Bodies are checked for undeclared properties here; their meaning is checked by the handlers. */
  async #checkBody(call: Call): Promise<void> {
    const type = call.headers['content-type'] ?? '';
    if (!['POST', 'PATCH', 'PUT'].includes(call.method) || !type.includes('json') || call.operation.body === undefined)
      return;
    const text = (await call.body.bytes()).toString('utf8');
    const shown = `${call.method} ${call.path}`;
    let value: unknown;
    try {
      value = text === '' ? {} : JSON.parse(text);
    } catch (cause) {
      this.#parts.recorder.violation('body', shown, 'The body is not JSON.');
      throw new GraphError(400, 'BadRequest', 'Unable to read JSON request payload.', { cause });
    }
    const unknown = Object.keys(value as Record<string, unknown>).filter(
      (name) => !name.includes('@') && !call.operation.body?.includes(name),
    );
    if (unknown.length > 0) {
      this.#parts.recorder.violation('body', shown, `Undeclared properties: ${unknown.join(', ')}.`);
      throw new GraphError(
        400,
        'RequestBodyRead',
        `The property '${unknown[0]}' does not exist on the type of the request.`,
      );
    }
    this.#parts.schemas?.checkRequest(call, value);
  }
}

/** Each service of Microsoft 365 has its own word for a missing permission. */
function refusal(call: Call): GraphError {
  const path = call.match.rule.path;
  if (/\/(drive|drives)(\/|$)/.test(path)) return new GraphError(403, 'accessDenied', 'Access denied');
  if (/mail|messages|admin\/exchange|translateExchangeIds|sendMail/i.test(path))
    return new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  return new GraphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}
