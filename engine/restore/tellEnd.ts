import { isFault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import { changeRequest, isHeld, journalKey } from './requestStore.ts';
import type { StoredRequest } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import type { ItemJournal } from './runRequest.ts';

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
  services: Pick<RestoreServices, 'records' | 'log' | 'clock' | 'limits' | 'isDead'>,
  id: RequestId,
  stored: StoredRequest,
): Promise<void> {
  // Taken up again meanwhile: its next end will be told.
  const { finishedAt } = stored.request;
  if (stored.work.untold !== true || finishedAt === undefined) return;
  // Whoever still carries it out finds it stopped, says how far it came, and tells it then.
  if (stored.request.state === 'cancelled' && isHeld(services, stored)) return;
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

/**
 * Did anything reach its target? The counts of a job that died lag behind what it did; its journal does not. A write
 * without an answer counts: it may have arrived.
 */
export async function mayHaveWritten(
  { records }: Pick<RestoreServices, 'records'>,
  id: RequestId,
  { request, work }: StoredRequest,
): Promise<boolean> {
  // What a stopped download made ready is handed to nobody.
  if (request.destination.kind === 'download' && request.state === 'cancelled') return false;
  if ((request.counts?.restored ?? 0) > 0) return true;
  for (let at = work.at; at < work.planned; at++) {
    const row = (await records.requests.journal.get(id, journalKey('item', at)))?.value as ItemJournal | undefined;
    if (row === undefined) return false;
    if (row.written !== undefined || (row.attempts > 0 && row.result === undefined)) return true;
  }
  return false;
}
