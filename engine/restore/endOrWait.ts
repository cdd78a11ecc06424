import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { RequestId } from '../model/ids.ts';
import { letGo } from './requestStore.ts';
import type { RequestTenure, StoredRequest } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import { undoStopped } from './undoRequest.ts';

/** The end of what the request was at, by trouble: of the restore, or only of taking it back. */
export function stop(stored: StoredRequest, now: number, trouble: string): StoredRequest {
  if (stored.work.undoAt !== undefined && isOver(stored)) return undoStopped(stored, now, trouble);
  return letGo({
    ...stored,
    request: { ...stored.request, state: 'failed', finishedAt: instant(now), trouble },
  });
}

/** The restore itself has its result. */
const isOver = ({ request }: StoredRequest): boolean => request.finishedAt !== undefined;

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
  await tenure.save((stored) => stop(stored, services.clock.now(), error.message));
}
