import type { Instant, PolicyId, PointId, ResourceId, RunId } from '../model/ids.ts';
import { rankOf, type Counts, type RunStatus } from '../model/ledger.ts';
import type { Run, RunResource } from '../model/run.ts';

/** What a report card says, as facts: ids, counts, times and reasons. Texts and names belong to whoever shows it. */
export interface RunReport {
  readonly kind: 'runReport';
  /** Why it is told at all: a quiet run is told nobody, unless every run is to be told. */
  readonly because: 'worse' | 'asked' | 'always';
  readonly run: RunId;
  readonly policyId: PolicyId;
  readonly startedBy: Run['startedBy'];
  readonly status: RunStatus;
  /** Of the run before, of the same policy. */
  readonly before?: RunStatus;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly counts: Counts;
  readonly resources: { readonly all: number; readonly good: number; readonly alreadyRunning: number };
  /** Resources that did not come through whole, at most `mostNamed`. */
  readonly troubled: readonly {
    readonly resourceId: ResourceId;
    readonly status?: RunStatus;
    readonly reason?: string;
    readonly pointId?: PointId;
  }[];
  readonly reason?: string;
}

const mostNamed = 20;

/** Did it find everything busy, so that it ended with nothing of its own? Then it says nothing of how its policy goes. */
export const leftAllToOthers = ({ state, alreadyRunning, ownStatus }: Run): boolean =>
  state === 'completed' && alreadyRunning.length > 0 && ownStatus === undefined;

/**
 * The report of a run that just ended; undefined when nobody asked for it and it is not worse than the one before, and
 * not `every` run is to be told. What a run left to another one that still works on it makes it no worse.
 */
export function reportOf(
  run: Run & { readonly status: RunStatus; readonly finishedAt: Instant },
  rows: readonly RunResource[],
  before: Pick<Run, 'status' | 'ownStatus'> | undefined,
  every = false,
): RunReport | undefined {
  const asked = run.startedBy !== 'schedule' && run.startedBy !== 'system';
  const isWorse =
    !leftAllToOthers(run) &&
    rankOf(run.ownStatus ?? run.status) > rankOf(before?.ownStatus ?? before?.status ?? 'complete');
  if (!asked && !isWorse && !every) return undefined;
  const troubled = rows.filter((row) => row.status !== 'complete' && row.status !== 'completeWithSkips');
  return {
    kind: 'runReport',
    because: asked ? 'asked' : isWorse ? 'worse' : 'always',
    run: run.id,
    policyId: run.policyId,
    startedBy: run.startedBy,
    status: run.status,
    ...(before?.status && { before: before.status }),
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    counts: run.counts,
    resources: { all: rows.length, good: rows.length - troubled.length, alreadyRunning: run.alreadyRunning.length },
    troubled: troubled.slice(0, mostNamed).map(({ resourceId, status, reason, pointId }) => ({
      resourceId,
      ...(status && { status }),
      ...(reason !== undefined && { reason }),
      ...(pointId && { pointId }),
    })),
    ...(run.reason !== undefined && { reason: run.reason }),
  };
}
