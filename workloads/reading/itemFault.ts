import { Fault, isFault } from '../../engine/fault.ts';

/**
 * Does this answer leave open where an item is? True for what concerns the item alone; false when it is gone. Throws what
 * concerns everybody: throttles, a refused token, a stop.
 */
export function leavesOpen(fault: Fault): boolean {
  if (isFault(fault, 'throttled', 'unauthorized', 'cancelled')) throw fault;
  return fault.kind !== 'not-found';
}

/**
 * The trouble of one item, for its ledger line. What concerns the whole resource or the connection is no item's trouble
 * and is thrown on: throttles, a token or permission that is gone, a place that is gone or does not answer at all.
 * `isResourceReachable` may reject with what it meets.
 */
export async function faultOfItem(error: unknown, isResourceReachable: () => Promise<boolean>): Promise<Fault> {
  if (!(error instanceof Fault)) throw error;
  switch (error.kind) {
    case 'throttled':
    case 'unauthorized':
    case 'cancelled':
      throw error;
    case 'unavailable':
      if (error.status === undefined || !(await isResourceReachable())) throw error;
      return error;
    case 'forbidden':
    case 'locked':
    case 'not-found':
      // One item may be gone, or refused by a policy. When the whole place is, every item would go with it one by one.
      if (!(await isResourceReachable())) throw error;
      return error;
    default:
      return error;
  }
}
