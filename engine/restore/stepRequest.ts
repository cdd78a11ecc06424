import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { RequestId } from '../model/ids.ts';
import { checkStillAllowed } from './checkStillAllowed.ts';
import { checkForDownload, finishDownload } from './downloadRequest.ts';
import { planStep } from './planRequest.ts';
import { letGo } from './requestStore.ts';
import type { RequestTenure } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import { finish, runStep, writeBack } from './runRequest.ts';
import type { Shift } from './runRequest.ts';
import { undoStep } from './undoRequest.ts';

/** One step of whatever the request is at: planning, carrying out, undoing. `more`: send the next nudge. */
export async function stepRequest(
  tenure: RequestTenure,
  services: RestoreServices,
  signal: AbortSignal,
): Promise<'more' | 'done'> {
  const { request, work } = tenure.current;
  if (request.state === 'planning') return planStep(tenure, services, signal);
  if (request.state === 'approved') {
    await tenure.save((stored) => ({
      ...stored,
      request: { ...stored.request, state: 'running', startedAt: instant(services.clock.now()) },
    }));
  } else if (request.state !== 'running') {
    if (work.undoAt !== undefined) return undoStep(tenure, services, signal);
    await tenure.save(letGo);
    return 'done';
  }
  await checkStillAllowed(tenure.current.request, services);
  const isDownload = request.destination.kind === 'download';
  const shift: Shift = { tenure, until: services.clock.now() + services.limits.jobMs };
  const carryOut = isDownload ? checkForDownload(shift, services) : writeBack(shift, services, signal);
  if ((await runStep(shift, services, carryOut)) === 'more') return 'more';
  const finished = isDownload
    ? await finishDownload(tenure.current, services)
    : finish(tenure.current, services.clock.now());
  await tenure.save((stored) => ({ ...finished, work: { ...finished.work, fence: stored.work.fence } }));
  await services.records.outbox.add(`restore-${request.id}`, { kind: 'restored', requestId: request.id });
  return 'done';
}

/** Known troubles never leave a queue handler: the request waits, ends with a sentence, or belongs to another job. */
export async function endOrWait(
  error: unknown,
  id: RequestId,
  tenure: RequestTenure | undefined,
  services: RestoreServices,
  nudge: (id: RequestId, delaySeconds?: number) => Promise<void>,
): Promise<void> {
  if (!isFault(error)) {
    // Let go first: the tries that follow would take this one for a job at work, and end well without doing anything.
    await tenure?.release().catch(() => services.log.warn('restore.notReleased', { request: id }));
    throw error;
  }
  services.log.warn('restore.trouble', { request: id, kind: error.kind, origin: error.origin });
  if (isFault(error, 'stale-fence')) return;
  // A message about a request that does not exist: nothing will ever come of it.
  if (tenure === undefined && isFault(error, 'not-found')) return;
  if (isFault(error, 'cancelled')) {
    // Whoever stopped it may have asked to take it back, which waits until nobody works on it.
    if ((await tenure?.release())?.work.undoAt !== undefined) await nudge(id);
    return;
  }
  if (isFault(error, 'throttled', 'unavailable')) {
    if (tenure !== undefined) await tenure.save(letGo);
    await nudge(id, Math.min(3_600, Math.max(5, Math.ceil((error.retryAfterMs ?? 30_000) / 1_000))));
    return;
  }
  if (tenure === undefined) throw error;
  await tenure.save((stored) =>
    letGo({
      ...stored,
      request: {
        ...stored.request,
        state: 'failed',
        finishedAt: instant(services.clock.now()),
        trouble: error.message,
      },
    }),
  );
}
