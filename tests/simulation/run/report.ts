import type { Tally } from './tally.ts';

/** The figures of a run, for people. */
export function tell(tally: Tally, seconds: number): void {
  const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  const list = (counts: Record<string, number>): string =>
    Object.entries(counts)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, times]) => `${name} ${times}`)
      .join(' · ');
  console.log(`
schedules            ${tally.schedules} in ${seconds.toFixed(0)} s: ${(tally.schedules / seconds).toFixed(0)} per second
boundary calls       ${tally.calls}
faults hit           ${sum(tally.faults)} (${list(tally.faults)})
invariants checked   ${sum(tally.checked)} (${list(tally.checked)})
violations           ${tally.brokenRuns} of ${tally.schedules} schedules`);
}
