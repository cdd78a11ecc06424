import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { COMPILE_CACHE } from '../compileCache.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../processIdentity.ts';

/**
 * The processes of one start. Their ids are written down, so that the next start can end what a killed one left behind:
 * two tenants or two workers on the same data would fight.
 */
export class Children {
  readonly #file: string;
  readonly #running = new Map<ChildProcess, ProcessIdentity | undefined>();
  #others: readonly ProcessIdentity[] = [];

  constructor(dataDir: string) {
    this.#file = path.join(dataDir, 'processes.json');
  }

  /** Ends what an earlier start left running. Call it while holding the lock of the data folder. */
  async endLeftovers(): Promise<void> {
    const leftovers = readIdentities(this.#file).filter(isAlive);
    for (const { pid } of leftovers) process.kill(pid, 'SIGKILL');
    while (leftovers.some(isAlive)) await delay(20);
    rmSync(this.#file, { force: true });
  }

  fork(module: string, args: readonly string[], options: ForkOptions): ChildProcess {
    const env = { NODE_COMPILE_CACHE: COMPILE_CACHE, ...(options.env ?? process.env) };
    const child = fork(module, [...args], { ...options, env });
    this.#running.set(child, child.pid === undefined ? undefined : identityOf(child.pid));
    this.#note();
    child.once('exit', () => {
      this.#running.delete(child);
      this.#note();
    });
    return child;
  }

  /** Notes processes that others started too, from now on with every change. */
  noteOthers(pids: readonly number[]): void {
    this.#others = pids.map(identityOf).filter((identity) => identity !== undefined);
    this.#note();
  }

  #note(): void {
    const running = [...this.#running.values()].filter((identity) => identity !== undefined);
    const identities = [...running, ...this.#others.filter(isAlive)];
    writeFileSync(`${this.#file}.new`, JSON.stringify(identities));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function readIdentities(file: string): ProcessIdentity[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity[];
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Asks by SIGTERM, and insists after `graceMs`. */
export async function endChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(insist);
}
