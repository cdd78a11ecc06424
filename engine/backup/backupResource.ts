import { instant, type ResourceId, type RunId } from '../model/ids.ts';
import { statusOf } from '../model/ledger.ts';
import type { QueueName } from '../ports/queue.ts';
import { askDamaged } from './askDamaged.ts';
import { askMissing } from './askMissing.ts';
import { brakeOnMassChange } from './brake.ts';
import type { BackupServices } from './backupServices.ts';
import { finishRun } from './finishRun.ts';
import { tellFailingItems } from './failingItems.ts';
import { healBase } from './healBase.ts';
import type { Job } from './job.ts';
import { listChanges } from './listChanges.ts';
import { noteHealed } from './noteHealed.ts';
import { openJob } from './openJob.ts';
import { publishMeanwhile, publishPartial, publishRound } from './publishRound.ts';
import { isPublished, nextStep, onlyHistoryLeft } from './roundState.ts';
import { closeRow } from './rows.ts';
import { settleRemovals } from './settleRemovals.ts';
import { storeContent } from './storeContent.ts';
import { withMissed } from './withMissed.ts';
import { endInTrouble } from './troubles.ts';

/**
 * One nudge, one protected resource. Works until the round is published or the time of the job is spent; a kill at any
 * moment costs at most the slice it was at. May be called twice at once, late, or for a run that ended: then nothing
 * happens. Throws only what is a defect of ours.
 */
export async function backupResource(
  services: BackupServices,
  run: RunId,
  resource: ResourceId,
  queue: QueueName,
): Promise<void> {
  const job = await openJob(services, run, resource, queue);
  if (!job) return;
  try {
    switch (await workOnRound(job)) {
      case 'published':
        return await closeRound(job);
      case 'cancelled':
        return await closeCancelled(job);
      case 'timeSpent':
        return await handOn(job);
    }
  } catch (error) {
    try {
      if (await healBase(job, error)) return await handOn(job);
    } catch (another) {
      return endInTrouble(job, another);
    }
    await endInTrouble(job, error);
  }
}

/** A round, step by step; each step ends with what it did being durable. */
async function workOnRound(job: Job): Promise<'published' | 'cancelled' | 'timeSpent'> {
  while (!isPublished(job.state, job.head)) {
    if (await job.isCancelled()) return 'cancelled';
    const step = nextStep(job.state);
    // A listing that took all the time and showed nothing new has left no slice to go on from: its end is now.
    if (step !== 'publish' && (job.isOver() || belongsToHistory(job))) return 'timeSpent';
    switch (step) {
      case 'ask':
        await askMissing(job);
        break;
      case 'askDamaged':
        await askDamaged(job);
        break;
      case 'list':
        await listChanges(job);
        break;
      case 'content':
        await storeContent(job);
        await publishMeanwhile(job);
        break;
      case 'settle':
        await settleRemovals(job);
        break;
      case 'publish':
        await publishRound(job);
        return 'published';
    }
  }
  return 'published';
}

async function closeRound(job: Job): Promise<void> {
  const { services, run, resource, state, head } = job;
  await noteHealed(job);
  await tellFailingItems(job);
  await job.letCatalogFollow();
  await brakeOnMassChange(job);
  await closeRow(services, run.id, resource, {
    state: 'done',
    status: statusOf(state.counts, true),
    counts: state.counts,
    compared: state.full,
    ...withMissed(state, {}),
    ...(head.newestPoint !== undefined && { pointId: head.newestPoint }),
  });
  await job.release(true);
  await finishRun(services, run.id);
}

/** What is stored by then becomes visible; the next run goes on from the place where this one started. */
async function closeCancelled(job: Job): Promise<void> {
  if (job.state.entriesSince > 0 && !job.state.settling) await publishPartial(job, 'The run was cancelled');
  const { services, run, resource, state } = job;
  await closeRow(services, run.id, resource, {
    state: 'cancelled',
    counts: state.counts,
    reason: 'The run was cancelled',
  });
  await job.release(true);
  await finishRun(services, run.id);
}

/** The time of the job is spent: one message to whoever goes on, from where the head says. */
async function handOn(job: Job): Promise<void> {
  await job.release(false);
  const queue: QueueName = belongsToHistory(job) ? 'history' : job.queue;
  await job.services.queue.send(queue, { run: job.run.id, resource: job.resource.id });
  job.services.log.info('backup.handOn', {
    run: job.run.id,
    resource: job.resource.id,
    at: instant(job.services.clock.now()),
    pending: job.state.counts.pending,
  });
}

/** The last 30 days of everybody come before the history of anybody. */
const belongsToHistory = (job: Job): boolean => job.queue === 'backup' && onlyHistoryLeft(job.state);
