import type { RestoreRequest } from '../model/restoreRequest.ts';
import { restoreLimits } from './restoreServices.ts';
import type { RestoreLimits } from './restoreServices.ts';

/** Until when (ms) somebody may decide about a request that waits. */
export const approvalEnds = (
  { startedAt, createdAt }: Pick<RestoreRequest, 'startedAt' | 'createdAt'>,
  { approvalMs }: Pick<RestoreLimits, 'approvalMs'> = restoreLimits,
): number => Date.parse(startedAt ?? createdAt) + approvalMs;

/** Until when (ms) a restore may be taken back; undefined while it has not ended. */
export const undoEnds = (
  { finishedAt }: Pick<RestoreRequest, 'finishedAt'>,
  { undoMs }: Pick<RestoreLimits, 'undoMs'> = restoreLimits,
): number | undefined => (finishedAt === undefined ? undefined : Date.parse(finishedAt) + undoMs);

/** Is there something to take back, and time for it at `now` (ms)? Says nothing of who may. Pure. */
export function isUndoable(request: RestoreRequest, now: number): boolean {
  const { state, counts, destination, undo, undone, journalLost } = request;
  const mayStand = state === 'done' || state === 'cancelled' || (state === 'failed' && (counts?.restored ?? 0) > 0);
  const until = undoEnds(request);
  return (
    mayStand &&
    destination.kind !== 'download' &&
    journalLost === undefined &&
    undone === undefined &&
    undo?.state !== 'running' &&
    until !== undefined &&
    now <= until
  );
}
