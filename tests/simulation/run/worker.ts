import { parentPort, workerData } from 'node:worker_threads';
import { Bench } from './schedules.ts';
import { emptyTally } from './tally.ts';
import type { Work } from './work.ts';

// Nobody looks where a fault came from, and to note it costs more than the fault.
Error.stackTraceLimit = 0;

/** One of the threads that share the work: takes what `main` hands it and tells what came of it. */
const { index, of } = workerData as { readonly index: number; readonly of: number };
const benches = new Map<string, Promise<Bench>>();

parentPort?.on('message', (work: Work) => {
  void handle(work);
});

async function handle(work: Work): Promise<void> {
  const tally = emptyTally();
  const bench = await (benches.get(work.scenario) ?? open(work.scenario));
  const isOver = (): boolean => Date.now() >= work.until;
  if (work.kind === 'single') await bench.everyCall(tally, index, of, isOver);
  else if (work.kind === 'pair') tally.pairs = await bench.pairs(tally, work.from + index, work.to, of, isOver);
  else await bench.chance(tally, { from: work.from + index, step: of, to: work.to }, { ...work.options, isOver });
  parentPort?.postMessage(tally);
}

function open(scenario: string): Promise<Bench> {
  const bench = Bench.open(scenario);
  benches.set(scenario, bench);
  return bench;
}
