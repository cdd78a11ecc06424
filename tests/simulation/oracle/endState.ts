import { allPages } from '../../../engine/backup/allPages.ts';
import type { ItemId, ResourceId } from '../../../engine/model/ids.ts';
import { isBalanced, rankOf, statusOf } from '../../../engine/model/ledger.ts';
import type { StoredRequest } from '../../../engine/restore/requestStore.ts';
import type { Run, RunResource } from '../../../engine/model/run.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Inspector } from './inspector.ts';
import type { Findings } from './violations.ts';

/** Are all runs and restores through? */
export async function allEnded({ records }: Inspector): Promise<boolean> {
  if ((await records.runs.open()).length > 0) return false;
  for await (const { value } of allPages((token) => records.requests.list(token))) {
    const { state } = (value as StoredRequest).request;
    if (state === 'planning' || state === 'running' || state === 'approved') return false;
  }
  return true;
}

/** Does every catalog show the newest point? */
export async function allFollowed({ records, repository }: Inspector): Promise<boolean> {
  for await (const { id } of allPages((token) => records.resources.list({}, token))) {
    const { catalogPoint, newestPoint } = await repository.points.head(id);
    if (catalogPoint !== newestPoint) return false;
  }
  return true;
}

export async function newestRun({ records }: Inspector): Promise<Run | undefined> {
  return (await records.runs.list()).value[0];
}

/** I9, I10: the ledger of every run is in balance, and its status says no more than that. G8: nor more than its point. */
export async function checkRuns(inspector: Inspector, findings: Findings): Promise<void> {
  const { records } = inspector;
  for await (const run of allPages((token) => records.runs.list(token))) {
    const rows = await Array.fromAsync(allPages((token) => records.runs.resources.list(run.id, token)));
    for (const row of rows) {
      checkRow(row, findings);
      await checkAgainstPoint(inspector, row, findings);
    }
    if (run.status === undefined) continue;
    const status = run.status;
    for (const row of rows) {
      if (row.status === undefined || status === 'failed') continue;
      findings.check(
        'I10',
        rankOf(status) >= Math.min(rankOf(row.status), rankOf('partial')),
        () => `run ${run.id} is ${status} and a resource of it ${row.status}`,
      );
    }
    findings.check(
      'I10',
      status !== 'complete' || rows.every((row) => row.counts.failed === 0 && row.counts.skipped === 0),
      () => `run ${run.id} is complete over ${JSON.stringify(rows.map((row) => row.counts))}`,
    );
  }
}

function checkRow(row: RunResource, findings: Findings): void {
  findings.check('I9', isBalanced(row.counts), () => `ledger of ${row.resourceId}: ${JSON.stringify(row.counts)}`);
  if (row.state !== 'done' || row.status === undefined || row.reason !== undefined) return;
  findings.check(
    'I10',
    row.status === statusOf(row.counts, true),
    () => `${row.resourceId} is ${row.status} with ${JSON.stringify(row.counts)}`,
  );
}

/** A run that lacks nothing made a point that lacks nothing; and who is protected has one. */
async function checkAgainstPoint(inspector: Inspector, row: RunResource, findings: Findings): Promise<void> {
  const isGreen = row.status === 'complete' || row.status === 'completeWithSkips';
  if (!isGreen || row.pointId === undefined) return;
  const { status } = await inspector.root(row.resourceId, row.pointId);
  findings.check(
    'G8',
    status !== 'partial',
    () => `run ${row.runId} is ${row.status} and its point ${row.pointId} partial`,
  );
}

/**
 * What must be equal when faults have stopped: what every resource shows, item by item, and what the catalog says of it.
 * Times, random ids and sealed sizes may differ.
 */
export async function logicalState(
  { records, repository }: Inspector,
  { pastMayDiffer, reasonsMayDiffer }: Pick<Scenario, 'pastMayDiffer' | 'reasonsMayDiffer'> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const state: Record<string, unknown> = {};
  for await (const resource of allPages((token) => records.resources.list({}, token))) {
    const head = await repository.points.head(resource.id);
    const reader =
      head.newestPoint === undefined ? undefined : await repository.points.open(resource.id, head.newestPoint);
    const entries = reader === undefined ? [] : await Array.fromAsync(reader.entries());
    const shown = entries.map(({ id, sourceId, parentId, name, versionTag, sha256, container, size, flags }) => ({
      sourceId,
      parentId,
      name,
      versionTag,
      sha256,
      container,
      size,
      flags,
      id,
    }));
    state[`${resource.workload}/${resource.sourceId}`] = {
      state: resource.state,
      status: reader?.point.status,
      catalogIsBehind: head.catalogPoint !== head.newestPoint,
      entries: shown.toSorted(bySource),
      missing: reader?.missing
        .map(({ sourceId, outcome, reason }) => (reasonsMayDiffer ? { sourceId } : { sourceId, outcome, reason }))
        .toSorted(bySource),
      ...(!pastMayDiffer && (await pastOf(repository, resource.id, shown))),
    };
  }
  return state;
}

/** What the catalog says of older versions and of what was deleted. */
async function pastOf(
  { catalog }: Inspector['repository'],
  resource: ResourceId,
  shown: readonly { readonly id: ItemId; readonly sourceId: string }[],
): Promise<Readonly<Record<string, unknown>>> {
  const versions: { readonly sourceId: string; readonly tags: readonly string[] }[] = [];
  for (const { id, sourceId } of shown)
    versions.push({ sourceId, tags: (await catalog.versions(resource, id)).map(({ entry }) => entry.versionTag) });
  const deleted = (await catalog.deleted(resource)).versions.map(({ entry }) => ({ sourceId: entry.sourceId }));
  return { versions: versions.toSorted(bySource), deleted: deleted.toSorted(bySource) };
}

const bySource = (a: { readonly sourceId: string }, b: { readonly sourceId: string }): number =>
  a.sourceId < b.sourceId ? -1 : 1;
