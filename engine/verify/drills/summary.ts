import type { Drill, DrillResult, DrillSummary } from '../../model/drill.ts';

const nothing: DrillSummary = { resources: 0, items: 0, bytes: 0, seconds: 0, failed: 0, because: {}, differing: {} };

/** The summary with the results of one more resource. Pure. */
export function addToSummary(
  summary: Drill['summary'] = {},
  results: readonly DrillResult[],
  seconds: number,
): NonNullable<Drill['summary']> {
  const [first] = results;
  if (first === undefined) return summary;
  const before = summary[first.workload] ?? nothing;
  const counted = <Key extends string>(start: Readonly<Partial<Record<Key, number>>>, keys: readonly Key[]) => {
    const counts: Partial<Record<Key, number>> = { ...start };
    for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
    return counts;
  };
  const differing = results.flatMap(({ checks }) =>
    checks.filter(({ isRight }) => !isRight).map(({ property }) => property),
  );
  return {
    ...summary,
    [first.workload]: {
      resources: before.resources + 1,
      items: before.items + results.length,
      bytes: before.bytes + results.reduce((sum, { bytes }) => sum + bytes, 0),
      seconds: before.seconds + seconds,
      failed: before.failed + results.filter(({ isRight }) => !isRight).length,
      because: counted(
        before.because,
        results.flatMap(({ because }) => because),
      ),
      differing: counted(before.differing, differing) as DrillSummary['differing'],
    },
  };
}
