import type { ItemId, PointId } from '../model/ids.ts';
import { noCounts, statusOf, worstStatus, type LedgerEntry } from '../model/ledger.ts';
import type { RestorePoint } from '../model/point.ts';
import type { DiscoveredResource, ProtectedResource } from '../model/resource.ts';
import { newId } from '../repository/newId.ts';
import { ledgerLine } from './entries.ts';
import type { Job } from './job.ts';
import { hasLines } from './roundState.ts';

/** The end of a round: its restore point, or the word that the newest one is still true. */
export async function publishRound(job: Job): Promise<void> {
  const { state } = job;
  const nothingHappened = state.firstSlice === undefined && state.since.length === 0;
  // A partial point, of a run that was cut short, is replaced: by now everything it lacked is known to be there.
  // So is one that is damaged.
  if (nothingHappened && state.base !== undefined && state.basis === undefined && !job.startedOnPartial)
    return job.confirm();
  await tellStillFailing(job);
  // Where this round came from is durable before its point is: whoever closes it after a kill must know.
  if (state.goesOn === true && job.state.firstSlice === undefined) await job.commit({ state: (same) => same });
  const missing = await missingAfter(job);
  await job.publish({
    id: newId(job.services.random) as PointId,
    runId: job.run.id,
    resource: asFound(job.resource),
    window: { from: state.startedAt, to: job.now() },
    slices: state.since,
    removals: [],
    ...pointStatus(statusOf(state.counts, true), missing),
    missing,
    ...(state.cursor !== undefined && { cursor: state.cursor }),
    counts: state.counts,
  });
}

/**
 * What failed in earlier rounds and of which this one could learn nothing, not even by asking for it, has failed in this one
 * too. Left out of its ledger it would make a run complete whose point is not.
 */
async function tellStillFailing(job: Job): Promise<void> {
  const { since, startedAt, published } = job.state;
  const told = new Set<ItemId>();
  for (const id of since)
    for (const { itemId } of (await job.services.repository.openSlice(job.resource.id, id)).ledger) told.add(itemId);
  // What was told before a point became visible meanwhile is in no slice since: there the time has to say it.
  const isOlder = ({ lastSeenAt }: LedgerEntry): boolean =>
    !published || lastSeenAt === undefined || lastSeenAt <= startedAt;
  const still = (await missingAfter(job)).filter(
    (entry) => entry.outcome === 'failed' && !told.has(entry.itemId) && isOlder(entry),
  );
  const at = job.now();
  for (let from = 0; from < still.length; from += job.settings.sliceItems) {
    const ledger = still
      .slice(from, from + job.settings.sliceItems)
      .map((before) =>
        ledgerLine(job.resource.id, { ...before, id: before.itemId }, 'failed', at, before.reason, before),
      );
    await job.commit({ ledger, counts: { listed: ledger.length, failed: ledger.length }, state: (state) => state });
  }
}

/** While a round lasts, what is stored so far becomes visible from time to time. Never with removals half done. */
export async function publishMeanwhile(job: Job): Promise<void> {
  const { state, settings } = job;
  if (state.entriesSince === 0 || state.settling) return;
  const isDue =
    state.entriesSince >= settings.pointItems ||
    job.services.clock.now() - Date.parse(state.pointAt) >= settings.pointMs;
  // The last slice of a round is followed by its end at once.
  if (isDue && hasLines(state)) await publishPartial(job, 'The backup of this resource is still running');
}

/** A partial point of what is there. The next round starts where this one did: nothing that waits can be passed over. */
export async function publishPartial(job: Job, why: string): Promise<void> {
  const { state } = job;
  const { listed, pending } = state.counts;
  await job.publish({
    id: newId(job.services.random) as PointId,
    runId: job.run.id,
    resource: asFound(job.resource),
    window: { from: state.startedAt, to: job.now() },
    slices: state.since,
    removals: [],
    status: 'partial',
    reason: `${why}: ${listed - pending} of ${listed} items so far`,
    missing: await missingAfter(job),
    ...(state.startCursor !== undefined && { cursor: state.startCursor }),
    counts: state.counts,
  });
}

/** What the root tells of the resource when the records are gone: its names, and nothing of its protection. */
const asFound = ({ workload, kind, sourceId, name, address, ownerId }: ProtectedResource): DiscoveredResource => ({
  workload,
  kind,
  sourceId,
  name,
  ...(address !== undefined && { address }),
  ...(ownerId !== undefined && { ownerId }),
});

/** A point is never better than what its set lacks, whichever run found out. */
function pointStatus(
  run: ReturnType<typeof statusOf>,
  missing: readonly LedgerEntry[],
): { readonly status: RestorePoint['status']; readonly reason?: string } {
  const failed = missing.filter((entry) => entry.outcome === 'failed').length;
  const status = worstStatus([
    run,
    statusOf({ ...noCounts, listed: missing.length, failed, skipped: missing.length - failed }, true),
  ]);
  // `failed` stands for nothing published; this is about to be.
  const visible = status === 'failed' ? 'partial' : status;
  return visible === 'partial' && failed > 0
    ? { status: visible, reason: failed === 1 ? 'One item could not be read' : `${failed} items could not be read` }
    : { status: visible };
}

/** Failed and skipped items: those of the newest point, brought up to date by the ledgers of the slices since. */
export async function missingAfter(job: Job): Promise<LedgerEntry[]> {
  const { repository } = job.services;
  const missing = new Map<ItemId, LedgerEntry>();
  for (const entry of (await job.base())?.missing ?? []) missing.set(entry.itemId, entry);
  for (const id of job.state.since) {
    const slice = await repository.openSlice(job.resource.id, id);
    for (const entry of slice.ledger) {
      if (entry.outcome === 'failed' || entry.outcome === 'skipped') missing.set(entry.itemId, entry);
      else missing.delete(entry.itemId);
    }
    for (const gone of slice.removals) missing.delete(gone);
  }
  return [...missing.values()];
}
