import { isFault, type Fault } from '../fault.ts';
import { statusOf, worstStatus } from '../model/ledger.ts';
import { finishRun } from './finishRun.ts';
import type { Job } from './job.ts';
import { publishPartial } from './publishRound.ts';
import { changeRow, closeRow } from './rows.ts';
import { isStorageTrouble, sentence, waitAfter } from './waiting.ts';

/** A nudge is kept from a host that is about to stop. */
export const stoppingHostSeconds = 5;

/**
 * What follows when a job could not go on. What it committed stays; the cursor never moves past what is not stored. A
 * known trouble ends in a wait with one delayed nudge, or in a closed row that says why. A defect of ours is thrown on.
 */
export async function endInTrouble(job: Job, error: unknown): Promise<void> {
  const { log } = job.services;
  job.abandon();
  if (!isFault(error)) {
    await quietly(job, () => job.release(false));
    throw error;
  }
  // Being asked to wait, and a host that stops, are everyday.
  const level = isFault(error, 'throttled', 'cancelled') ? 'info' : 'warn';
  log[level]('backup.trouble', {
    run: job.run.id,
    resource: job.resource.id,
    kind: error.kind,
    origin: error.origin,
    ...(error.code !== undefined && { code: error.code }),
  });
  if (error.kind === 'stale-fence') return;
  await quietly(job, async () => {
    if (error.kind === 'cancelled') return leaveToOthers(job);
    if (isFault(error, 'throttled', 'unavailable')) return waitOrGiveUp(job, error);
    return closeEarly(job, error);
  });
}

/** Passing trouble: again when asked or after a growing pause, until a day went by without any progress. */
async function waitOrGiveUp(job: Job, fault: Fault): Promise<void> {
  const { services, run, resource } = job;
  const row = (await services.records.runs.resources.get(run.id, resource.id))?.value;
  const before = job.progressed ? {} : (row ?? {});
  const waiting = waitAfter(fault, before, services.clock.now(), services.settings);
  if (!waiting) return closeEarly(job, fault);
  const heartbeatAt = job.now();
  await changeRow(services, run.id, resource.id, (current) => ({
    ...current,
    ...waiting,
    state: 'waiting',
    heartbeatAt,
  }));
  await job.release(false);
  const delaySeconds = Math.max(0, Math.ceil((Date.parse(waiting.resumesAt) - services.clock.now()) / 1000));
  await services.queue.send(job.queue, { run: run.id, resource: resource.id }, delaySeconds);
}

/** This host is stopping; another one goes on. */
async function leaveToOthers(job: Job): Promise<void> {
  await job.release(false);
  await job.services.queue.send(job.queue, { run: job.run.id, resource: job.resource.id }, stoppingHostSeconds);
}

/** Ends the row of this run. What is stored becomes visible where storage lets it; the next run tries again. */
async function closeEarly(job: Job, fault: Fault): Promise<void> {
  const { services, run, resource } = job;
  const reason = sentence(fault);
  if (!isStorageTrouble(fault)) await showWhatIsThere(job, reason);
  // Content that storage lost is stored anew in the next run instead of being taken along for ever.
  if (isFault(fault, 'missing', 'corrupt') && job.state.since.length > 0) {
    await job.commit({ state: (state) => ({ ...state, since: [], entriesSince: 0 }) });
  }
  const { counts, published } = job.state;
  const status = published ? worstStatus([statusOf(counts, true), 'partial']) : 'failed';
  await closeRow(services, run.id, resource, { state: published ? 'done' : 'failed', status, counts, reason });
  await job.release(true);
  await finishRun(services, run.id);
}

async function showWhatIsThere(job: Job, reason: string): Promise<void> {
  if (job.state.entriesSince === 0 || job.state.settling) return;
  await quietly(job, () => publishPartial(job, reason));
}

/** Trouble on top of trouble, such as a table that does not answer, leaves the rest to the watchdog. */
async function quietly(job: Job, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isFault(error) || error.kind === 'stale-fence') throw error;
    job.services.log.warn('backup.leftToWatchdog', { run: job.run.id, resource: job.resource.id, kind: error.kind });
  }
}
