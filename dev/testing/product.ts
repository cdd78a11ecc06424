import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type AzuriteState, azuriteStateFile } from '../azurite.ts';
import { isAlive } from '../processIdentity.ts';
import { openApiDir } from '../tenant/testing/besideTheRepository.ts';

export interface ProductOptions {
  readonly dataDir: string;
  readonly args?: readonly string[];
  /** Beside the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A small tenant without throttling, in slices so small that every continuation path runs. */
export const SMALL = {
  DEMO_TENANT_ARGS: `--seed small --throttle off${openApiDir === undefined ? '' : ` --openapi ${openApiDir}`}`,
  SLICE_ITEMS: '3',
  JOB_SECONDS: '2',
} as const;

/** `npm start -- --headless` in a process group of its own, watched through what it prints and through its API. */
export class Product {
  readonly #child: ChildProcess;
  static readonly #started = new Set<Product>();
  readonly #wakers = new Set<() => void>();
  #output = '';
  #token: string | undefined;
  readonly startedAtMs = Date.now();

  private constructor(options: ProductOptions) {
    this.#child = spawn(
      process.execPath,
      [
        path.join(import.meta.dirname, '../start.ts'),
        '--headless',
        '--data-dir',
        options.dataDir,
        '--port',
        '0',
        ...(options.args ?? []),
      ],
      { detached: true, cwd: tmpdir(), env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    this.#child.once('exit', () => this.#hear(''));
  }

  static start(options: ProductOptions): Product {
    const product = new Product(options);
    Product.#started.add(product);
    return product;
  }

  /** Ends what a test that failed half way left running. */
  static async killAll(): Promise<void> {
    await Promise.all([...Product.#started].map((product) => product.killGroup()));
    Product.#started.clear();
  }

  /** Everything printed so far, both streams. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with the match of `pattern` in the output, now or later. Rejects when the process ends without it. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found;
      if (this.#hasEnded()) throw new Error(`The start ended without saying ${String(pattern)}:\n${this.#output}`);
      await new Promise<void>((resolve) => this.#wakers.add(resolve));
    }
  }

  /** `kill -9` of the whole process group: start, worker, tenant, all but Azurite. */
  async killGroup(): Promise<void> {
    if (this.#hasEnded() || this.#child.pid === undefined) return;
    const ended = once(this.#child, 'exit');
    process.kill(-this.#child.pid, 'SIGKILL');
    await ended;
  }

  /** Ctrl-C as a terminal sends it: to the whole group. Resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    if (!this.#hasEnded() && this.#child.pid !== undefined) {
      const ended = once(this.#child, 'exit');
      process.kill(-this.#child.pid, 'SIGINT');
      await ended;
    }
    return this.#child.exitCode;
  }

  async ended(): Promise<number | null> {
    if (!this.#hasEnded()) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  /** The API as the demo tenant's admin. */
  async api<T>(schema: z.ZodType<T>, where: string): Promise<T> {
    const [, api = ''] = await this.said(/^API +(\S+)$/m);
    this.#token ??= await this.#adminToken();
    const answer = await fetch(`${api}${where}`, { headers: { authorization: `Bearer ${this.#token}` } });
    if (!answer.ok) throw new Error(`GET ${where} answered ${answer.status}: ${await answer.text()}`);
    return schema.parse(await answer.json());
  }

  /** What the product asked of the demo tenant against its contract, and what would have reached somebody: nothing, in a good test. */
  async complaints(): Promise<string[]> {
    const list = z.object({ value: z.array(z.unknown()) });
    const found = ['violations', 'outgoing'].map(async (what) => {
      const answer = await fetch(`${await this.#control()}/control/${what}`);
      return list.parse(await answer.json()).value.map((one) => JSON.stringify(one));
    });
    return (await Promise.all(found)).flat();
  }

  async #control(): Promise<string> {
    const [, control = ''] = await this.said(/control: (\S+)\/control/);
    return control;
  }

  async #adminToken(): Promise<string> {
    const body = JSON.stringify({ user: 'anna.lindqvist@demo.holdfast.example' });
    const answer = await fetch(`${await this.#control()}/control/token`, { method: 'POST', body });
    return z.object({ token: z.string() }).parse(await answer.json()).token;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #hear(text: string): void {
    this.#output += text;
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }
}

/** The Azurite that a killed start left running in `dataDir`. */
export function azuriteIn(dataDir: string): AzuriteState | undefined {
  const file = azuriteStateFile(dataDir);
  if (!existsSync(file)) return undefined;
  const state = JSON.parse(readFileSync(file, 'utf8')) as AzuriteState;
  return isAlive(state) ? state : undefined;
}

/** Ends it at once: for the end of a test that is done with its data. */
export async function endAzurite(dataDir: string): Promise<void> {
  const state = azuriteIn(dataDir);
  if (state === undefined) return;
  process.kill(state.pid, 'SIGKILL');
  while (isAlive(state)) await delay(20);
}

const counts = z.object({
  listed: z.number(),
  stored: z.number(),
  reused: z.number(),
  skipped: z.number(),
  failed: z.number(),
  vanished: z.number(),
  outOfScope: z.number(),
  pending: z.number(),
  containers: z.number(),
});
type Counts = z.infer<typeof counts>;

const run = z.object({ id: z.string(), state: z.string(), status: z.string().optional(), counts });
export const runList = z.object({ value: z.array(run) });

/** Items of which it is known what became of them. */
export const decided = (c: Counts) => c.stored + c.reused + c.skipped + c.failed + c.vanished + c.outOfScope;

/** `1,234` as it is printed. */
export const numberOf = (text: string | undefined) => Number(text?.replaceAll(',', ''));
