import type { Connector } from '../../engine/connector.ts';
import type { WorkloadDeps } from '../deps.ts';
import { noRestore } from '../noRestore.ts';
import { changesOfMailbox } from './changes.ts';
import { mailDescription } from './describe.ts';
import { discoverMailboxes } from './discover.ts';
import { createExportMemory } from './exports.ts';
import { FETCH_BATCH, fetchMessages } from './fetch.ts';
import { locateInMailbox } from './locate.ts';
import { mailRestore } from './restore/index.ts';

/** Mail: folders and messages of mailboxes of people, shared mailboxes, rooms and equipment. */
export function createMailConnector({ read, write, now, log }: WorkloadDeps): Connector {
  const exports = createExportMemory(now, log);
  return {
    workload: 'mail',
    description: mailDescription,
    fetchBatch: FETCH_BATCH,
    discover: (signal) => discoverMailboxes(read, signal),
    changes: (resource, cursor, context) => changesOfMailbox(read, resource, cursor, context),
    fetch: (resource, items, context) => fetchMessages({ graph: read, exports }, resource, items, context),
    locate: (resource, ids, context) => locateInMailbox(read, resource.sourceId, ids, context),
    restore: write === undefined ? noRestore : mailRestore(read, write, now, log),
  };
}
