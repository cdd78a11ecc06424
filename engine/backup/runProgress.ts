import { instant, type Instant, type RunId } from '../model/ids.ts';
import type { Counts } from '../model/ledger.ts';
import type { Run, RunResource, RunState } from '../model/run.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import type { BackupSettings } from './defaults.ts';
import { sumCounts } from './finishRun.ts';
import { hasEnded, isClosed } from './rows.ts';

/** A run as people see it while it works. */
export interface RunProgress {
  readonly state: RunState;
  readonly counts: Counts;
  readonly heartbeatAt: Instant;
  /** While all of its resources wait, or its planning does: the next try. */
  readonly resumesAt?: Instant;
  /** Since when it waits without having got on. */
  readonly waitsSince?: Instant;
  /** What it waits for; storage is named before Microsoft 365. */
  readonly reason?: string;
  /** Absent while it cannot be said honestly. */
  readonly eta?: Instant;
}

/** Live numbers of a run from its rows. Pure. */
export function progressOf(
  run: Run,
  rows: readonly RunResource[],
  now: Instant,
  settings: BackupSettings,
): RunProgress {
  if (hasEnded(run)) return { state: run.state, counts: run.counts, heartbeatAt: run.heartbeatAt };
  if (!run.planned && run.waiting !== undefined && run.waiting.resumesAt > now) {
    const { tries: _tries, ...wait } = run.waiting;
    return {
      state: run.state === 'cancelling' ? run.state : 'waiting',
      counts: run.counts,
      heartbeatAt: run.heartbeatAt,
      ...wait,
    };
  }
  const open = rows.filter((row) => !isClosed(row));
  const heartbeatAt = rows.reduce(
    (newest, row) => (row.heartbeatAt > newest ? row.heartbeatAt : newest),
    run.heartbeatAt,
  );
  const waiting = open.filter((row) => row.state === 'waiting' && row.resumesAt !== undefined);
  const allWait = run.state === 'running' && open.length > 0 && waiting.length === open.length;
  const isStalled =
    !allWait && run.state === 'running' && Date.parse(now) - Date.parse(heartbeatAt) > settings.stalledMs;
  const eta = etaOf(run, rows, now);
  return {
    state: allWait ? 'waiting' : isStalled ? 'stalled' : run.state,
    counts: sumCounts(rows),
    heartbeatAt,
    ...(allWait && waitOf(waiting)),
    ...(eta !== undefined && !isStalled && { eta }),
  };
}

/** One wait for all of them: from the first that stopped to the first that goes on. */
function waitOf(waiting: readonly RunResource[]): Pick<RunProgress, 'resumesAt' | 'waitsSince' | 'reason'> {
  const [resumesAt] = waiting.flatMap((row) => row.resumesAt ?? []).toSorted();
  const [waitsSince] = waiting.flatMap((row) => row.waitsSince ?? []).toSorted();
  const reasons = waiting.flatMap((row) => row.reason ?? []);
  const reason = reasons.find((each) => /^storage/i.test(each)) ?? reasons[0];
  return {
    ...(resumesAt !== undefined && { resumesAt }),
    ...(waitsSince !== undefined && { waitsSince }),
    ...(reason !== undefined && { reason }),
  };
}

/** Fewer decided items or less time say nothing about the rest. */
const leastDecided = 20;
const leastMs = 10_000;

/** When a run will be through at the rate it had so far. Undefined while some resource is not listed yet, or too little is done. */
export function etaOf(run: Run, rows: readonly RunResource[], now: Instant): Instant | undefined {
  const counts = sumCounts(rows);
  const decided = counts.listed - counts.pending;
  const elapsed = Date.parse(now) - Date.parse(run.startedAt);
  const isListed = rows.every((row) => isClosed(row) || row.counts.listed > 0);
  if (!run.planned || !isListed || decided < leastDecided || elapsed < leastMs || counts.pending === 0)
    return undefined;
  return instant(Date.parse(now) + (counts.pending * elapsed) / decided);
}

/** A run with its live numbers; undefined when there is no such run. */
export async function describeRun(services: BackupServices, id: RunId): Promise<(Run & RunProgress) | undefined> {
  const run = (await services.records.runs.get(id))?.value;
  return run && describe(services, run);
}

/** The same for a page of runs; only those that still work are looked into. */
export const describeRuns = (services: BackupServices, runs: readonly Run[]): Promise<(Run & RunProgress)[]> =>
  Promise.all(runs.map((run) => describe(services, run)));

async function describe(services: BackupServices, run: Run): Promise<Run & RunProgress> {
  if (hasEnded(run)) return run;
  const rows: RunResource[] = [];
  for await (const row of allPages((token) => services.records.runs.resources.list(run.id, token))) rows.push(row);
  return { ...run, ...progressOf(run, rows, instant(services.clock.now()), services.settings) };
}
