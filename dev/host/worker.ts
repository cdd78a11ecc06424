/**
 * The worker process: runs the function app of argv[2] as Azure's Node worker does and answers the host over IPC.
 * It ends when the host is gone, however the host went.
 */
// Azure's sandbox keeps the worker's HTTP port from the network. Here nobody does.
import '../loopbackOnly.ts';
import { inspect } from 'node:util';
import { pathToFileURL } from 'node:url';
import { CoreApi, type ProgrammingModel } from './coreApi.ts';
import type { FromWorker, Invocation, LogLevel, ToWorker } from './protocol.ts';

const send = (message: FromWorker) => {
  if (process.connected) process.send?.(message);
};
const core = new CoreApi((level, message) => send({ kind: 'log', level, message }));
const appHookData = {};

async function start(entry: string): Promise<ProgrammingModel> {
  core.install();
  await import(pathToFileURL(entry).href);
  core.lock();
  const model = core.model;
  if (model === undefined) throw new Error(`${entry} registered no function`);
  await core.runHooks('appStart', { appHookData, hookData: {} });
  const capabilities = await model.getCapabilities({});
  const functions = [...core.functions.values()].map(({ metadata }) => metadata);
  send({
    kind: 'ready',
    functions,
    ...(capabilities['HttpUri'] !== undefined && { httpUri: capabilities['HttpUri'] }),
  });
  return model;
}

async function invoke(model: ProgrammingModel, invocation: Invocation): Promise<void> {
  const { invocationId, functionName } = invocation;
  const registered = core.functions.get(functionName);
  if (registered === undefined) throw new Error(`No function is called ${functionName}`);
  const log = (level: LogLevel, _category: string, message: string) =>
    send({ kind: 'log', level, message, functionName, invocationId });
  const run = model.getInvocationModel({ invocationId, request: invocation, metadata: registered.metadata, log });
  const { context, inputs } = await run.getArguments();
  const hookContext = {
    appHookData,
    hookData: {},
    invocationContext: context,
    inputs,
    functionCallback: registered.callback,
  };
  await core.runHooks('preInvocation', hookContext);
  const result = await run.invokeFunction(context, inputs, registered.callback);
  await core.runHooks('postInvocation', { ...hookContext, result });
  await run.getResponse(context, result);
}

const entry = process.argv[2];
if (entry === undefined) throw new Error('usage: worker.ts APP');

// Ctrl-C reaches the whole process group; the host decides when the worker ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));

start(entry).then(
  (model) => {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'terminate') {
        void core.runHooks('appTerminate', { appHookData, hookData: {} });
        return;
      }
      const { invocationId } = message.invocation;
      invoke(model, message.invocation).then(
        () => send({ kind: 'done', invocationId }),
        (error: unknown) =>
          send({
            kind: 'done',
            invocationId,
            error: error instanceof Error ? (error.stack ?? error.message) : inspect(error),
          }),
      );
    });
  },
  (error: unknown) => {
    send({ kind: 'refused', message: error instanceof Error ? (error.stack ?? error.message) : inspect(error) });
    process.exitCode = 1;
    process.disconnect();
  },
);
