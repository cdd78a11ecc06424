import type { SeededRandom } from '../../../engine/testing/seededRandom.ts';
import { canMeet, type CallKind, type FaultName, type PlannedFault } from './faults.ts';
import { never, type SimProcess } from './process.ts';
import type { SimTime } from './time.ts';
import type { Trace } from './trace.ts';
import type { Asked } from './troubles.ts';

/** One call of one process, counted from 1 over all processes of a run. */
export interface Call {
  readonly number: number;
  readonly process: string;
  /** `blobs.create`, `graph.GET`, `queue.deliver`, `timer.schedule`. */
  readonly name: string;
  readonly kind: CallKind;
  /** Which blob, row or address. */
  readonly about: string;
  /** What a request to Microsoft 365 asks. */
  readonly asked?: Asked;
}

/** Says what befalls a call. */
export type Fate = (call: Call) => { readonly fault: FaultName; readonly ms?: number } | undefined;

/** A fault that the service itself shows; what befalls the process is done for it. */
export interface Shown {
  readonly fault: Exclude<FaultName, 'kill-before' | 'kill-after' | 'delay' | 'late' | 'pause'>;
  readonly ms: number;
}

export interface CallWork<T> {
  readonly name: string;
  readonly kind: CallKind;
  /** For the trace: which blob, row or address. */
  readonly about: string;
  readonly asked?: Asked;
  /** Carries it out, or shows the fault. */
  act(shown: Shown | undefined): Promise<T> | T;
}

export interface BoundaryOptions {
  readonly time: SimTime;
  readonly trace: Trace;
  readonly fate: Fate;
  /** Picks which of the calls that wait goes next; without it each goes as it comes. */
  readonly chooses?: SeededRandom;
}

/** Everything that processes do goes through here, one call after the other, and can be disturbed here. */
export class Boundary {
  readonly calls: Call[] = [];
  readonly hits: PlannedFault[] = [];
  readonly #options: BoundaryOptions;
  readonly #parked: { readonly process: SimProcess; readonly go: () => void }[] = [];

  constructor(options: BoundaryOptions) {
    this.#options = options;
  }

  /** Lets one of the waiting calls go. False when none waits. */
  step(): boolean {
    const { chooses } = this.#options;
    if (chooses === undefined || this.#parked.length === 0) return false;
    const ready = this.#parked.filter(({ process }) => !process.isDead && !process.isPaused);
    const chosen = ready[chooses.below(ready.length)];
    if (chosen === undefined) return false;
    this.#parked.splice(this.#parked.indexOf(chosen), 1);
    chosen.go();
    return true;
  }

  /** Carries out one call of `process`, or what befalls it. */
  async pass<T>(process: SimProcess, work: CallWork<T>): Promise<T> {
    if (process.isDead) return never();
    if (process.isPaused) await process.awake();
    if (this.#options.chooses !== undefined) {
      await new Promise<void>((resolve) => void this.#parked.push({ process, go: resolve }));
    }
    if (process.isDead) return never();
    const hit = this.meet(process, work.name, work.kind, work.about, work.asked);
    const { time } = this.#options;
    const ms = hit?.ms ?? 1000;
    if (hit?.fault === 'kill-before') process.kill();
    if (hit?.fault === 'delay') await time.sleep(ms);
    if (hit?.fault === 'pause') {
      this.pause(process, ms);
      await process.awake();
    }
    if (process.isDead) return never();
    const [outcome] = await Promise.allSettled([attempt(work, shownOf(hit))]);
    if (hit?.fault === 'kill-after') process.kill();
    if (hit?.fault === 'late') await time.sleep(ms);
    if (process.isPaused) await process.awake();
    if (process.isDead) return never();
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  /** Counts a call and says what befalls it, where its kind can show that. */
  meet(process: SimProcess, name: string, kind: CallKind, about: string, asked?: Asked): PlannedFault | undefined {
    const { fate, trace, time } = this.#options;
    const call: Call = {
      number: this.calls.length + 1,
      process: process.name,
      name,
      kind,
      about,
      ...(asked && { asked }),
    };
    this.calls.push(call);
    const fault = fate(call);
    const hit: PlannedFault | undefined =
      fault !== undefined && canMeet(call, fault.fault) ? { call: call.number, ...fault } : undefined;
    trace.add(`${call.number} ${time.now} ${process.name} ${name} ${about}${hit ? ` ← ${hit.fault}` : ''}`);
    if (hit !== undefined) this.hits.push(hit);
    return hit;
  }

  /** The process stands still for `ms`, and goes on with what it knew before. */
  pause(process: SimProcess, ms: number): void {
    process.pause();
    this.#options.time.after(ms, () => process.resume());
  }
}

/** Not awaited where it answers at once: an act begins in the moment of its call. */
async function attempt<T>(work: CallWork<T>, shown: Shown | undefined): Promise<T> {
  return work.act(shown);
}

function shownOf(hit: PlannedFault | undefined): Shown | undefined {
  if (hit === undefined) return undefined;
  switch (hit.fault) {
    case 'kill-before':
    case 'kill-after':
    case 'delay':
    case 'late':
    case 'pause':
      return undefined;
    default:
      return { fault: hit.fault, ms: hit.ms ?? 1000 };
  }
}
