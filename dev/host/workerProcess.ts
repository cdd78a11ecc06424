import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fromPrinted, type LogSink } from './log.ts';
import type { FromWorker, Invocation, LogLevel, RegisteredFunction, ToWorker } from './protocol.ts';

export interface WorkerOptions {
  /** Absolute path of the module that registers the functions. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: LogSink;
  /** Called when a worker ended that nobody asked to end, before the next one is started. */
  readonly onRestart?: () => void;
}

/** An invocation that went under with its worker: nobody knows how far it came. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied';
}

const RESTART_DELAYS_MS = [0, 500, 1_000, 2_000, 5_000, 10_000];
/** A worker that lived this long was healthy: the next death starts the delays anew. */
const HEALTHY_MS = 60_000;

interface Started {
  readonly child: ChildProcess;
  readonly functions: readonly RegisteredFunction[];
  readonly httpUri: string | undefined;
}

type Pending = PromiseWithResolvers<void>;

/** The one worker process of a host. It is started again whenever it dies, until `stop`. */
export class WorkerProcess {
  readonly #options: WorkerOptions;
  readonly #pending = new Map<string, Pending>();
  #current: Promise<Started>;
  #deaths = 0;
  #isStopping = false;

  private constructor(options: WorkerOptions, first: Promise<Started>) {
    this.#options = options;
    this.#current = first;
  }

  /** Rejects with the app's own message when the app cannot start: a first start that fails is not tried again. */
  static async start(options: WorkerOptions): Promise<WorkerProcess> {
    const started = await startChild(options);
    const worker = new WorkerProcess(options, Promise.resolve(started));
    worker.#attend(started);
    return worker;
  }

  /** Resolves when a worker is there to take work. */
  get ready(): Promise<{ readonly functions: readonly RegisteredFunction[]; readonly pid: number | undefined }> {
    return this.#current.then(({ child, functions }) => ({ functions, pid: child.pid }));
  }

  /** Number of invocations under way. */
  get busy(): number {
    return this.#pending.size;
  }

  /** The worker that takes work now. What it is given goes under with it, never over to its successor. */
  async taker(): Promise<{ readonly httpUri: string | undefined; invoke(invocation: Invocation): Promise<void> }> {
    const { child, httpUri } = await this.#current;
    return { httpUri, invoke: (invocation) => this.#invoke(child, invocation) };
  }

  /** Resolves when the function returned; rejects with what it threw, or with WorkerDied. */
  async invoke(invocation: Invocation): Promise<void> {
    const taker = await this.taker();
    return taker.invoke(invocation);
  }

  #invoke(child: ChildProcess, invocation: Invocation): Promise<void> {
    if (hasEnded(child)) return Promise.reject(new WorkerDied('The worker process ended'));
    const pending: Pending = Promise.withResolvers<void>();
    this.#pending.set(invocation.invocationId, pending);
    const message: ToWorker = { kind: 'invoke', invocation };
    child.send(message, (error) => {
      if (error !== null) this.#settle(invocation.invocationId, new WorkerDied(`The worker is gone: ${error.message}`));
    });
    return pending.promise;
  }

  /** Ends the worker at once; the next one is started, and what was under way fails with WorkerDied. */
  async kill(): Promise<void> {
    const { child } = await this.#current;
    child.kill('SIGKILL');
  }

  /** Tells the app to finish, waits up to `graceMs` for what is under way, then ends the process. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const { child } = await this.#current.catch(() => ({ child: undefined }));
    if (child === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    if (child.connected) child.send({ kind: 'terminate' } satisfies ToWorker);
    const quiet = Promise.allSettled([...this.#pending.values()].map(({ promise }) => promise));
    const timer = new AbortController();
    await Promise.race([quiet, ended, delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    if (child.connected) child.disconnect();
    const lastWord = setTimeout(() => child.kill('SIGKILL'), 2_000);
    await ended;
    clearTimeout(lastWord);
  }

  #settle(invocationId: string, error?: Error): void {
    const pending = this.#pending.get(invocationId);
    this.#pending.delete(invocationId);
    if (error === undefined) pending?.resolve();
    else pending?.reject(error);
  }

  #attend({ child }: Started): void {
    const startedAt = Date.now();
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'done')
        this.#settle(message.invocationId, message.error === undefined ? undefined : new Error(message.error));
    });
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      for (const id of this.#pending.keys()) this.#settle(id, new WorkerDied(`The worker process ended (${how})`));
      if (this.#isStopping) return;
      this.#options.log({ level: 'error', message: `The worker process ended (${how}) and is started again` });
      this.#options.onRestart?.();
      this.#deaths = Date.now() - startedAt > HEALTHY_MS ? 0 : this.#deaths;
      this.#current = this.#restart();
      this.#current.catch((error: unknown) =>
        this.#options.log({ level: 'critical', message: `The worker process does not start: ${String(error)}` }),
      );
    });
  }

  async #restart(): Promise<Started> {
    const wait = RESTART_DELAYS_MS[Math.min(this.#deaths, RESTART_DELAYS_MS.length - 1)] ?? 0;
    this.#deaths++;
    await delay(wait);
    if (this.#isStopping) throw new WorkerDied('The host is stopping');
    try {
      const started = await startChild(this.#options);
      this.#attend(started);
      return started;
    } catch (error) {
      this.#options.log({ level: 'error', message: `The worker process did not start: ${String(error)}` });
      return this.#restart();
    }
  }
}

/**
 * Content passes in buffers: every read of a socket is a new one. V8 counts the memory of young buffers only against the
 * capacity that its young generation may have (32 MB unless told, and twice that before it looks), lets garbage grow to
 * several times what lives, and glibc keeps what was freed in one arena per thread: a file of 4 GB took up to 326 MB to
 * read back, and 260 with these. Azure takes the same (infra/modules/functionApp.bicep).
 */
export const LEAN_HEAP = [
  '--scavenger-max-new-space-capacity-mb=2',
  '--max-semi-space-size=2',
  '--heap-growing-percent=30',
];
/** `punycode`, by packages of others: nothing that whoever reads the log can act on. */
const QUIET = ['--disable-warning=DEP0040'];
export const LEAN_ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function startChild(options: WorkerOptions): Promise<Started> {
  const child = fork(path.join(import.meta.dirname, 'worker.ts'), [options.entry], {
    env: { ...LEAN_ALLOCATOR, ...options.env, FUNCTIONS_WORKER_RUNTIME: 'node' },
    execArgv: [...LEAN_HEAP, ...QUIET],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  forwardLines(child.stdout, 'information', options.log);
  forwardLines(child.stderr, 'warning', options.log);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`The worker process ended while it started (${signal ?? code})`)),
    );
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve({ child, functions: message.functions, httpUri: message.httpUri });
      if (message.kind === 'refused') reject(new Error(message.message));
      if (message.kind === 'log') {
        const { kind: _, ...line } = message;
        options.log(line);
      }
    });
  });
}

function forwardLines(stream: Readable | null, level: LogLevel, log: LogSink): void {
  if (stream === null) return;
  createInterface({ input: stream }).on('line', (text) => log(fromPrinted(text, level)));
}
