import { isFault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import { changeRequest } from './requestStore.ts';
import type { StoredRequest } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';

/** People wait for this end: whoever saves it puts it into the outbox next, with `tellEnd`. */
export const toBeTold = (stored: StoredRequest): StoredRequest => ({
  ...stored,
  work: { ...stored.work, untold: true },
});

/**
 * Puts the end of a restore, good or bad, into the outbox; does nothing for one that is told already. The mark stays in
 * the request until the outbox has it, so that whatever dies in between, the timer's next round makes up for it. Never
 * fails for storage: what became of the restore does not depend on whether it could be told.
 */
export async function tellEnd(
  services: Pick<RestoreServices, 'records' | 'log'>,
  id: RequestId,
  stored: StoredRequest,
): Promise<void> {
  // Taken up again meanwhile: its next end will be told.
  const { finishedAt } = stored.request;
  if (stored.work.untold !== true || finishedAt === undefined) return;
  try {
    await services.records.outbox.add(`restore-${id}`, { kind: 'restored', requestId: id, finishedAt });
    await changeRequest(services, id, (current) => {
      const { untold, ...work } = current.work;
      // It may have been taken up again and have ended once more meanwhile: that end is told by itself.
      const isThisEnd = current.request.finishedAt === finishedAt;
      return untold === undefined || !isThisEnd ? current : { ...current, work };
    });
  } catch (error) {
    if (!isFault(error)) throw error;
    services.log.warn('restore.notTold', { request: id, kind: error.kind });
  }
}
