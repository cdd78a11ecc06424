import type { Connector } from '../../engine/connector.ts';
import type { WorkloadDeps } from '../deps.ts';
import { noRestore } from '../noRestore.ts';
import { changesOfDrive } from './changes.ts';
import { driveDescription } from './describe.ts';
import { discoverDrives } from './discover.ts';
import { FETCH_BATCH, fetchFiles } from './fetch.ts';
import { locateInDrive } from './locate.ts';
import type { QuickXorHash } from './quickXorHash.ts';
import { driveRestore } from './restore/index.ts';

/** OneDrive of people: folders, files and notebooks. */
export function createDriveConnector({ read, write, now }: WorkloadDeps): Connector {
  const partial = new Map<string, QuickXorHash>();
  return {
    workload: 'drive',
    description: driveDescription,
    fetchBatch: FETCH_BATCH,
    discover: (signal) => discoverDrives(read, signal),
    changes: (resource, cursor, context) => changesOfDrive(read, resource, cursor, context),
    fetch: (resource, items, context) => fetchFiles({ graph: read, partial }, resource, items, context),
    locate: (resource, ids, context) => locateInDrive(read, resource.sourceId, ids, context),
    restore: write === undefined ? noRestore : driveRestore(write, now),
  };
}
