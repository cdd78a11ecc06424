import { Fault } from '../../engine/fault.ts';

/**
 * The trouble of one item, for its ledger line. What concerns the whole resource or the connection is no item's trouble
 * and is thrown on: throttles, a token or permission that is gone, a connection that gives no answer at all.
 */
export async function faultOfItem(error: unknown, isResourceReachable: () => Promise<boolean>): Promise<Fault> {
  if (!(error instanceof Fault)) throw error;
  switch (error.kind) {
    case 'throttled':
    case 'unauthorized':
    case 'cancelled':
      throw error;
    case 'unavailable':
      if (error.status === undefined) throw error;
      return error;
    case 'forbidden':
    case 'locked':
      // One item may be refused by a policy. When the whole place is, every item would fail one by one.
      if (!(await isResourceReachable())) throw error;
      return error;
    default:
      return error;
  }
}
