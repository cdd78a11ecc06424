import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type HostJson, readHostJson } from './hostJson.ts';
import { startHttpFront } from './http.ts';
import type { LogSink } from './log.ts';
import type { Binding, Invocation, RegisteredFunction } from './protocol.ts';
import { startQueueListener } from './queueListener.ts';
import { startTimer } from './timers.ts';
import { WorkerProcess } from './workerProcess.ts';

export interface HostOptions {
  /** Absolute path of the module that registers the functions. */
  readonly app: string;
  readonly hostJson: string;
  /** The whole environment of the worker; also where `%NAME%` and connection settings of bindings are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder for what the host itself remembers. */
  readonly stateFolder: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly address?: string;
  readonly log: LogSink;
}

export interface FunctionsHost {
  readonly url: string;
  readonly functionNames: readonly string[];
  /** Process id of the worker that runs now. */
  workerPid(): Promise<number | undefined>;
  /** Begins timers and queues; until then only HTTP is served. */
  startTriggers(): void;
  /** Takes no more work, waits up to `graceMs` for what is under way, ends the worker. Messages not done are given back. */
  stop(graceMs: number): Promise<void>;
}

interface Stoppable {
  stop(): Promise<void>;
}

/**
 * A Functions host for one machine: runs the function app that is deployed, in a worker process of its own, with HTTP,
 * timer and storage queue triggers that behave as in Azure. Rejects with the app's message when the app cannot start.
 */
export async function startHost(options: HostOptions): Promise<FunctionsHost> {
  const hostJson = readHostJson(options.hostJson);
  const worker = await WorkerProcess.start({ entry: options.app, env: options.env, log: options.log });
  const { functions } = await worker.ready;
  const triggers: Stoppable[] = [];
  try {
    const starters = functions.flatMap((registered) => triggerStarters(registered, worker, hostJson, options));
    const address = options.address ?? '127.0.0.1';
    const front = await startHttpFront({
      worker,
      functions,
      routePrefix: hostJson.routePrefix,
      host: address,
      port: options.port,
      log: options.log,
    });
    return {
      url: `http://${address === '127.0.0.1' ? 'localhost' : address}:${front.port}`,
      functionNames: functions.map(({ name }) => name),
      workerPid: async () => (await worker.ready).pid,
      startTriggers: () => {
        for (const start of starters.splice(0)) triggers.push(start());
      },
      stop: async (graceMs) => {
        const triggersEnded = triggers.map((trigger) => trigger.stop());
        await Promise.all([worker.stop(graceMs), front.stop(graceMs)]);
        await Promise.all(triggersEnded);
      },
    };
  } catch (error) {
    await worker.stop(0);
    throw error;
  }
}

function triggerStarters(
  registered: RegisteredFunction,
  worker: WorkerProcess,
  hostJson: HostJson,
  options: HostOptions,
): (() => Stoppable)[] {
  const invoke = (invocation: Invocation) => withTimeout(worker, invocation, hostJson.functionTimeoutMs, options.log);
  return Object.entries(registered.bindings).flatMap(([bindingName, binding]) => {
    const text = (property: string) => setting(binding, property, options.env);
    const common = { functionName: registered.name, bindingName, invoke, log: options.log };
    switch (binding.type) {
      case 'timerTrigger': {
        const timer = {
          ...common,
          schedule: text('schedule'),
          runOnStartup: binding['runOnStartup'] === true,
          useMonitor: binding['useMonitor'] !== false,
          retry: registered.retryOptions,
          stateFile: path.join(options.stateFolder, 'timers.json'),
          timeZone: options.env['WEBSITE_TIME_ZONE'] ?? 'UTC',
        };
        return [() => startTimer(timer)];
      }
      case 'queueTrigger': {
        const queue = {
          ...common,
          queueName: text('queueName'),
          connectionString: connectionString(binding, options.env),
          options: hostJson.queues,
        };
        return [() => startQueueListener(queue)];
      }
      case 'httpTrigger':
      case 'http':
        return [];
      default:
        throw new Error(`${registered.name} uses the binding ${binding.type}, which the local host does not have`);
    }
  });
}

/** As in Azure, a function that runs over the time limit takes its worker with it. */
async function withTimeout(
  worker: WorkerProcess,
  invocation: Invocation,
  timeoutMs: number,
  log: LogSink,
): Promise<void> {
  const done = new AbortController();
  const late = delay(timeoutMs, 'late' as const, { signal: done.signal }).catch(() => undefined);
  const invoked = worker.invoke(invocation);
  try {
    if ((await Promise.race([invoked, late])) === 'late') {
      log({
        level: 'error',
        message: `${invocation.functionName} ran over ${timeoutMs / 1000} s`,
        functionName: invocation.functionName,
      });
      await worker.kill();
      await invoked;
    }
  } finally {
    done.abort();
  }
}

/** A binding's property, with `%NAME%` replaced from the environment. */
function setting(binding: Binding, property: string, env: HostOptions['env']): string {
  const text = binding[property];
  if (typeof text !== 'string') throw new Error(`The ${binding.type} binding has no ${property}`);
  return text.replaceAll(/%([^%]+)%/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined) throw new Error(`The setting ${name}, which a ${binding.type} binding names, is missing`);
    return value;
  });
}

function connectionString(binding: Binding, env: HostOptions['env']): string {
  const name =
    typeof binding['connection'] === 'string' && binding['connection'] !== ''
      ? binding['connection']
      : 'AzureWebJobsStorage';
  const value = env[`AzureWebJobs${name}`] ?? env[name];
  if (value === undefined) throw new Error(`The storage connection ${name}, which a queue trigger names, is missing`);
  return value;
}
