import { hasNothingToCopy, type ProtectedResource, type ResourceState } from '../engine/model/resource.ts';
import type { Records } from '../engine/records/records.ts';
import { allResources } from './resources.ts';

export interface WorkloadCoverage {
  readonly workload: string;
  readonly safe: number;
  readonly wanted: number;
}

/** Resources that should have a whole copy and have none, with one state and one reason. */
export interface Gap {
  readonly state: ResourceState;
  readonly reason?: string;
  readonly count: number;
}

/** How well the tenant is protected, counted as the console counts it. */
export interface Coverage {
  readonly safe: number;
  readonly wanted: number;
  readonly workloads: readonly WorkloadCoverage[];
  /** The most frequent first. */
  readonly gaps: readonly Gap[];
}

/** Should there be a copy? Not of what was left out on purpose, is gone, or has nothing that could be copied. */
export const isWanted = (resource: ProtectedResource): boolean =>
  resource.state !== 'excluded' && resource.state !== 'gone' && !hasNothingToCopy(resource);

/** States that somebody has to look at; a first backup or a wait for Microsoft 365 ends by itself. */
export const needsAttention = ({ state }: Pick<Gap, 'state'>): boolean =>
  state === 'failing' || state === 'partial' || state === 'notProtected' || state === 'paused';

export async function coverageOf(records: Pick<Records, 'resources'>): Promise<Coverage> {
  const workloads = new Map<string, { workload: string; safe: number; wanted: number }>();
  const gaps = new Map<string, Gap>();
  for await (const resource of allResources(records)) {
    if (!isWanted(resource)) continue;
    const { workload, state, reason } = resource;
    const row = workloads.get(workload) ?? { workload, safe: 0, wanted: 0 };
    workloads.set(workload, row);
    row.wanted++;
    if (state === 'protected') {
      row.safe++;
      continue;
    }
    const key = `${state} ${reason ?? ''}`;
    const count = (gaps.get(key)?.count ?? 0) + 1;
    gaps.set(key, { state, count, ...(reason === undefined ? {} : { reason }) });
  }
  const rows = [...workloads.values()].toSorted((a, b) => a.workload.localeCompare(b.workload));
  return {
    safe: rows.reduce((sum, { safe }) => sum + safe, 0),
    wanted: rows.reduce((sum, { wanted }) => sum + wanted, 0),
    workloads: rows,
    gaps: [...gaps.values()].toSorted((a, b) => b.count - a.count),
  };
}
