/** A small function app in which every feature of the local host can be seen from outside. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { app, type HttpRequest, type InvocationContext, type Timer } from '@azure/functions';
import { atReadersPace } from '../../../api/drain.ts';

app.setup({ enableHttpStream: true });

const told: { timer?: Timer } = {};

app.get('me', { route: 'api/me', handler: () => ({ jsonBody: { pid: process.pid } }) });

app.get('byId', {
  route: 'api/things/{id:regex(^[0-9a-f]{{4}}$)}',
  handler: (request: HttpRequest) => ({ jsonBody: { by: 'id', ...request.params, q: request.query.get('q') } }),
});

app.get('byName', {
  route: 'api/things/{name}',
  handler: (request: HttpRequest) => ({ jsonBody: { by: 'name', ...request.params } }),
});

app.get('rest', {
  route: '{*path}',
  handler: (request: HttpRequest) => ({ jsonBody: { by: 'rest', ...request.params } }),
});

app.get('download', {
  route: 'api/download/{bytes:int}',
  handler: (request: HttpRequest, context: InvocationContext) => ({
    headers: { 'content-type': 'application/octet-stream' },
    body: atReadersPace(context.invocationId, bytes(Number(request.params['bytes']))),
  }),
});

app.get('brokenDownload', {
  route: 'api/broken-download',
  handler: (_: HttpRequest, context: InvocationContext) => ({ body: atReadersPace(context.invocationId, broken()) }),
});

app.post('upload', {
  route: 'api/upload',
  handler: async (request: HttpRequest) => {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of request.body ?? []) {
      hash.update(chunk as Uint8Array);
      length += (chunk as Uint8Array).byteLength;
    }
    return { jsonBody: { length, sha256: hash.digest('hex') } };
  },
});

app.post('refusesUpload', {
  route: 'api/refuses-upload',
  handler: () => ({ status: 413, jsonBody: { title: 'Too large' } }),
});

app.get('throws', {
  route: 'api/throws',
  handler: () => {
    throw new Error('as asked');
  },
});

app.get('dies', { route: 'api/dies', handler: () => process.exit(9) });

app.get('memory', { route: 'api/memory', handler: () => ({ jsonBody: process.memoryUsage() }) });

app.get('headers', {
  route: 'api/headers',
  handler: (request: HttpRequest) => ({ jsonBody: { url: request.url, ...Object.fromEntries(request.headers) } }),
});

app.timer('everySecond', {
  schedule: '%EVERY_SECOND%',
  handler: (timer: Timer) => {
    told.timer = timer;
  },
});

app.get('timerSaid', { route: 'api/timer', handler: () => ({ jsonBody: told }) });

interface Job {
  readonly id: string;
  readonly does: 'succeed' | 'throw' | 'die' | 'work';
  readonly ms?: number;
}

app.storageQueue('work', {
  queueName: 'work',
  connection: 'STORAGE_CONNECTION_STRING',
  handler: async (message: unknown, context: InvocationContext) => {
    const job = message as Job;
    context.log(`job ${job.id} try ${String(context.triggerMetadata?.['dequeueCount'])} starts`);
    if (job.does === 'throw') throw new Error('as asked');
    if (job.does === 'die') process.exit(9);
    if (job.does === 'work') await delay(job.ms ?? 0);
    context.log(`job ${job.id} is done`);
  },
});

async function* bytes(count: number): AsyncGenerator<Uint8Array> {
  const size = 256 * 1024;
  for (let sent = 0; sent < count; sent += size) yield new Uint8Array(Math.min(size, count - sent));
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield* bytes(1024 * 1024);
  throw new Error('the source broke');
}
