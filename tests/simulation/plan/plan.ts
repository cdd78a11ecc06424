import type { Call, Fate } from '../kernel/boundary.ts';
import { faultsOf, type FaultName, type PlainFault, type PlannedFault } from '../kernel/faults.ts';
import { isLie, troublesOf } from '../kernel/troubles.ts';
import { seededRandom } from '../../../engine/testing/seededRandom.ts';

/** All that makes a run: the same plan gives the same run, byte for byte. */
export interface Plan {
  readonly scenario: string;
  readonly seed: string;
  readonly faults: readonly PlannedFault[];
  /** Calls that wait at the same moment go in an order that is drawn from the seed. */
  readonly interleaves?: boolean;
  /** Adapters of storage try again before the app hears of trouble, as they do in a deployment. */
  readonly triesAgain?: boolean;
  /** How many processes; default what the scenario says. */
  readonly hosts?: number;
}

/** A fault where the plan says so. */
export function fateOfPlan(faults: readonly PlannedFault[]): Fate {
  const byCall = new Map(faults.map((fault) => [fault.call, fault]));
  return ({ number }) => byCall.get(number);
}

/** `trouble`, `lie`: one of those that the tenant can make of the request. */
type Chance = PlainFault | 'error' | 'trouble' | 'lie';

/** How often what befalls a call, of calls of a kind that can show it. */
export type Rates = Readonly<Partial<Record<Chance, number>>>;

/** Figure G3, on Graph and storage together. `error` is one of no answer before, no answer after, busy. */
export const heavyRates: Rates = {
  trouble: 0.06,
  lie: 0.005,
  error: 0.25,
  throttle: 0.3,
  delay: 0.15,
  corrupt: 0.01,
  'cut-list': 0.02,
  twice: 0.05,
  'kill-before': 1 / 400,
  'kill-after': 1 / 400,
};

/** Several processes at once: much comes twice, many stand still, and are taken for dead meanwhile. */
export const crowdRates: Rates = {
  trouble: 0.03,
  lie: 0.002,
  error: 0.05,
  delay: 0.1,
  late: 0.05,
  pause: 0.02,
  twice: 0.3,
  'kill-before': 1 / 400,
  'kill-after': 1 / 400,
};
const LONGEST_DELAY_MS = 10_000;
/** More than there are troubles, and nearly even over any number of them. */
const WHICH = 720_720;
/** A process that stands still does so for longer than its heartbeat is believed. */
const PAUSE_FACTOR = 360;
const LONG_WAIT_FACTOR = 30;

/**
 * Chance. For a share of the calls the service is in trouble and shows its rates; in between it is well, as services are,
 * so that work gets on at all. Ends by itself: after `calls` calls from `first` on nothing befalls anybody any more.
 */
export function fateOfChance(seed: string, rates: Rates, calls: number, first = 1): Fate {
  const chance = seededRandom(`${seed}/faults`);
  return (call) => {
    const drawn = chance.below(1_000_000) / 1_000_000;
    const which = chance.below(WHICH);
    const ms = 1 + chance.below(LONGEST_DELAY_MS);
    if (call.number < first || call.number >= first + calls) return undefined;
    return faultFor(call, rates, drawn, which, ms);
  };
}

function faultFor(call: Call, rates: Rates, drawn: number, which: number, ms: number): ReturnType<Fate> {
  let left = drawn;
  for (const [name, rate] of Object.entries(rates) as [Chance, number][]) {
    const choice = choiceOf(name, call);
    if (choice.length === 0) continue;
    left -= rate;
    const fault = choice[which % choice.length];
    if (left < 0 && fault !== undefined) return { fault, ms: ms * factorOf(fault, which) };
  }
  return undefined;
}

/** Of the waits that are asked for, one in four is of minutes. */
const factorOf = (fault: FaultName, which: number): number =>
  fault === 'pause' ? PAUSE_FACTOR : fault === 'throttle' && which % 4 === 0 ? LONG_WAIT_FACTOR : 1;

const errors = ['fail-before', 'fail-after', 'refuse'] as const;

/** What of this may befall the call. */
function choiceOf(name: Chance, { kind, asked }: Call): readonly FaultName[] {
  if (name === 'trouble' || name === 'lie')
    return asked === undefined ? [] : troublesOf(asked).filter((trouble) => isLie(trouble) === (name === 'lie'));
  const faults = name === 'error' ? errors : [name === 'delay' && kind === 'request' ? 'late' : name];
  return faults.filter((fault) => faultsOf[kind].includes(fault));
}
