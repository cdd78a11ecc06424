import type { PlannedFault } from '../kernel/faults.ts';

/**
 * The fewest faults that still break it, by leaving out ever smaller parts. `breaks` runs a plan of these faults; calls
 * are numbered by what came before, so a fault may fall on another call when one before it is gone.
 */
export async function shrink(
  faults: readonly PlannedFault[],
  breaks: (faults: readonly PlannedFault[]) => Promise<boolean>,
  mostRuns = 300,
): Promise<readonly PlannedFault[]> {
  let kept = faults;
  let runs = 0;
  for (
    let part = Math.ceil(kept.length / 2);
    part >= 1 && kept.length > 1;
    part = part === 1 ? 0 : Math.ceil(part / 2)
  ) {
    for (let from = 0; from < kept.length && runs < mostRuns;) {
      const without = [...kept.slice(0, from), ...kept.slice(from + part)];
      runs += 1;
      if (without.length > 0 && (await breaks(without))) kept = without;
      else from += part;
    }
  }
  return kept;
}
