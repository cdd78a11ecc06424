/**
 * Registers the functions of the app. Nothing else is loaded here: a worker is ready before it knows storage or Graph,
 * and a queue worker never loads what only people need.
 */
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { paths, type RouteName } from '../contract/paths.ts';
import { atReadersPace } from './drain.ts';
import type { HttpAnswer } from './http/answer.ts';

app.setup({ enableHttpStream: true });

const running = () => import('./running.ts').then((module) => module.running());

app.hook.appStart(async () => {
  // Wrong settings stop the app at its start, all of them named, rather than at the first call.
  const { readSettings } = await import('./settings.ts');
  readSettings();
  // Not waited for: people are served while open work is taken up.
  import('./running.ts').then(({ takeUp }) => takeUp()).catch(reportTakeUp);
});
app.hook.appTerminate(async () => (await import('./running.ts')).stop());

const reportTakeUp = (error: unknown) =>
  console.error(
    JSON.stringify({
      level: 'error',
      event: 'start.takeUpFailed',
      error: error instanceof Error ? error.name : 'unknown',
    }),
  );

/** The account of the queue triggers: its name is the Functions runtime's own. */
const connection = 'AzureWebJobsStorage';

const serve =
  (answering: 'api' | 'console' | 'messages') =>
  async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const { http } = await running();
    return sent(await http[answering](request), context);
  };

function sent({ status, headers, body }: HttpAnswer, context: InvocationContext): HttpResponseInit {
  if (body === undefined) return { status, headers };
  return { status, headers, body: typeof body === 'string' ? body : atReadersPace(context.invocationId, body) };
}

for (const [name, { method, path }] of Object.entries(paths) as [RouteName, (typeof paths)[RouteName]][]) {
  const methods: ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE')[] =
    method === 'GET' ? ['GET', 'HEAD'] : [method];
  app.http(name, { methods, route: `api${path}`, authLevel: 'anonymous', handler: serve('api') });
}
app.http('messages', { methods: ['POST'], route: 'api/messages', authLevel: 'anonymous', handler: serve('messages') });
app.http('unknownAddress', {
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  route: 'api/{*path}',
  authLevel: 'anonymous',
  handler: serve('api'),
});
app.http('console', { methods: ['GET', 'HEAD'], route: '{*path}', authLevel: 'anonymous', handler: serve('console') });

for (const queue of ['backup', 'history', 'restore'] as const) {
  app.storageQueue(queue, {
    queueName: queue,
    connection,
    handler: async (message) => (await running()).queues.onNudge(queue, message),
  });
  app.storageQueue(`${queue}Poison`, {
    queueName: `${queue}-poison`,
    connection,
    handler: async (message) => (await running()).queues.onPoisoned(queue, message),
  });
}

app.storageQueue('sweep', {
  queueName: 'sweep',
  connection,
  handler: async (message) => (await running()).queues.onSweep(message),
});
app.storageQueue('sweepPoison', {
  queueName: 'sweep-poison',
  connection,
  handler: async (message) => (await running()).queues.onSweepPoisoned(message),
});

app.timer('schedule', { schedule: '0 */5 * * * *', handler: async () => (await running()).timers.schedule() });
app.timer('deliver', { schedule: '*/15 * * * * *', handler: async () => (await running()).timers.deliver() });
app.timer('watchdog', { schedule: '30 */5 * * * *', handler: async () => (await running()).timers.watchdog() });
