import type { Connector } from '../engine/connector.ts';
import type { WorkloadDeps } from './deps.ts';
import { createDriveConnector } from './drive/index.ts';
import { createMailConnector } from './mail/index.ts';

/** Every workload. A new one is one folder and one line here. */
const workloads = [createMailConnector, createDriveConnector];

export function createConnectors(deps: WorkloadDeps): ReadonlyMap<string, Connector> {
  return new Map(workloads.map((create) => create(deps)).map((connector) => [connector.workload, connector]));
}

export type { WorkloadDeps } from './deps.ts';
