import type { PlannedFault } from '../kernel/faults.ts';
import type { Plan } from '../plan/plan.ts';
import type { Violation } from '../oracle/violations.ts';
import type { Outcome } from './simulate.ts';

/** A plan that broke something, made as small as it gets. */
export interface Broken {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
}

/** What many runs came to. Plain data, so that it crosses threads and can be added up. */
export interface Tally {
  schedules: number;
  calls: number;
  faults: Record<string, number>;
  checked: Record<string, number>;
  /** Runs per scenario and kind of schedule. */
  by: Record<string, number>;
  broken: Broken[];
  brokenRuns: number;
  /** How many pairs of faults there are on the scenario that was asked for, tried or not. */
  pairs?: number;
}

export const emptyTally = (): Tally => ({
  schedules: 0,
  calls: 0,
  faults: {},
  checked: {},
  by: {},
  broken: [],
  brokenRuns: 0,
});

export function count(tally: Tally, kind: string, outcome: Outcome): void {
  tally.schedules += 1;
  tally.calls += outcome.calls.length;
  add(tally.by, `${kind} ${outcome.plan.scenario}`, 1);
  for (const { fault } of outcome.hits as readonly PlannedFault[]) add(tally.faults, fault, 1);
  for (const [invariant, times] of outcome.checked) add(tally.checked, invariant, times);
  if (outcome.violations.length > 0) tally.brokenRuns += 1;
}

export function addUp(into: Tally, other: Tally): void {
  into.schedules += other.schedules;
  into.calls += other.calls;
  into.brokenRuns += other.brokenRuns;
  if (other.pairs !== undefined) into.pairs = other.pairs;
  for (const key of ['faults', 'checked', 'by'] as const)
    for (const [name, times] of Object.entries(other[key])) add(into[key], name, times);
  into.broken.push(...other.broken);
}

const add = (counts: Record<string, number>, name: string, times: number): void => {
  counts[name] = (counts[name] ?? 0) + times;
};
