import { isFault, type Fault } from '../fault.ts';
import { instant, isHexId, type ResourceId, type RunId } from '../model/ids.ts';
import type { QueueName } from '../ports/queue.ts';
import { backupResource } from './backupResource.ts';
import type { BackupNudge, BackupServices } from './backupServices.ts';
import { finishRun } from './finishRun.ts';
import { planRunResources } from './startRun.ts';
import { changeRow, changeRun, closeRow, hasEnded } from './rows.ts';
import { sentence, stoppingHostSeconds } from './troubles.ts';

/** Passing trouble before a resource was taken; longer than a heartbeat lives, in case it was taken after all. */
const againSeconds = 150;

/** One message of the queues `backup` and `history`. Throws only what is a defect of ours: known troubles end in a nudge or a closed row. */
export async function onBackupNudge(
  services: BackupServices,
  nudge: BackupNudge,
  queue: Extract<QueueName, 'backup' | 'history'>,
): Promise<void> {
  if (!isHexId(nudge.run) || (nudge.resource !== undefined && !isHexId(nudge.resource))) {
    services.log.warn('backup.oddNudge');
    return;
  }
  if (services.signal.aborted) {
    await services.queue.send(queue, nudge, stoppingHostSeconds);
    return;
  }
  try {
    if (nudge.resource === undefined) await planRunResources(services, nudge.run as RunId);
    else await backupResource(services, nudge.run as RunId, nudge.resource as ResourceId, queue);
  } catch (error) {
    if (!isFault(error)) throw error;
    await onKnownFault(services, nudge, queue, error);
  }
}

async function onKnownFault(
  services: BackupServices,
  nudge: BackupNudge,
  queue: QueueName,
  fault: Fault,
): Promise<void> {
  services.log.warn('backup.nudgeFault', { run: nudge.run, kind: fault.kind, origin: fault.origin });
  if (fault.kind === 'stale-fence') return;
  const isPassing =
    fault.kind === 'throttled' ||
    fault.kind === 'unavailable' ||
    fault.kind === 'cancelled' ||
    fault.kind === 'conflict';
  try {
    if (isPassing) {
      const wait = fault.retryAfterMs === undefined ? againSeconds : Math.ceil(fault.retryAfterMs / 1000);
      const tries = fault.kind === 'unavailable' ? await sayWhyItWaits(services, nudge, fault, wait) : 0;
      if (tries > services.settings.tries) await fail(services, nudge, sentence(fault));
      else await services.queue.send(queue, nudge, wait);
    } else {
      await fail(services, nudge, sentence(fault));
    }
  } catch (error) {
    // The watchdog finds what is open and has no heartbeat.
    if (!isFault(error)) throw error;
    services.log.warn('backup.leftToWatchdog', { run: nudge.run, kind: error.kind });
  }
}

/** So that people see what is the matter meanwhile. Answers how often in a row this resource could not even be opened. */
async function sayWhyItWaits(
  services: BackupServices,
  { run, resource }: BackupNudge,
  fault: Fault,
  waitSeconds: number,
): Promise<number> {
  if (resource === undefined) return 0;
  const now = services.clock.now();
  const row = await changeRow(services, run as RunId, resource as ResourceId, (current) => ({
    ...current,
    state: 'waiting',
    resumesAt: instant(now + waitSeconds * 1000),
    reason: sentence(fault),
    tries: (current.tries ?? 0) + 1,
    heartbeatAt: instant(now),
  }));
  return row?.tries ?? 0;
}

/** A message that broke its handler five times. The resource, or the run that could not be planned, has failed by name. */
export async function onPoisonedNudge(services: BackupServices, nudge: BackupNudge): Promise<void> {
  services.log.error('backup.poisoned', { run: nudge.run, resource: nudge.resource ?? '' });
  await fail(services, nudge, 'An error in Holdfast stopped this backup again and again. The log names it.');
}

/** Closes what the nudge was about as failed, with the reason. */
export async function fail(services: BackupServices, nudge: BackupNudge, reason: string): Promise<void> {
  const run = nudge.run as RunId;
  if (nudge.resource === undefined) {
    await changeRun(services, run, (current) =>
      current.planned || hasEnded(current) ? undefined : { ...current, planned: true, reason },
    );
  } else {
    const resource = (await services.records.resources.get(nudge.resource as ResourceId))?.value;
    const row = (await services.records.runs.resources.get(run, nudge.resource as ResourceId))?.value;
    if (resource && row) {
      const status = row.pointId === undefined ? 'failed' : 'partial';
      await closeRow(services, run, resource, { state: status === 'failed' ? 'failed' : 'done', status, reason });
    }
  }
  await finishRun(services, run);
}
