import { Fault } from '../fault.ts';
import { settle } from './virtualClock.ts';
import { answer, leadingWords, never, outcomeOf, wrapPort, type Act, type Pass } from './wrapPort.ts';

/**
 * What happens to a call. `kill`: the process ends before or after the call took effect. `fail`: the caller sees an
 * error; after = the answer got lost. `delay`: it takes effect and answers later, others go first. `duplicate`: it takes
 * effect twice, as when a client repeats it; the answer is that of the last that succeeded. `late`: the caller sees an
 * error now, and it takes effect after later calls of anybody, even of a process that is dead by then.
 */
export type BoundaryFault =
  'kill-before' | 'kill-after' | 'fail-before' | 'fail-after' | 'delay' | 'duplicate' | 'late';
/** What befalls any call of any process; `everyFault` tries these. */
export const boundaryFaults: readonly BoundaryFault[] = ['kill-before', 'kill-after', 'fail-before', 'fail-after'];
/** What a network does on top. Only clients that repeat a call see it `duplicate`. */
export const networkFaults: readonly BoundaryFault[] = ['delay', 'duplicate', 'late'];

export interface BoundaryCall {
  /** Counted from 1 over all wrapped ports of all processes that count together. */
  readonly number: number;
  /** The name given to `wrap`, and the method: `blobs.create`, `records.runs.update`. */
  readonly name: string;
  /** The process that made it. */
  readonly process: string;
  /** What it was about: the words it began with, such as container and name, or table, partition and key. */
  readonly on: readonly string[];
}

/** Says what happens to a call; undefined lets it through. */
export type BoundaryPlan = (call: BoundaryCall) => BoundaryFault | undefined;

export interface BoundaryHit {
  readonly call: BoundaryCall;
  readonly fault: BoundaryFault;
}

/** What `run` rejects with when the process was killed. Product code never sees it. */
export class Killed extends Error {
  readonly call: BoundaryCall;
  constructor(call: BoundaryCall) {
    super(`Killed at call ${call.number} (${call.name})`);
    this.name = 'Killed';
    this.call = call;
  }
}

/** One process seen from outside: everything it does goes through here and can be stopped there. */
export interface Boundary {
  /**
   * The same port, counted; ports inside ports too. Methods named in `immediate` do not answer a promise (a clock's
   * `now`): they pass uncounted, throw once the process is dead, and when they answer an asynchronous iterable every
   * step of it is counted. After a kill a counted call never answers.
   */
  wrap<T extends object>(name: string, port: T, immediate?: readonly string[]): T;
  /** Runs the process; rejects with `Killed` as soon as it is killed, although `work` itself never ends then. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Ends the process now, from outside. */
  kill(): void;
  /** Its own calls, by the common numbering. */
  readonly calls: readonly BoundaryCall[];
  /** Faults that were planned and came to pass, here. */
  readonly hits: readonly BoundaryHit[];
  readonly killed: boolean;
}

/** Several processes at once whose calls are numbered together, in the order in which they were made. */
export interface Boundaries {
  /** A new process. A name may come again: that is a restart. */
  process(name?: string): Boundary;
  readonly calls: readonly BoundaryCall[];
  readonly hits: readonly BoundaryHit[];
  /** Lets whatever is still late take effect now, in order. */
  arrive(): void;
  /** How many calls are still to take effect. */
  readonly late: number;
}

export interface BoundaryOptions {
  /** How long a delayed call waits; default until every promise that needs no input or output has run on. */
  readonly pause?: () => Promise<void>;
  /** A late call takes effect before this many calls more were made; default 3. */
  readonly lateBy?: number;
}

/** One fault at call `number`. */
export const faultAt =
  (number: number, fault: BoundaryFault): BoundaryPlan =>
  (call) =>
    call.number === number ? fault : undefined;

/** Makes one process. A restart is a second boundary around the same stores. */
export const boundary = (plan: BoundaryPlan = () => undefined, options: BoundaryOptions = {}): Boundary =>
  boundaries(plan, options).process();

/** Makes room for processes that run at the same time, one after another, or both. */
export function boundaries(plan: BoundaryPlan = () => undefined, options: BoundaryOptions = {}): Boundaries {
  const pause = options.pause ?? settle;
  const lateBy = options.lateBy ?? 3;
  const allCalls: BoundaryCall[] = [];
  const allHits: BoundaryHit[] = [];
  let waiting: { readonly before: number; readonly act: Act }[] = [];

  const arrive = (upTo = Infinity): void => {
    if (waiting.length === 0) return;
    const due = waiting.filter(({ before }) => before <= upTo);
    waiting = waiting.filter(({ before }) => before > upTo);
    // Nobody hears how it ended: the caller was told long ago that nobody knows.
    for (const { act } of due) act().catch(() => undefined);
  };

  function makeProcess(processName: string): Boundary {
    const calls: BoundaryCall[] = [];
    const hits: BoundaryHit[] = [];
    const death = Promise.withResolvers<never>();
    // A process that nobody runs may die unseen.
    death.promise.catch(() => undefined);
    let dead: Killed | undefined;

    const die = (call: BoundaryCall): void => {
      dead ??= new Killed(call);
      death.reject(dead);
    };

    const pass: Pass = async (name, act, args) => {
      if (dead) return never();
      const call = { number: allCalls.length + 1, name, process: processName, on: leadingWords(args) };
      calls.push(call);
      allCalls.push(call);
      arrive(call.number);
      const fault = plan(call);
      if (fault === undefined) {
        const outcome = await outcomeOf(act);
        return dead ? never() : answer(outcome);
      }
      const hit = { call, fault };
      hits.push(hit);
      allHits.push(hit);
      if (fault === 'kill-before') {
        die(call);
        return never();
      }
      if (fault === 'fail-before') throw lost(call);
      if (fault === 'late') {
        // The bytes are on their way: what the caller does with its memory afterwards changes nothing.
        const sent = args.map((arg) => (arg instanceof Uint8Array ? new Uint8Array(arg) : arg));
        waiting.push({ before: call.number + lateBy, act: () => act(sent) });
        throw lost(call);
      }
      if (fault === 'delay') await pause();
      let outcome = await outcomeOf(act);
      if (fault === 'duplicate') {
        const again = await outcomeOf(act);
        if (again.kind === 'done' || outcome.kind === 'refused') outcome = again;
      }
      if (fault === 'kill-after') die(call);
      if (dead) return never();
      if (fault === 'fail-after') throw lost(call);
      return answer(outcome);
    };

    return {
      wrap: (name, port, immediate = []) => wrapPort(name, port, new Set(immediate), pass, () => dead),
      run: (work) => Promise.race([work(), death.promise]),
      kill: () => die({ number: allCalls.length, name: 'from outside', process: processName, on: [] }),
      calls,
      hits,
      get killed() {
        return dead !== undefined;
      },
    };
  }

  return {
    process: (name = 'process') => makeProcess(name),
    calls: allCalls,
    hits: allHits,
    arrive: () => arrive(),
    get late() {
      return waiting.length;
    },
  };
}

/**
 * Runs `scenario` once without faults to count its calls, then once for every call and every kind of fault. The
 * scenario makes its stores anew, restarts what was killed, and asserts; `all` makes further processes under the same
 * numbering. Answers how many runs there were.
 */
export async function everyFault(
  scenario: (process: Boundary, all: Boundaries) => Promise<void>,
  kinds = boundaryFaults,
): Promise<number> {
  const clean = boundaries();
  await scenario(clean.process(), clean);
  for (const { number, name } of clean.calls) {
    for (const kind of kinds) {
      const all = boundaries(faultAt(number, kind));
      try {
        await scenario(all.process(), all);
      } catch (error) {
        throw new Error(`${kind} at call ${number} (${name}) broke the scenario: ${String(error)}`, { cause: error });
      }
      if (all.hits.length === 0) throw new Error(`${kind} at call ${number} (${name}) was planned and never came`);
    }
  }
  return 1 + clean.calls.length * kinds.length;
}

const lost = (call: BoundaryCall): Fault =>
  new Fault('unavailable', `No answer to ${call.name}`, { origin: 'storage', outcomeUnknown: true, code: 'injected' });
