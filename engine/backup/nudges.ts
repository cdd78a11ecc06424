import { isFault, type Fault } from '../fault.ts';
import { instant, isHexId, type ResourceId, type RunId } from '../model/ids.ts';
import type { Mishaps, Waiting } from '../model/run.ts';
import type { QueueName } from '../ports/queue.ts';
import { backupResource } from './backupResource.ts';
import type { BackupNudge, BackupServices } from './backupServices.ts';
import { finishRun } from './finishRun.ts';
import { planRunResources } from './startRun.ts';
import { changeRow, changeRun, closeRow, hasEnded } from './rows.ts';
import { stoppingHostSeconds } from './troubles.ts';
import { sentence, waitAfter } from './waiting.ts';

/** Passing trouble before a resource was taken; longer than a heartbeat lives, in case it was taken after all. */
const againSeconds = 150;
/** Messages of one piece of work that are given up without progress in between: five hosts ended under each. */
const mostParked = 2;

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
    if (!isFault(error)) {
      await noteDefect(services, nudge, error);
      throw error;
    }
    await onKnownFault(services, nudge, queue, error);
  }
  await forgetDefect(services, nudge);
}

async function onKnownFault(
  services: BackupServices,
  nudge: BackupNudge,
  queue: QueueName,
  fault: Fault,
): Promise<void> {
  services.log.warn('backup.nudgeFault', { run: nudge.run, kind: fault.kind, origin: fault.origin });
  if (fault.kind === 'stale-fence') return;
  try {
    // A host that stops: another one goes on.
    if (fault.kind === 'cancelled') await services.queue.send(queue, nudge, againSeconds);
    else if (isFault(fault, 'throttled', 'unavailable', 'conflict')) await waitOrGiveUp(services, nudge, queue, fault);
    else await fail(services, nudge, sentence(fault));
  } catch (error) {
    // The watchdog finds what is open and has no heartbeat.
    if (!isFault(error)) throw error;
    services.log.warn('backup.leftToWatchdog', { run: nudge.run, kind: error.kind });
  }
}

/** Passing trouble before the work began: people see what is the matter meanwhile, and after a day without progress it failed. */
async function waitOrGiveUp(
  services: BackupServices,
  nudge: BackupNudge,
  queue: QueueName,
  fault: Fault,
): Promise<void> {
  const now = services.clock.now();
  const heartbeatAt = instant(now);
  let waiting: Waiting | undefined;
  const again = (before: Partial<Waiting>): Waiting | undefined =>
    (waiting = waitAfter(fault, before, now, services.settings, againSeconds * 1000));
  if (nudge.resource === undefined) {
    await changeRun(services, nudge.run as RunId, (current) =>
      current.planned || hasEnded(current) || !again(current.waiting ?? {})
        ? undefined
        : { ...current, ...(waiting && { waiting }), heartbeatAt },
    );
  } else {
    await changeRow(services, nudge.run as RunId, nudge.resource as ResourceId, (current) =>
      again(current) ? { ...current, ...waiting, state: 'waiting', heartbeatAt } : undefined,
    );
  }
  if (waiting) await services.queue.send(queue, nudge, Math.ceil((Date.parse(waiting.resumesAt) - now) / 1000));
  // What is through already stays as it is.
  else await fail(services, nudge, sentence(fault));
}

/** So that whoever finds the message given up knows that it broke its handler, and not a host that was ended. */
async function noteDefect(services: BackupServices, nudge: BackupNudge, error: unknown): Promise<void> {
  const broke = error instanceof Error ? error.name : typeof error;
  try {
    await changeMishaps(services, nudge, (mishaps) => ({ ...mishaps, broke }));
  } catch (trouble) {
    services.log.warn('backup.defectNotNoted', { run: nudge.run, kind: isFault(trouble) ? trouble.kind : 'defect' });
  }
}

/** The message was worked off: what an earlier try of it met is no reason to blame that for whatever ends a later one. */
async function forgetDefect(services: BackupServices, { run, resource }: BackupNudge): Promise<void> {
  const id = run as RunId;
  const free = <Noted extends { readonly mishaps?: Mishaps }>(noted: Noted): Noted | undefined => {
    if (noted.mishaps?.broke === undefined) return undefined;
    const { broke: _broke, ...mishaps } = noted.mishaps;
    return { ...noted, mishaps };
  };
  try {
    if (resource === undefined) await changeRun(services, id, free);
    else await changeRow(services, id, resource as ResourceId, free);
  } catch (trouble) {
    if (!isFault(trouble)) throw trouble;
    services.log.warn('backup.defectNotForgotten', { run, kind: trouble.kind });
  }
}

/** Undefined when what the nudge is about is through. */
async function changeMishaps(
  services: BackupServices,
  { run, resource }: BackupNudge,
  change: (mishaps: Mishaps) => Mishaps,
): Promise<Mishaps | undefined> {
  const id = run as RunId;
  const changed =
    resource === undefined
      ? await changeRun(services, id, (current) =>
          current.planned || hasEnded(current) ? undefined : { ...current, mishaps: change(current.mishaps ?? {}) },
        )
      : (
          await changeRow(services, id, resource as ResourceId, (current) => ({
            ...current,
            mishaps: change(current.mishaps ?? {}),
          }))
        )?.value;
  return changed?.mishaps;
}

/**
 * A message that was given up after five tries. When it broke its handler, what it was about has failed by name. When
 * the host was ended under it each time the work is unfinished and goes on, unless that happens again and again without
 * any progress: then the work itself may be what ends the host.
 */
export async function onPoisonedNudge(
  services: BackupServices,
  nudge: BackupNudge,
  queue: Extract<QueueName, 'backup' | 'history'>,
): Promise<void> {
  const { run, resource = '' } = nudge;
  const mishaps = await changeMishaps(services, nudge, (before) => ({ ...before, parked: (before.parked ?? 0) + 1 }));
  const { broke, parked = 0 } = mishaps ?? {};
  services.log.error('backup.poisoned', { run, resource, parked, ...(broke === undefined ? {} : { broke }) });
  if (mishaps === undefined) await finishRun(services, run as RunId);
  else if (broke !== undefined)
    await fail(services, nudge, 'An error in Holdfast stopped this backup again and again. The log names it.');
  else if (parked > mostParked)
    await fail(services, nudge, 'The host ended again and again in the middle of this backup, which never got on.');
  else await services.queue.send(queue, nudge, againSeconds);
}

/** Closes what the nudge was about as failed, with the reason. */
export async function fail(services: BackupServices, nudge: BackupNudge, reason: string): Promise<void> {
  const run = nudge.run as RunId;
  if (nudge.resource === undefined) {
    await changeRun(services, run, ({ waiting: _waiting, ...current }) =>
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
