import type { Connector } from '../../engine/connector.ts';
import { Fault } from '../../engine/fault.ts';

const never = () => Promise.reject(new Fault('unavailable', 'Microsoft 365 is not part of this test.'));
async function* nothing(): AsyncGenerator<never> {}

/** A mail workload that describes itself and reaches nobody. */
export const mailStandIn: Connector = {
  workload: 'mail',
  description: {
    workload: 'mail',
    label: 'Mail',
    icon: 'Mail',
    itemKinds: [{ kind: 'message', label: 'Message', icon: 'Mail', container: false }],
    permissions: [],
    coverageNotes: [],
    original: () => ({ extension: 'eml', mediaType: 'message/rfc822' }),
  },
  discover: nothing,
  changes: nothing,
  fetch: nothing,
  fetchBatch: 1,
  locate: never,
  restore: {
    grade: never,
    container: never,
    findContainer: never,
    look: never,
    freeName: never,
    write: never,
    find: never,
    retire: never,
    undo: never,
  },
};
