import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { openApiDir } from '../../dev/tenant/testing/besideTheRepository.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Where Graph's OpenAPI files are there, the demo tenant holds every request and every answer against them. */
const CHECKED = openApiDir === undefined ? '' : `--openapi ${path.relative(ROOT, openApiDir)}`;

export interface ProductOptions {
  /** Arguments of the demo tenant, such as `--seed small`; see dev/tenant/main.ts. */
  readonly tenant?: string;
  /** Settings beside those of the start itself. */
  readonly env?: Readonly<Record<string, string>>;
  /** Through npm, as people start it. Without, node runs the same module, a second sooner. */
  readonly byNpm?: boolean;
  /** With console and chat, as people start it. */
  readonly withBrowserParts?: boolean;
}

/** Where a start listens: what it says on its terminal. */
export interface Addresses {
  readonly api: string;
  /** Control endpoints of the demo tenant; absent where the settings name another tenant. */
  readonly control?: string;
  /** With `withBrowserParts`. */
  readonly chat?: string;
}

/**
 * `npm start -- --headless` on a temporary data folder: storage, demo tenant, Functions host and app as people run them.
 * It can be killed and started again on the same folder; `remove` leaves no process and no file behind.
 */
export class Product {
  readonly dataDir: string;
  /** What the start under way has said, line by line. */
  readonly lines: string[] = [];
  readonly #options: ProductOptions;
  #child: ChildProcess | undefined;
  #heard: PromiseWithResolvers<void> = Promise.withResolvers<void>();

  private constructor(dataDir: string, options: ProductOptions) {
    this.dataDir = dataDir;
    this.#options = options;
    process.once('exit', () => this.#killGroup());
  }

  static async make(options: ProductOptions = {}): Promise<Product> {
    return new Product(await mkdtemp(path.join(tmpdir(), 'holdfast-flow-')), options);
  }

  /** Makes one and starts it; nothing stays behind when it does not come up. */
  static async started(options: ProductOptions = {}): Promise<{ product: Product; addresses: Addresses }> {
    const product = await Product.make(options);
    try {
      return { product, addresses: await product.start() };
    } catch (error) {
      await product.remove();
      throw error;
    }
  }

  /** Resolves when the API answers under its address. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<Addresses> {
    const isWhole = this.#options.withBrowserParts === true;
    const args = ['--port', '0', '--recovery-key-file', path.join(this.dataDir, 'recovery.key')];
    this.#spawn(isWhole ? args : ['--headless', ...args], env);
    // The console is built first where it is older than its source.
    const [, said = ''] = await this.line(isWhole ? /^Console\s+(\S+)/ : /^API\s+(\S+)$/, isWhole ? 180_000 : 60_000);
    const chat = isWhole ? (await this.line(/^Chat\s+(http\S+)$/, 60_000))[1] : undefined;
    const control = this.lines
      .map((line) => /control: (\S+)\/control\)/.exec(line)?.[1])
      .find((url) => url !== undefined);
    return {
      api: isWhole ? `${said}/api` : said,
      ...(control === undefined ? {} : { control }),
      ...(chat === undefined ? {} : { chat }),
    };
  }

  /** Starts it with `args` and answers its exit code and all it said: for starts that are meant to end by themselves. */
  async runToEnd(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number | null; text: string }> {
    const child = this.#spawn(args, env);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, text: this.lines.join('\n') };
  }

  /** The first line that matches, said already or within `timeoutMs`. */
  async line(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const late = new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve(), { once: true }));
    for (;;) {
      const found = this.lines.map((line) => pattern.exec(line)).find((match) => match !== null);
      if (found !== undefined && found !== null) return found;
      if (deadline.aborted || !this.#isRunning())
        throw new Error(
          `The start did not say ${pattern} (${this.#isRunning() ? `in ${timeoutMs} ms` : 'it ended'}). ${this.report()}`,
        );
      await Promise.race([this.#heard.promise, late]);
    }
  }

  /** Ends the whole process group at once, as a power cut would; Azurite has a session of its own and lives on. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    this.#killGroup();
    await gone;
  }

  /** Ctrl-C. Answers the exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (!this.#isRunning()) return child.exitCode;
    const gone = once(child, 'exit') as Promise<[number | null]>;
    // A terminal sends it to the whole group.
    signalGroup(child.pid ?? 0, 'SIGINT');
    const [code] = await gone;
    return code;
  }

  /** Stops what runs, Azurite too, and removes the data folder. */
  async remove(): Promise<void> {
    await this.stop();
    this.#killGroup();
    await endAzurite(this.dataDir);
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Bytes that the processes of this start hold in memory now, by what they are. */
  memory(): { worker: number } {
    const worker = this.#worker();
    return { worker: worker === undefined ? 0 : residentBytes(worker) };
  }

  /** `kill -9` of the process that runs the functions alone; the host starts it again. False when there is none just now. */
  killWorker(): boolean {
    const worker = this.#worker();
    if (worker !== undefined) process.kill(worker, 'SIGKILL');
    return worker !== undefined;
  }

  #worker(): number | undefined {
    const identities = JSON.parse(readFileSync(path.join(this.dataDir, 'processes.json'), 'utf8')) as { pid: number }[];
    return identities.map(({ pid }) => pid).find((pid) => commandOf(pid).includes('dev/host/worker.ts'));
  }

  #spawn(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    this.lines.length = 0;
    const [command, before] =
      this.#options.byNpm === true
        ? ['npm', ['start', '--silent', '--']]
        : [process.execPath, [path.join(ROOT, 'dev/start.ts')]];
    const child = spawn(command as string, [...(before as string[]), '--data-dir', this.dataDir, ...args], {
      cwd: ROOT,
      detached: true,
      env: {
        ...ownEnvironment(),
        DEMO_TENANT_ARGS: `${this.#options.tenant ?? ''} ${CHECKED}`,
        ...this.#options.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => this.#hear(line));
    child.once('exit', () => this.#hear());
    return child;
  }

  #hear(line?: string): void {
    if (line !== undefined) this.lines.push(line);
    this.#heard.resolve();
    this.#heard = Promise.withResolvers<void>();
  }

  #isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #killGroup(): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  }

  /** What the start under way said and the end of its host's log: for the message of a test that failed. */
  report(): string {
    const ending = this.#child?.exitCode ?? this.#child?.signalCode ?? 'running';
    return `The start (${ending}) said:\n${this.lines.join('\n')}\n${this.#logs()}`;
  }

  #logs(): string {
    const file = path.join(this.dataDir, 'logs', 'host.log');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-4_000) : '';
  }
}

/** What configures a start is left out: a test says by itself what it wants. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const mine = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'SystemRoot', 'npm_config_cache', 'npm_config_userconfig'];
  return Object.fromEntries(mine.map((name) => [name, process.env[name]]));
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** After a kill nobody else ends it before its ten minutes alone are over. */
async function endAzurite(dataDir: string): Promise<void> {
  const { pid } = await readFile(path.join(dataDir, 'azurite.json'), 'utf8').then(
    (text) => JSON.parse(text) as { pid?: number },
    () => ({ pid: undefined }),
  );
  if (pid === undefined || !commandOf(pid).includes('azuriteProcess')) return;
  process.kill(pid, 'SIGKILL');
  while (commandOf(pid) !== '') await new Promise((resolve) => setTimeout(resolve, 20));
}

function commandOf(pid: number): string {
  const file = `/proc/${pid}/cmdline`;
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', ' ').trim();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? 0) * 1024;
}
