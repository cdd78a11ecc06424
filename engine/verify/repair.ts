import { isFault } from '../fault.ts';
import type { ResourceId } from '../model/ids.ts';
import type { Finding } from '../model/verification.ts';
import type { OpenRepository } from '../repository/openRepository.ts';

export interface Repaired {
  /** What was put right, in words. */
  readonly done: readonly string[];
  /** What is left to do by somebody else, or by the next backup. */
  readonly left: readonly string[];
}

/**
 * Puts right what can be derived from what is whole: rows that were lost, and catalogs. Writes rows alone; no blob is
 * changed or removed, so nothing that could be restored before cannot be restored after. May be repeated and killed anywhere.
 */
export async function repairFindings({
  repository,
  findings,
}: {
  readonly repository: Pick<OpenRepository, 'rebuildRows' | 'catalog'>;
  readonly findings: readonly Finding[];
}): Promise<Repaired> {
  const done: string[] = [];
  const left: string[] = [];
  const about = (wanted: (finding: Finding) => boolean): ReadonlySet<ResourceId> =>
    new Set(findings.filter(wanted).flatMap(({ resourceId }) => resourceId ?? []));

  const headless = about(({ area, kind }) => area === 'head' && kind === 'missing');
  for (const resource of headless) {
    try {
      const points = await repository.rebuildRows(resource);
      done.push(`${points} restore points of ${resource} are shown again.`);
    } catch (error) {
      // It has a head again: somebody else was faster, or its next backup.
      if (!isFault(error, 'conflict')) throw error;
    }
  }
  const unreadable = about(({ area, item }) => (area === 'point' || area === 'page') && item === undefined);
  for (const resource of headless.union(about(({ area }) => area === 'catalog'))) {
    if (unreadable.has(resource)) {
      left.push(`The catalog of ${resource} is left as it is: it still tells what its damaged restore points held.`);
      continue;
    }
    done.push(`The catalog of ${resource} is made anew: ${await repository.catalog.rebuild(resource)} rows.`);
  }
  const fetched = findings.filter(({ area, inNewest }) => area === 'content' && inNewest === true).length;
  if (fetched > 0) left.push(`${fetched} items of newest restore points are fetched again by their next backup.`);
  const older = findings.filter(({ area, inNewest }) => area === 'content' && inNewest !== true).length;
  if (older > 0)
    left.push(`${older} items of older restore points are lost there, unless their blobs come back from a copy.`);
  if (findings.some(({ area }) => area === 'records' || area === 'audit'))
    left.push('Records: run npm run records:rebuild. The audit log is never changed.');
  return { done, left };
}
