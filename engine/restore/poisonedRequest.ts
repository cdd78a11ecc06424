import { isFault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import { placeOf, stop } from './endOrWait.ts';
import { changeRequest } from './requestStore.ts';
import type { RequestMishaps, StoredRequest } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import { tellEnd } from './tellEnd.ts';
import { isOpen } from './tendRequests.ts';

/** Messages that are given up without progress in between: five hosts ended under each. */
const mostParked = 2;
/** Longer than a heartbeat lives: whoever held it when the host ended counts as gone by then. */
const againSeconds = 150;

/**
 * A message that was given up after five tries. When it broke its handler, what the request was at has ended by name.
 * When the host was ended under it each time the work goes on where it stood, unless that happens again and again without
 * any progress: then the work itself may be what ends the host, and only a person lets it go on.
 */
export async function onPoisonedRequest(
  services: RestoreServices,
  id: RequestId,
  nudge: (id: RequestId, delaySeconds: number) => Promise<void>,
): Promise<void> {
  const now = services.clock.now();
  const stored = await changeRequest(services, id, (current) => {
    if (!isOpen(current)) return current;
    const before = mishapsOf(current);
    const parked = (before.parked ?? 0) + 1;
    if (before.broke !== undefined)
      return ended(stop(current, now, 'An error in Holdfast stopped this again and again. The log names it.'));
    if (parked > mostParked)
      return ended(
        stop(current, now, 'The host ended again and again in the middle of this, which never got on.', true),
      );
    return { ...current, work: { ...current.work, mishaps: { ...before, parked } } };
  });
  await tellEnd(services, id, stored);
  if (isOpen(stored)) await nudge(id, againSeconds);
}

/** So that whoever finds the message given up knows that it broke its handler, and not a host that was ended. */
export async function noteDefect(services: RestoreServices, id: RequestId, error: unknown): Promise<void> {
  const broke = error instanceof Error ? error.name : typeof error;
  try {
    await changeRequest(services, id, (current) =>
      isOpen(current) ? { ...current, work: { ...current.work, mishaps: { ...mishapsOf(current), broke } } } : current,
    );
  } catch (trouble) {
    services.log.warn('restore.defectNotNoted', { request: id, kind: isFault(trouble) ? trouble.kind : 'defect' });
  }
}

/** What befell it where it stands now; what befell it elsewhere is over. */
function mishapsOf(stored: StoredRequest): RequestMishaps {
  const place = placeOf(stored);
  return stored.work.mishaps?.place === place ? stored.work.mishaps : { place };
}

/** Whoever still works on it finds out with the next save. */
function ended(stored: StoredRequest): StoredRequest {
  const { mishaps: _, ...work } = stored.work;
  return { ...stored, work: { ...work, fence: work.fence + 1 } };
}
