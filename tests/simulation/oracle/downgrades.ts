import { allPages } from '../../../engine/backup/allPages.ts';
import type { World } from '../kernel/world.ts';
import type { Inspector } from './inspector.ts';
import type { Findings } from './violations.ts';

/**
 * F11: once exact copies of a mailbox could be had, a refusal ends the job; it never makes the next copies less than those
 * before. Only one process that lived all the time can know.
 */
export async function checkDowngrades(
  { land, deployment }: World,
  { records, repository }: Inspector,
  findings: Findings,
): Promise<void> {
  if (deployment.starts > 1) return;
  for await (const { id, workload, sourceId } of allPages((token) =>
    records.resources.list({ workload: 'mail' }, token),
  )) {
    const exports = land.tenant.calls.filter(
      ({ operation, resource }) => operation === 'exchange.exportItems' && resource === sourceId,
    );
    const { newestPoint } = await repository.points.head(id);
    if (exports[0]?.outcome !== 200 || newestPoint === undefined) continue;
    const reader = await repository.points.open(id, newestPoint);
    for await (const { flags, versionTag, sourceId: item } of reader.entries())
      findings.check(
        'F11',
        flags?.includes('no-exact-copy') !== true,
        () => `${workload} item ${item} (${versionTag}) has no exact copy although exports had worked`,
      );
  }
}
