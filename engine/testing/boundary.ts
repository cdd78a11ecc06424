import { Fault } from '../fault.ts';

/** `kill`: the process ends before or after the call took effect. `fail`: the caller sees an error; after = the answer got lost. */
export type BoundaryFault = 'kill-before' | 'kill-after' | 'fail-before' | 'fail-after';
export const boundaryFaults: readonly BoundaryFault[] = ['kill-before', 'kill-after', 'fail-before', 'fail-after'];

export interface BoundaryCall {
  /** Counted from 1 over all wrapped ports of one process. */
  readonly number: number;
  /** The name given to `wrap`, and the method: `blobs.create`, `records.runs.update`. */
  readonly name: string;
}

/** Says what happens to a call; undefined lets it through. */
export type BoundaryPlan = (call: BoundaryCall) => BoundaryFault | undefined;

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
  readonly calls: readonly BoundaryCall[];
  /** Faults that were planned and came to pass. */
  readonly hits: readonly { readonly call: BoundaryCall; readonly fault: BoundaryFault }[];
  readonly killed: boolean;
}

/** One fault at call `number`. */
export const faultAt =
  (number: number, fault: BoundaryFault): BoundaryPlan =>
  (call) =>
    call.number === number ? fault : undefined;

/** Makes one process. A restart is a second boundary around the same stores. */
export function boundary(plan: BoundaryPlan = () => undefined): Boundary {
  const calls: BoundaryCall[] = [];
  const hits: { call: BoundaryCall; fault: BoundaryFault }[] = [];
  const death = Promise.withResolvers<never>();
  // A process that nobody runs may die unseen.
  death.promise.catch(() => undefined);
  let dead: Killed | undefined;

  const die = (call: BoundaryCall): void => {
    dead ??= new Killed(call);
    death.reject(dead);
  };
  const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

  async function pass<T>(name: string, act: () => Promise<T>): Promise<T> {
    if (dead) return never();
    const call = { number: calls.length + 1, name };
    calls.push(call);
    const fault = plan(call);
    if (fault) hits.push({ call, fault });
    if (fault === 'kill-before') {
      die(call);
      return never();
    }
    if (fault === 'fail-before') throw lost(call);
    const [outcome] = await Promise.allSettled([act()]);
    if (fault === 'kill-after') die(call);
    if (dead) return never();
    if (fault === 'fail-after') throw lost(call);
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  const stepwise = (name: string, source: AsyncIterable<unknown>): AsyncIterable<unknown> => ({
    [Symbol.asyncIterator]() {
      const steps = source[Symbol.asyncIterator]();
      return {
        next: () => pass(`${name}.next`, () => steps.next()),
        return: async (value?: unknown) => (dead ? never() : ((await steps.return?.(value)) ?? { done: true, value })),
      };
    },
  });

  function wrap<T extends object>(name: string, port: T, immediate: readonly string[] = []): T {
    return new Proxy(port, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof property === 'symbol') return member;
        const path = `${name}.${property}`;
        if (isPlainObject(member)) return wrap(path, member, immediate);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          if (!immediate.includes(property)) {
            return pass(path, async () => (await Reflect.apply(member, target, args)) as unknown);
          }
          if (dead) throw dead;
          const result: unknown = Reflect.apply(member, target, args);
          return isAsyncIterable(result) ? stepwise(path, result) : result;
        };
      },
    });
  }

  return {
    wrap,
    run: (work) => Promise.race([work(), death.promise]),
    kill: () => die({ number: calls.length, name: 'from outside' }),
    calls,
    hits,
    get killed() {
      return dead !== undefined;
    },
  };
}

/**
 * Runs `scenario` once without faults to count its calls, then once for every call and every kind of fault. The
 * scenario makes its stores anew, restarts what was killed, and asserts. Answers how many runs there were.
 */
export async function everyFault(
  scenario: (process: Boundary) => Promise<void>,
  kinds = boundaryFaults,
): Promise<number> {
  const clean = boundary();
  await scenario(clean);
  for (const { number, name } of clean.calls) {
    for (const kind of kinds) {
      const process = boundary(faultAt(number, kind));
      try {
        await scenario(process);
      } catch (error) {
        throw new Error(`${kind} at call ${number} (${name}) broke the scenario: ${String(error)}`, { cause: error });
      }
      if (process.hits.length === 0) throw new Error(`${kind} at call ${number} (${name}) was planned and never came`);
    }
  }
  return 1 + clean.calls.length * kinds.length;
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

const lost = (call: BoundaryCall): Fault =>
  new Fault('unavailable', `No answer to ${call.name}`, { origin: 'storage', outcomeUnknown: true, code: 'injected' });
