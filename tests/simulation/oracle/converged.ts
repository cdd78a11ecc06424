import { allPages } from '../../../engine/backup/allPages.ts';
import type { SimTenant } from '../tenant/simTenant.ts';
import type { Inspector } from './inspector.ts';
import { factsOf, isState } from './pointChecks.ts';
import type { Findings } from './violations.ts';

/** I3, I4, I15: after a full compare without trouble the newest points show exactly what the source holds, whatever it had said. */
export async function checkConverged(
  { records, repository }: Inspector,
  { history }: SimTenant,
  findings: Findings,
): Promise<void> {
  for await (const resource of allPages((token) => records.resources.list({}, token))) {
    if (resource.state === 'notProtected') continue;
    const where = `${resource.workload} of ${resource.sourceId} (${resource.state})`;
    const truth = history.contentsAt(resource.sourceId);
    const { newestPoint } = await repository.points.head(resource.id);
    if (!findings.check('I15', newestPoint !== undefined || truth.size === 0, () => `no point of ${where}`)) continue;
    if (newestPoint === undefined) continue;
    const reader = await repository.points.open(resource.id, newestPoint);
    const shown = new Map((await Array.fromAsync(reader.entries())).map((entry) => [entry.sourceId, entry]));
    const byId = new Map([...shown.values()].map((entry) => [entry.id, entry.sourceId]));
    for (const entry of shown.values()) {
      const state = truth.get(entry.sourceId);
      const parent = entry.parentId && byId.get(entry.parentId);
      findings.check(
        'I15',
        state !== undefined && isState(entry, state) && parent === state.parent,
        () => `${where} shows ${factsOf(entry)} in ${parent} in the end; the source has ${JSON.stringify(state)}`,
      );
    }
    const told = new Set(reader.missing.map(({ sourceId }) => sourceId));
    for (const { sourceId, kind, name, readable } of truth.values())
      findings.check(
        'I15',
        shown.has(sourceId) || (!readable && told.has(sourceId)),
        () => `${where} lacks ${kind} ${sourceId} (${name}) in the end`,
      );
  }
}
