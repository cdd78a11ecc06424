import type { Counts, Run } from '../../../../../contract/runs.ts';

export const isOpen = ({ finishedAt }: { readonly finishedAt?: string | undefined }): boolean =>
  finishedAt === undefined;

/** How far it is, or undefined while the number of items is not known. */
export function shareOf({ state, counts }: Run): number | undefined {
  if (state === 'queued' || state === 'discovering' || counts.listed === 0) return undefined;
  return (counts.listed - counts.pending) / counts.listed;
}

/** Items in the copy, new or known from before; folders are what they lie in and count for themselves. */
export const keptOf = ({ stored, reused, containers }: Counts): number => stored + reused - containers;

/** Items that Microsoft 365 reported, whatever became of them, without the folders. */
export const listedOf = ({ listed, containers }: Counts): number => listed - containers;

/** Items that were reported and stand in no column; anything but 0 is a fault of ours and is said so. */
export const unaccountedOf = (counts: Counts): number =>
  counts.listed -
  (counts.stored +
    counts.reused +
    counts.skipped +
    counts.failed +
    counts.vanished +
    counts.outOfScope +
    counts.pending);
