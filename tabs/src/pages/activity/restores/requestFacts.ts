import type { RestoreRequest } from '../../../../../contract/restore.ts';
import type { Texts } from '../../../app/texts.tsx';

const approvalOpenMs = 72 * 3_600_000;
const working: ReadonlySet<RestoreRequest['state']> = new Set(['planning', 'approved', 'running']);

/** Something happens to it by itself, so that looking again is worth it. */
export const isWorking = ({ state }: RestoreRequest): boolean => working.has(state);

export type RequestStanding = RestoreRequest['state'] | 'undoing' | 'undone';

/** The one word for where it stands. The state stays what became of the restore; taking it back comes after that. */
export const standingOfRequest = ({ state, undo, undone }: RestoreRequest): RequestStanding =>
  undone !== undefined ? 'undone' : undo?.state === 'running' ? 'undoing' : state;

/** It may still change: by itself or by somebody. */
export const isOpenRequest = (request: RestoreRequest): boolean =>
  isWorking(request) || request.state === 'ready' || request.state === 'waiting';

/** The server closes a request that nobody decided 72 hours after the approval was asked for. */
export const expiresAt = ({ startedAt, createdAt }: RestoreRequest): string =>
  new Date(Date.parse(startedAt ?? createdAt) + approvalOpenMs).toISOString();

/** How many items it is about, where that is known already. */
export function amountOf({ counts, plan, selection }: RestoreRequest): number | undefined {
  if (counts !== undefined && counts.total > 0) return counts.total;
  if (plan !== undefined) return plan.add + plan.keepBoth + plan.replace + plan.skip;
  return 'items' in selection ? selection.items.length : undefined;
}

export function shareOfRequest({ state, counts }: RestoreRequest): number | undefined {
  if (state !== 'running' || counts === undefined || counts.total === 0) return undefined;
  return handledOf(counts) / counts.total;
}

/** Items with an outcome, whichever it is. */
export const handledOf = (counts: NonNullable<RestoreRequest['counts']>): number =>
  counts.restored + counts.skipped + counts.failed;

/** `Restore of 14 items`, or of what was chosen while nobody has counted it. */
export function titleOf(text: Texts, request: RestoreRequest): string {
  const isDownload = request.destination.kind === 'download';
  const count = amountOf(request);
  if (count === undefined) return text(isDownload ? 'recent.download' : 'recent.restore');
  return text(isDownload ? 'activity.download.title' : 'activity.restore.title', { count });
}

/** The new folder that things come back into, as the server names it, and whose it is. */
export function newFolderWords(text: Texts, { folder = '', sources = [] }: RestoreRequest): string {
  const owners = sources.map(({ name }) => name).join(', ');
  return text('activity.to.namedFolder', {
    folder,
    owner: owners === '' ? text('activity.to.owner') : owners,
  });
}
