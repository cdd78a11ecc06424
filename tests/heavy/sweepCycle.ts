import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { LEAN_ALLOCATOR, LEAN_HEAP } from '../../dev/host/workerProcess.ts';
import type { SweepResult } from '../../engine/sweep/sweepOnce.ts';
import type { History } from './sweepHistory.ts';
import { table } from './table.ts';
import type { Measured } from './table.ts';

const PEAK_BYTES = 300 * 1024 ** 2;
const HOURS = 3_600_000;

/** What one cycle took, as the process that swept says. */
export interface SweptCycle {
  readonly result: SweepResult;
  readonly seconds: number;
  /** Of these, what went into making storage up. */
  readonly madeUpSeconds: number;
  /** Bytes: the most that the process held so far. */
  readonly peak: number;
  readonly calls: Readonly<Record<string, number>>;
}

/**
 * The sweep of a large tenant with a long history: the first cycle, which nothing of earlier ones helps, and two days as
 * they all are. Storage and its answers cost nothing here; what is measured is the sweep and what it asks.
 */
export async function sweepCycle(history: History): Promise<Measured[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-sweep-'));
  try {
    const { resources, packsEach, pointsEach, slicesEach } = history;
    const of = [resources, packsEach, pointsEach, slicesEach].map(String);
    const script = path.join(import.meta.dirname, 'sweepCycleProcess.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [...LEAN_HEAP, script, folder, ...of], {
      env: { ...process.env, ...LEAN_ALLOCATOR },
      timeout: 2 * HOURS,
    });
    const cycles = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SweptCycle);
    const rows = cycles.map((cycle, n) => measuredOf(history, cycle, n + 1));
    // Said before anything is judged: a bound that is broken is worth its figures.
    console.log(table(rows));
    assertSwept(history, cycles);
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Each day every resource lets one point go; it is condemned in the cycle of that day and removed in the next. */
function assertSwept({ resources }: History, cycles: readonly SweptCycle[]): void {
  const reports = cycles.map(({ result }) => (result.kind === 'done' ? result.report : undefined));
  assert.deepEqual(
    reports.map((report) => report?.condemned),
    [0, resources, resources],
  );
  for (const { peak } of cycles) assert.ok(peak < PEAK_BYTES, `the sweep held ${peak} bytes`);
}

function measuredOf(history: History, { seconds, madeUpSeconds, peak, calls }: SweptCycle, cycle: number): Measured {
  const { resources, packsEach, pointsEach, slicesEach } = history;
  const number = (value: number): string => value.toLocaleString('en');
  const of = `${number(resources * packsEach)} packs, ${number(resources * pointsEach)} points`;
  return {
    what: `sweep of ${number(resources)} resources, ${of}, cycle ${cycle}`,
    seconds: seconds - madeUpSeconds,
    items: resources * (packsEach + pointsEach + slicesEach),
    peaks: { worker: peak },
    note: Object.entries(calls)
      .map(([what, times]) => `${number(times)} ${what}`)
      .join(', '),
  };
}
