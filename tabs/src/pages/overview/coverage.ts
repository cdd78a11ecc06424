import type { Resource } from '../../../../contract/resources.ts';

export type CoverageBand = 'safe' | 'busy' | 'trouble' | 'left';

const bands: Readonly<Record<Resource['state'], CoverageBand>> = {
  protected: 'safe',
  firstBackup: 'busy',
  waiting: 'busy',
  partial: 'trouble',
  failing: 'trouble',
  paused: 'left',
  excluded: 'left',
  notProtected: 'trouble',
  gone: 'left',
};

export interface WorkloadCoverage {
  readonly workload: string;
  /** How many of them should have a copy. */
  readonly wanted: number;
  readonly bands: Readonly<Record<CoverageBand, number>>;
}

export interface Coverage {
  readonly workloads: readonly WorkloadCoverage[];
  /** What should be protected: without what was excluded by choice, and without what has gone. */
  readonly wanted: number;
  readonly safe: number;
  /** The oldest of the newest copies: how much could be lost at worst. Undefined while nothing has a copy. */
  readonly oldestCopyAt: string | undefined;
  readonly bytes: number;
  readonly items: number;
}

/**
 * Should there be a copy? Not of what was left out by choice or has gone, and not where a policy wants one of something
 * that does not exist, as the mailbox of an account without one.
 */
export const isWanted = ({ state, policyId }: Resource): boolean =>
  state !== 'excluded' && state !== 'gone' && !(state === 'notProtected' && policyId !== undefined);

const bandOf = (resource: Resource): CoverageBand => (isWanted(resource) ? bands[resource.state] : 'left');

const noBands: Readonly<Record<CoverageBand, number>> = { safe: 0, busy: 0, trouble: 0, left: 0 };

/** How well the resources are protected, workload by workload. */
export function coverageOf(resources: readonly Resource[]): Coverage {
  const byWorkload = Map.groupBy(resources, (resource) => resource.workload);
  const wanted = resources.filter(isWanted);
  const copies = wanted.flatMap((resource) => newestCopy(resource) ?? []);
  return {
    workloads: [...byWorkload].map(([workload, own]) => ({
      workload,
      wanted: own.filter(isWanted).length,
      bands: own.reduce((sum, each) => ({ ...sum, [bandOf(each)]: sum[bandOf(each)] + 1 }), noBands),
    })),
    wanted: wanted.length,
    safe: wanted.filter((each) => bandOf(each) === 'safe').length,
    oldestCopyAt: copies.toSorted()[0],
    bytes: resources.reduce((sum, { bytes }) => sum + bytes, 0),
    items: resources.reduce((sum, { counts }) => sum + counts.items, 0),
  };
}

/** A copy is as new as the last moment at which the source was seen to be still the same. */
export const newestCopy = ({ lastPointAt, confirmedAt }: Resource): string | undefined =>
  lastPointAt === undefined
    ? undefined
    : confirmedAt !== undefined && confirmedAt > lastPointAt
      ? confirmedAt
      : lastPointAt;
