import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { RequestId } from '../model/ids.ts';
import type { RequestState } from '../model/restoreRequest.ts';
import { approvalEnds } from './deadlines.ts';
import { stop } from './endOrWait.ts';
import { changeRequest, nameUnreadable } from './requestStore.ts';
import type { StoredRequest } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import { tellEnd } from './tellEnd.ts';
import { unpin } from './pins.ts';

const open: readonly RequestState[] = ['planning', 'approved', 'running'];
/** Without a sign of life for this long, or so long after it was to be tried again, a message got lost. */
const quietMs = 600_000;

/** Is it planned or carried out, so that it reads restore points? */
export const isAtWork = ({ request }: StoredRequest): boolean => open.includes(request.state);

/** Is somebody or something to carry it on? */
export const isOpen = (stored: StoredRequest): boolean => isAtWork(stored) || stored.work.undoAt !== undefined;

/** The timer's round: nudges what lies still, expires what nobody decided, tells ends that were not told. One request's trouble is not another's. */
export async function tendRequests(
  services: RestoreServices,
  nudge: (id: RequestId) => Promise<void>,
  allDead: boolean,
): Promise<void> {
  let token: string | undefined;
  do {
    const page = await services.records.requests.list(token);
    nameUnreadable(page.unreadable, services.log);
    for (const { id, value } of page.value) {
      try {
        await tend(id, value as StoredRequest, services, nudge, allDead);
      } catch (error) {
        // What concerns storage as a whole concerns all.
        if (isFault(error, 'unavailable', 'throttled', 'key-unavailable')) throw error;
        services.log.error('restore.notTended', {
          request: id,
          error: error instanceof Error ? error.name : 'unknown',
        });
      }
    }
    token = page.nextPageToken;
  } while (token !== undefined);
}

async function tend(
  id: RequestId,
  stored: StoredRequest,
  services: RestoreServices,
  nudge: (id: RequestId) => Promise<void>,
  allDead: boolean,
): Promise<void> {
  const { request } = stored;
  await tellEnd(services, id, stored);
  const now = services.clock.now();
  if (stored.work.gathering === true) return giveUpGathering(id, stored, services, allDead);
  const isQuiet = request.heartbeatAt === undefined || now - Date.parse(request.heartbeatAt) > quietMs;
  // Whoever was asked to wait waits: the message for that time is on its way.
  const isWaiting = request.delayed !== undefined && now < Date.parse(request.delayed.retryAt) + quietMs;
  if (isOpen(stored) && (allDead || (isQuiet && !isWaiting))) await nudge(id);
  if (request.state !== 'waiting') return;
  if (now <= approvalEnds(request, services.limits)) return;
  const next = await changeRequest(services, id, (current) =>
    // Decided in the meantime, or of a newer form: nothing is to be done.
    current.request.state !== 'waiting'
      ? current
      : {
          ...current,
          request: {
            ...current.request,
            state: 'expired',
            finishedAt: instant(now),
            trouble: 'Nobody decided within 72 hours.',
          },
        },
  );
  if (next.request.state === 'expired') await unpin(services.tables, id, stored.pinned);
}

/** Whoever wrote it down ended in the middle: what it was to mean is not known whole, so it ends by name. */
async function giveUpGathering(
  id: RequestId,
  { request }: StoredRequest,
  services: RestoreServices,
  allDead: boolean,
): Promise<void> {
  const now = services.clock.now();
  if (!allDead && now - Date.parse(request.createdAt) <= quietMs) return;
  const trouble = 'It was cut off before all that the search found was written down. Ask for it again.';
  const next = await changeRequest(services, id, (current) => {
    const { gathering, ...work } = current.work;
    if (gathering === undefined) return current;
    return current.request.state === 'planning' ? stop({ ...current, work }, now, trouble) : { ...current, work };
  });
  await tellEnd(services, id, next);
}
