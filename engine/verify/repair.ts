import { isFault } from '../fault.ts';
import type { PackId, ResourceId } from '../model/ids.ts';
import type { Finding } from '../model/verification.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import type { PackRepair } from '../repository/repairPacks.ts';

export interface Repaired {
  /** What was put right, in words. */
  readonly done: readonly string[];
  /** What is left to do by somebody else, or by the next backup. */
  readonly left: readonly string[];
}

type Repository = Pick<
  OpenRepository,
  'rebuildRows' | 'rewriteRow' | 'catalog' | 'repairPacks' | 'damage' | 'verifier'
>;

/**
 * Puts right what can be had from what is whole: rows that were lost or say something else than their roots, what lost packs
 * held and lies elsewhere, and catalogs. Writes rows and new blobs; no blob is changed or removed, so nothing that could be
 * restored before cannot be restored after. May be repeated and killed anywhere.
 */
export async function repairFindings({
  repository,
  findings,
}: {
  readonly repository: Repository;
  readonly findings: readonly Finding[];
}): Promise<Repaired> {
  const done: string[] = [];
  const left: string[] = [];
  const headless = resourcesOf(findings, ({ area, kind }) => area === 'head' && kind === 'missing');
  for (const resource of headless) {
    try {
      const points = await repository.rebuildRows(resource);
      done.push(`${points} restore points of ${resource} are shown again.`);
      const { length: hurt } = await repository.damage.points(resource);
      if (hurt > 0) left.push(`${hurt} of them have lost something: a full verification names every item.`);
    } catch (error) {
      // It has a head again: somebody else was faster, or its next backup.
      if (!isFault(error, 'conflict')) throw error;
    }
  }
  await rewriteRows(repository, findings, done);
  await repairLostPacks(repository, findings, done, left);
  const unreadable = resourcesOf(
    findings,
    ({ area, kind, item }) => (area === 'point' || area === 'page') && kind !== 'differs' && item === undefined,
  );
  for (const resource of headless.union(resourcesOf(findings, ({ area }) => area === 'catalog'))) {
    if (unreadable.has(resource)) {
      left.push(`The catalog of ${resource} is left as it is: it still tells what its damaged restore points held.`);
      continue;
    }
    done.push(`The catalog of ${resource} is made anew: ${await repository.catalog.rebuild(resource)} rows.`);
  }
  await takeOffTheList(repository, findings, done, left);
  if (findings.some(({ area }) => area === 'records' || area === 'audit'))
    left.push('Records: run npm run records:rebuild. The audit log is never changed.');
  return { done, left };
}

const resourcesOf = (findings: readonly Finding[], wanted: (finding: Finding) => boolean): ReadonlySet<ResourceId> =>
  new Set(findings.filter(wanted).flatMap(({ resourceId }) => resourceId ?? []));

/** Rows of points that differ from their roots, or do not open. */
async function rewriteRows(repository: Repository, findings: readonly Finding[], done: string[]): Promise<void> {
  for (const { area, kind, object, resourceId, points } of findings) {
    const [point] = points;
    const isRow =
      object.includes('/point/') &&
      ((area === 'point' && kind === 'differs') || (area === 'head' && kind === 'corrupt'));
    if (!isRow || resourceId === undefined || point === undefined) continue;
    try {
      if (await repository.rewriteRow(resourceId, point)) done.push(`The row of restore point ${point} is made anew.`);
    } catch (error) {
      // Its root is told by itself.
      if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
    }
  }
}

async function repairLostPacks(
  repository: Repository,
  findings: readonly Finding[],
  done: string[],
  left: string[],
): Promise<void> {
  const packs = new Set<PackId>(findings.flatMap((finding) => finding.packs ?? []));
  for (const { pack, outcome, found, missing } of await repository.repairPacks([...packs])) {
    const words: Partial<Record<PackRepair['outcome'], string>> = {
      repaired: `What can be had of pack ${pack} lies in a new one: ${found} lost parts were found elsewhere, ${missing} were not.`,
      later: `Pack ${pack} waits for the next backup, which stores anew what it lost; then repair again.`,
      lost: `Nothing that pack ${pack} lost lies anywhere else (${missing} parts).`,
    };
    const line = words[outcome];
    if (line !== undefined) (outcome === 'repaired' ? done : left).push(line);
  }
}

/** Items that can be read again wherever they are shown. */
async function takeOffTheList(
  { damage, verifier }: Repository,
  findings: readonly Finding[],
  done: string[],
  left: string[],
): Promise<void> {
  let healed = 0;
  let inNewest = 0;
  let older = 0;
  for (const resource of resourcesOf(findings, () => true)) {
    const listed = await Array.fromAsync(damage.items(resource));
    const whole = new Set(await verifier.recheck(resource, listed));
    await damage.healed(resource, [...whole]);
    healed += whole.size;
    const still = listed.filter(({ itemId }) => !whole.has(itemId));
    inNewest += still.filter((item) => item.inNewest).length;
    older += still.filter((item) => !item.inNewest).length;
  }
  if (healed > 0) done.push(`${healed} items can be read again.`);
  if (inNewest > 0) left.push(`${inNewest} items of newest restore points are fetched again by their next backup.`);
  if (older > 0)
    left.push(`${older} items of older restore points are lost there, unless their blobs come back from a copy.`);
}
