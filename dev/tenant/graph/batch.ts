import { GraphError, jsonBody, type Call, type Handlers, type Reply } from './call.ts';
import type { GraphService } from './graphService.ts';
import { WRITE_LIMIT } from './graphServer.ts';

const LARGEST_BATCH = 20;
/** Requests that nothing orders run this many at a time. */
const PARALLEL = 4;

interface InnerRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly dependsOn?: readonly string[];
}

interface InnerReply {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** $batch: up to twenty requests with a status each; one that is throttled does not stop the others. */
export function batchHandlers(service: () => GraphService): Handlers {
  return {
    'POST /$batch': async (call) => {
      const requests = (await jsonBody(call))['requests'] as InnerRequest[] | undefined;
      if (!Array.isArray(requests) || requests.length === 0 || requests.length > LARGEST_BATCH) {
        throw new GraphError(
          400,
          'BadRequest',
          `Number of batch request steps must be between 1 and ${LARGEST_BATCH}.`,
        );
      }
      const ids = new Set(requests.map((request) => request.id));
      if (ids.size !== requests.length) throw new GraphError(400, 'BadRequest', 'Request ids must be unique.');
      if (requests.some((request) => request.dependsOn?.some((id) => !ids.has(id)) === true))
        throw new GraphError(400, 'BadRequest', 'dependsOn names an unknown request.');
      return {
        status: 200,
        json: { responses: await runAll(service(), call, requests) },
      };
    },
  };
}

async function runAll(service: GraphService, call: Call, requests: readonly InnerRequest[]): Promise<InnerReply[]> {
  const done = new Map<string, InnerReply>();
  let waiting = [...requests];
  while (waiting.length > 0) {
    const ready = waiting.filter((request) => (request.dependsOn ?? []).every((id) => done.has(id))).slice(0, PARALLEL);
    if (ready.length === 0) throw new GraphError(400, 'BadRequest', 'dependsOn is circular.');
    for (const reply of await Promise.all(ready.map((request) => runOne(service, call, request, done))))
      done.set(reply.id, reply);
    waiting = waiting.filter((request) => !done.has(request.id));
  }
  return [...done.values()];
}

async function runOne(
  service: GraphService,
  call: Call,
  request: InnerRequest,
  done: ReadonlyMap<string, InnerReply>,
): Promise<InnerReply> {
  const failed = request.dependsOn?.some((id) => (done.get(id)?.status ?? 500) >= 400) === true;
  if (failed)
    return {
      id: request.id,
      status: 424,
      headers: {},
      body: { error: { code: 'failedDependency', message: 'A request this one depends on failed.' } },
    };
  const headers: Record<string, string> = { authorization: call.headers['authorization'] ?? '' };
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  const bytes = bodyBytes(request, headers);
  const reply = await service.answer({
    method: request.method.toUpperCase(),
    target: `/${call.version}${request.url.startsWith('/') ? '' : '/'}${request.url}`,
    headers: { ...headers, 'content-length': String(bytes.length) },
    body: { bytes: () => Promise.resolve(bytes), stream: () => streamOf(bytes) },
  });
  const body = await innerBody(reply).finally(() => reply.done?.());
  return {
    id: request.id,
    status: reply.status,
    headers: { ...contentType(reply), ...reply.headers },
    ...(body === undefined ? {} : { body }),
  };
}

function bodyBytes(request: InnerRequest, headers: Readonly<Record<string, string>>): Buffer {
  if (request.body === undefined) return Buffer.alloc(0);
  const isJson = (headers['content-type'] ?? 'application/json').includes('json');
  const bytes = isJson ? Buffer.from(JSON.stringify(request.body)) : Buffer.from(String(request.body), 'base64');
  if (bytes.length > WRITE_LIMIT)
    throw new GraphError(413, 'RequestEntityTooLarge', 'The request entity is too large.');
  return bytes;
}

async function* streamOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Bytes travel as base64 inside a batch. */
async function innerBody(reply: Reply): Promise<unknown> {
  if (reply.stream !== undefined) return Buffer.concat(await Array.fromAsync(reply.stream)).toString('base64');
  return reply.json ?? (reply.bytes === undefined ? undefined : Buffer.from(reply.bytes).toString('base64'));
}

function contentType(reply: Reply): Record<string, string> {
  if (reply.json !== undefined) return { 'Content-Type': 'application/json' };
  return reply.bytes === undefined && reply.stream === undefined
    ? {}
    : { 'Content-Type': reply.contentType ?? 'application/octet-stream' };
}
