import { Worker } from 'node:worker_threads';
import { addUp, emptyTally, type Tally } from './tally.ts';
import type { Work } from './work.ts';

/** Threads that share every piece of work evenly. */
export class Crew {
  readonly #workers: readonly Worker[];

  constructor(size: number) {
    this.#workers = Array.from(
      { length: size },
      (_, index) => new Worker(new URL('./worker.ts', import.meta.url), { workerData: { index, of: size } }),
    );
  }

  /** Everybody does their share; what breaks a thread breaks this. */
  async do(work: Work): Promise<Tally> {
    const tallies = await Promise.all(this.#workers.map((worker) => answer(worker, work)));
    const sum = emptyTally();
    for (const tally of tallies) addUp(sum, tally);
    return sum;
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function answer(worker: Worker, work: Work): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const done = (tally: Tally): void => {
      worker.off('error', reject);
      resolve(tally);
    };
    worker.once('message', done);
    worker.once('error', reject);
    worker.postMessage(work);
  });
}
