import { instant, type RunId } from '../model/ids.ts';
import { addCounts, noCounts, worstStatus, type Counts, type RunStatus } from '../model/ledger.ts';
import type { Run, RunResource } from '../model/run.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import { groupSentence } from './groups.ts';
import { leftAllToOthers, reportOf } from './report.ts';
import { changeRun, hasEnded, isClosed } from './rows.ts';
import { joinReasons } from './sentences.ts';

/** Runs looked at to find the one before. */
const mostRunsBack = 1000;
/** A run lasts a month at most. */
const longestRunMs = 31 * 24 * 3_600_000;

/**
 * Ends a run that is planned and has no open row. Called by whoever closes a row and by the watchdog, any number of
 * times: the end is one conditional write, and the report went to the outbox before it under the id of the run.
 */
export async function finishRun(services: BackupServices, id: RunId): Promise<void> {
  const run = (await services.records.runs.get(id))?.value;
  if (!run || !run.planned || hasEnded(run)) return;
  const rows: RunResource[] = [];
  for await (const row of allPages((token) => services.records.runs.resources.list(id, token))) {
    if (!isClosed(row)) return;
    rows.push(row);
  }
  const before = await runBefore(services, run);
  const ended = endOf(run, rows, instant(services.clock.now()), before);
  const report = reportOf(ended, rows, before, await services.tellsEveryRun());
  if (report) await services.records.outbox.add(`run-${id}`, report);
  await changeRun(services, id, (current) => (hasEnded(current) ? undefined : { ...current, ...ended }));
  services.log.info('backup.runEnded', { run: id, status: ended.status, resources: rows.length });
}

/** How a run ended follows from its rows alone; what it says of groups that are gone, also from the run `before`. */
export function endOf(
  run: Run,
  rows: readonly RunResource[],
  finishedAt: Run['startedAt'],
  before?: Run,
): Run & { readonly status: RunStatus; readonly finishedAt: Run['startedAt'] } {
  const isCancelled = run.state === 'cancelling';
  const statuses = rows.flatMap((row) => row.status ?? []);
  const reason = reasonOf(run, rows, before);
  return {
    ...run,
    state: isCancelled ? 'cancelled' : 'completed',
    status: runStatus(run, statuses, isCancelled),
    ...ownStatus(run, statuses, isCancelled),
    counts: sumCounts(rows),
    finishedAt,
    heartbeatAt: finishedAt,
    ...(reason !== undefined && { reason }),
  };
}

function runStatus(run: Run, statuses: readonly RunStatus[], isCancelled: boolean): RunStatus {
  if (isCancelled) return statuses.some((status) => status !== 'failed') ? 'partial' : 'failed';
  // Something could not even be looked for: what was backed up is not all there is.
  if (run.reason !== undefined) return statuses.length === 0 ? 'failed' : worstStatus([...statuses, 'partial']);
  // What another run still works on is not done, and this one cannot say that it is.
  return worstStatus(run.alreadyRunning.length === 0 ? statuses : [...statuses, 'partial']);
}

/** What it left to another run is neither well nor badly done: that run says it. */
function ownStatus(run: Run, statuses: readonly RunStatus[], isCancelled: boolean): Pick<Run, 'ownStatus'> {
  if (run.alreadyRunning.length === 0) return {};
  const didNothing = statuses.length === 0 && run.reason === undefined && !isCancelled;
  return didNothing ? {} : { ownStatus: runStatus({ ...run, alreadyRunning: [] }, statuses, isCancelled) };
}

/**
 * What the report says, most important first: storage, because it stops everything else; what could not be looked for;
 * the first of its resources; what another run still works on; last, and only once, groups that are gone since the run before.
 */
function reasonOf(run: Run, rows: readonly RunResource[], last: Run | undefined): string | undefined {
  const reasons = rows.flatMap((row) => (row.state === 'failed' || row.status === 'partial' ? (row.reason ?? []) : []));
  const storage = reasons.find((reason) => /^storage/i.test(reason));
  const first = storage ?? reasons[0];
  const told = [storage, run.reason, first, leftToOthers(run)].filter((reason) => reason !== undefined);
  const gone = groupsGone(run).filter((sentence) => !run.reason?.includes(sentence));
  const before = new Set(last && groupsGone(last));
  return joinReasons([...told, ...gone.filter((sentence) => !before.has(sentence))]);
}

const leftToOthers = ({ alreadyRunning: { length } }: Run): string | undefined =>
  length === 0
    ? undefined
    : `${length} ${length === 1 ? 'resource was' : 'resources were'} still being backed up by another run, which says how that ended.`;

const groupsGone = ({ groups = [] }: Run): readonly string[] =>
  groups.filter(({ kind }) => kind === 'gone').map(groupSentence);

export const sumCounts = (rows: readonly RunResource[]): Counts =>
  rows.reduce((sum, row) => addCounts(sum, row.counts), noCounts);

/**
 * The full run of the same policy that ended last. It need not be the one that began last: a long run ends after those
 * that found everything busy, and these have nothing to compare with.
 */
async function runBefore(services: BackupServices, run: Run): Promise<Run | undefined> {
  let looked = 0;
  let last: Run | undefined;
  for await (const other of allPages((token) => services.records.runs.list(token))) {
    if (++looked > mostRunsBack) break;
    // Newest first: what began so long ago had ended by then.
    if (last !== undefined && Date.parse(run.startedAt) - Date.parse(other.startedAt) > longestRunMs) break;
    const isFull = other.id !== run.id && other.policyId === run.policyId && !other.only;
    if (!isFull || other.state !== 'completed' || other.finishedAt === undefined || leftAllToOthers(other)) continue;
    if (last?.finishedAt === undefined || other.finishedAt > last.finishedAt) last = other;
    // It found nothing busy when it began: those before it had ended. One that failed may not have come to look.
    if (other.alreadyRunning.length === 0 && other.status !== 'failed' && other.startedAt <= run.startedAt) break;
  }
  return last;
}
