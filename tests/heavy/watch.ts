import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 250;

export interface Peaks {
  /** Bytes, the most that any worker of any start held. */
  readonly worker: number;
  readonly host: number;
}

/** Looks at the memory of the worker and of the host process until it is stopped, through any number of restarts. */
export class MemoryWatch {
  readonly #dataDir: string;
  readonly #timer: NodeJS.Timeout;
  #peaks = { worker: 0, host: 0 };
  #proc: string | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** Since the last `begin`. A watch that saw no worker has measured nothing and says so. */
  get peaks(): Peaks {
    if (this.#peaks.worker === 0) throw new Error(`No worker of ${this.#dataDir} was seen`);
    return { ...this.#peaks };
  }

  /** What the processes hold now, in bytes. */
  now(): Peaks {
    const worker = this.#worker();
    if (worker === undefined) return { worker: 0, host: 0 };
    return { worker: numberOf(worker, 'VmRSS'), host: numberOf(this.#host(worker), 'VmRSS') };
  }

  /** Forgets the peaks so far. */
  begin(): void {
    this.#peaks = this.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const { worker, host } = this.now();
    this.#peaks = { worker: Math.max(this.#peaks.worker, worker), host: Math.max(this.#peaks.host, host) };
  }

  /** The worker of this data folder, whichever start it belongs to. */
  #worker(): string | undefined {
    const isOurs = (proc: string) =>
      textOf(`${proc}/cmdline`).includes('dev/host/worker.ts') &&
      textOf(`${proc}/environ`).split('\0').includes(`DATA_DIR=${this.#dataDir}`);
    if (this.#proc === undefined || !isOurs(this.#proc))
      this.#proc = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => `/proc/${pid}`)
        .find(isOurs);
    return this.#proc;
  }

  /** The host is who started the worker. */
  #host(worker: string): string {
    return `/proc/${/PPid:\s+(\d+)/.exec(textOf(`${worker}/status`))?.[1] ?? ''}`;
  }
}

/** Empty when the process or the file is gone: kills are what these tests are about. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

const numberOf = (proc: string, name: string): number =>
  Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(textOf(`${proc}/status`))?.[1] ?? 0) * 1024;
