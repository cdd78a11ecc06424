import { instant } from '../model/ids.ts';
import { checkAskerNow, checkStillAllowed } from './checkStillAllowed.ts';
import { checkForDownload, finishDownload } from './downloadRequest.ts';
import { planStep } from './planRequest.ts';
import { letGo } from './requestStore.ts';
import type { RequestTenure } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import { finish, runStep, writeBack } from './runRequest.ts';
import type { Shift } from './runRequest.ts';
import { tellEnd, toBeTold } from './tellEnd.ts';
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
    if (work.undoAt !== undefined) {
      await checkAskerNow(request, services);
      return undoStep(tenure, services, signal);
    }
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
  await tenure.save((stored) => toBeTold({ ...finished, work: { ...finished.work, fence: stored.work.fence } }));
  await tellEnd(services, request.id, tenure.current);
  return 'done';
}
