import { isFault } from '../fault.ts';
import { instant, type PointId, type ResourceId, type RunId } from '../model/ids.ts';
import type { Counts, MissedByFeed, RunStatus } from '../model/ledger.ts';
import type { ProtectedResource, ResourceState } from '../model/resource.ts';
import type { Run, RunResource, RunResourceState } from '../model/run.ts';
import type { Versioned } from '../records/records.ts';
import { readRecord } from '../records/everyResource.ts';
import type { BackupServices } from './backupServices.ts';

/** Nothing more will happen to this resource in this run. */
export const isClosed = (row: RunResource): boolean => row.state !== 'open' && row.state !== 'waiting';
export const hasEnded = (run: Run): boolean => run.state === 'completed' || run.state === 'cancelled';

/**
 * Changes a row, whoever else does too. A closed row stays as it is: undefined then, and when there is no such row or
 * `change` wants nothing changed. `known`: what the row was when this caller wrote it last; it is read again only where
 * somebody else changed it since.
 */
export async function changeRow(
  services: BackupServices,
  run: RunId,
  resource: ResourceId,
  change: (row: RunResource) => RunResource | undefined,
  known?: Versioned<RunResource>,
): Promise<Versioned<RunResource> | undefined> {
  for (let last = known; ; last = undefined) {
    const row = last ?? (await services.records.runs.resources.get(run, resource));
    if (!row || isClosed(row.value)) return undefined;
    const next = change(row.value);
    if (!next) return undefined;
    try {
      return await services.records.runs.resources.update(next, row.etag);
    } catch (error) {
      // Somebody else changed it meanwhile: look again.
      if (!isFault(error, 'conflict')) throw error;
    }
  }
}

/** Changes a run record, whoever else does too; undefined when `change` wants nothing changed. */
export async function changeRun(
  services: BackupServices,
  id: RunId,
  change: (run: Run) => Run | undefined,
): Promise<Run | undefined> {
  for (;;) {
    const run: Versioned<Run> | undefined = await services.records.runs.get(id);
    const next = run && change(run.value);
    if (!run || !next) return undefined;
    try {
      return (await services.records.runs.update(next, run.etag)).value;
    } catch (error) {
      if (!isFault(error, 'conflict')) throw error;
    }
  }
}

export interface RowEnd {
  readonly state: Exclude<RunResourceState, 'open' | 'waiting'>;
  readonly status?: RunStatus;
  readonly counts?: Counts;
  readonly pointId?: PointId;
  readonly reason?: string;
  /** Everything at the source was listed and compared by this run. */
  readonly compared?: boolean;
  /** What such a compare found that the feed had missed. */
  readonly missedByFeed?: MissedByFeed;
}

/** Shows the outcome on the resource and closes the row, in this order: what was killed in between comes here again. */
export async function closeRow(
  services: BackupServices,
  run: RunId,
  resource: ProtectedResource,
  end: RowEnd,
): Promise<void> {
  const row = await services.records.runs.resources.get(run, resource.id);
  if (!row || isClosed(row.value)) return;
  await showOutcome(services, resource, end);
  const now = instant(services.clock.now());
  const { compared: _compared, ...outcome } = end;
  await changeRow(
    services,
    run,
    resource.id,
    ({ resumesAt: _resumesAt, waitsSince: _since, reason: _reason, ...current }) => ({
      ...current,
      ...outcome,
      heartbeatAt: now,
      finishedAt: now,
    }),
    row,
  );
}

/** Protected by nobody, for whatever reason. */
const isOut: ReadonlySet<ResourceState> = new Set(['gone', 'excluded', 'notProtected', 'paused']);

async function showOutcome(services: BackupServices, resource: ProtectedResource, end: RowEnd): Promise<void> {
  if (end.status === undefined) return;
  // What does not open is not written over: it says what its copies are kept by.
  if ((await readRecord(services.records, resource.id)) === 'unreadable') return;
  const stored = await services.records.resources.get(resource.id);
  const current = stored?.value ?? resource;
  // Who left or was taken out while the run worked stays so.
  if (isOut.has(current.state)) return;
  const state: ResourceState = end.status === 'failed' ? 'failing' : end.status === 'partial' ? 'partial' : 'protected';
  const { reason: _reason, ...rest } = current;
  const shown = {
    ...rest,
    state,
    ...(end.reason !== undefined && { reason: end.reason }),
    ...(end.compared && { comparedAt: instant(services.clock.now()) }),
  };
  try {
    await services.records.resources.put(shown, stored?.etag ?? '');
  } catch (error) {
    // Somebody else wrote it meanwhile: look again.
    if (!isFault(error, 'conflict')) throw error;
    await showOutcome(services, resource, end);
  }
}
