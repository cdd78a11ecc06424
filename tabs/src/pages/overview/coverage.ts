import type { Resource } from '../../../../contract/resources.ts';
import { newestCopy } from '../../parts/newestCopy.ts';
import { standingOf, standings } from '../../parts/standing.ts';
import type { Standing } from '../../parts/standing.ts';

export type CoverageBand = 'safe' | 'busy' | 'trouble' | 'gap';

/** Which part of the bar a resource fills; what should not have a copy fills none. */
const bandOf: Readonly<Record<Standing, CoverageBand | undefined>> = {
  protected: 'safe',
  firstBackup: 'busy',
  waiting: 'busy',
  partial: 'trouble',
  failing: 'trouble',
  paused: 'gap',
  notProtected: 'gap',
  nothingToCopy: undefined,
  excluded: undefined,
  gone: undefined,
};

export interface StandingCount {
  readonly standing: Standing;
  /** Undefined: there should be no copy, so that it is counted beside the bar. */
  readonly band: CoverageBand | undefined;
  readonly count: number;
}

export interface WorkloadCoverage {
  readonly workload: string;
  /** How many of them should have a copy. */
  readonly wanted: number;
  readonly safe: number;
  /** Every resource stands in one of them; those without any are left out. */
  readonly counts: readonly StandingCount[];
}

export interface Coverage {
  readonly workloads: readonly WorkloadCoverage[];
  /** What should be protected: without what was excluded by choice, has gone, or has nothing that could be copied. */
  readonly wanted: number;
  readonly safe: number;
  /** Whose newest copy is the oldest: how much could be lost at worst. Undefined while nothing has a copy. */
  readonly oldest: Resource | undefined;
  readonly bytes: number;
  readonly items: number;
}

/** Should there be a copy? */
export const isWanted = (resource: Resource): boolean => bandOf[standingOf(resource)] !== undefined;

const isSafe = (resource: Resource): boolean => bandOf[standingOf(resource)] === 'safe';

/** How well the resources are protected, workload by workload. */
export function coverageOf(resources: readonly Resource[]): Coverage {
  const byWorkload = Map.groupBy(resources, (resource) => resource.workload);
  const wanted = resources.filter(isWanted);
  return {
    workloads: [...byWorkload].map(([workload, own]) => ({
      workload,
      wanted: own.filter(isWanted).length,
      safe: own.filter(isSafe).length,
      counts: countsOf(own),
    })),
    wanted: wanted.length,
    safe: wanted.filter(isSafe).length,
    oldest: wanted
      .filter((each) => newestCopy(each) !== undefined)
      .toSorted((a, b) => (newestCopy(a) ?? '').localeCompare(newestCopy(b) ?? ''))[0],
    bytes: resources.reduce((sum, { bytes }) => sum + bytes, 0),
    items: resources.reduce((sum, { counts }) => sum + counts.items, 0),
  };
}

function countsOf(resources: readonly Resource[]): readonly StandingCount[] {
  const groups = Map.groupBy(resources, standingOf);
  return standings.flatMap((standing) => {
    const count = groups.get(standing)?.length ?? 0;
    return count === 0 ? [] : [{ standing, band: bandOf[standing], count }];
  });
}
