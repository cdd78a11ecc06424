import { isFault, type Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { RequestId } from '../model/ids.ts';
import type { RequestState } from '../model/restoreRequest.ts';
import { unpin } from './pins.ts';
import { letGo, nameUnreadable } from './requestStore.ts';
import type { RequestTenure, StoredRequest, Stuck } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import { tellEnd, toBeTold } from './tellEnd.ts';
import { undoStopped } from './undoRequest.ts';

/** The end of what the request was at, by trouble: of the restore, which is to be told, or only of taking it back. */
export function stop(stored: StoredRequest, now: number, trouble: string, mayGoOn = false): StoredRequest {
  const { stuck: _, ...work } = stored.work;
  const { delayed: __, ...request } = stored.request;
  const eased = { ...stored, request, work };
  if (work.undoAt !== undefined && isOver(stored)) return undoStopped(eased, now, trouble);
  const goesOn = !mayGoOn ? {} : { goesOn: request.state === 'planning' ? ('plan' as const) : ('run' as const) };
  const failed = { ...request, ...goesOn, state: 'failed' as const, finishedAt: instant(now), trouble };
  return toBeTold(letGo({ ...eased, request: failed }));
}

/** Somebody ended it. */
const stopped: readonly RequestState[] = ['cancelled', 'withdrawn', 'declined'];
const firstPauseMs = 30_000;
const longestPauseMs = 15 * 60_000;
/** What a service may ask for at most before it is asked again. */
const longestAskedMs = 3_600_000;

/**
 * Tries again after pauses that grow, or when the service said. Nothing is lost meanwhile; when nothing got on for
 * `giveUpMs`, it ends with the reason, and can be taken up where it stood.
 */
function waitOrGiveUp(stored: StoredRequest, error: Fault, now: number, giveUpMs: number): StoredRequest {
  const place = placeOf(stored);
  const before = stored.work.stuck;
  const stuck: Stuck =
    before?.place === place ? { ...before, tries: before.tries + 1 } : { since: instant(now), tries: 1, place };
  const givesUpAt = Date.parse(stuck.since) + giveUpMs;
  if (now >= givesUpAt) {
    const hours = Math.round((now - Date.parse(stuck.since)) / 3_600_000);
    return stop(
      stored,
      now,
      `It was tried for ${hours} hours without getting on. The last answer: ${error.message}.`,
      true,
    );
  }
  const grown = firstPauseMs * 2 ** Math.min(stuck.tries - 1, 10);
  const pause = Math.max(5_000, Math.min(error.retryAfterMs ?? Math.min(grown, longestPauseMs), longestAskedMs));
  return letGo({
    ...stored,
    request: {
      ...stored.request,
      delayed: {
        reason: error.message,
        since: stuck.since,
        retryAt: instant(now + pause),
        givesUpAt: instant(givesUpAt),
      },
    },
    work: { ...stored.work, stuck },
  });
}

/** A job came to the end of its time: whatever held things up, or ended hosts, has passed. */
export function gotOn(stored: StoredRequest): StoredRequest {
  const { stuck: _, mishaps: __, ...work } = stored.work;
  return { ...stored, work };
}

/** Where it stands: a job that finds it elsewhere than the one before has got on. */
export const placeOf = ({ request, work }: StoredRequest): string =>
  [request.state, work.planned, work.at, work.undoAt ?? ''].join(' ');

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
  // A message about a request that does not exist, or does not open any more: nothing will ever come of it.
  if (tenure === undefined && isFault(error, 'not-found')) return;
  if (tenure === undefined && isFault(error, 'corrupt', 'missing')) return nameUnreadable([id], services.log);
  if (isFault(error, 'cancelled')) {
    const released = await tenure?.release();
    if (released === undefined) return;
    // This job may have pinned its points after they were let go.
    if (stopped.includes(released.request.state)) await unpin(services.tables, id, released.pinned);
    await tellEnd(services, id, released);
    // Whoever stopped it may have asked to take it back, which waits until nobody works on it.
    if (released.work.undoAt !== undefined) await nudge(id);
    return;
  }
  if (isFault(error, 'throttled', 'unavailable')) {
    if (tenure === undefined) return nudge(id, firstPauseMs / 1_000);
    const now = services.clock.now();
    const stored = await tenure.save((current) => waitOrGiveUp(current, error, now, services.limits.giveUpMs));
    const { delayed } = stored.request;
    await tellEnd(services, id, stored);
    if (delayed !== undefined) await nudge(id, Math.ceil((Date.parse(delayed.retryAt) - now) / 1_000));
    return;
  }
  if (tenure === undefined) throw error;
  // Somebody makes room or brings the key back; then the rest is carried out, and nothing comes back twice.
  const canBeMended = isFault(error, 'storage-full', 'key-unavailable');
  const ended = await tenure.save((stored) => stop(stored, services.clock.now(), error.message, canBeMended));
  await tellEnd(services, id, ended);
}
