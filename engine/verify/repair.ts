import { isFault } from '../fault.ts';
import type { ItemId, PackId, ResourceId } from '../model/ids.ts';
import type { Finding, RepairPlace } from '../model/verification.ts';
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

export interface RepairWork {
  readonly repository: Repository;
  readonly findings: readonly Finding[];
}

/** A piece of a repair that is done, in words, and where the next begins; without `place` it was the last. */
export interface RepairStep extends Repaired {
  readonly place?: RepairPlace;
}

const begin: RepairPlace = { step: 'rows', rebuilt: [], items: { healed: 0, inNewest: 0, older: 0 } };

/** All of it at once. */
export async function repairFindings(work: RepairWork): Promise<Repaired> {
  const steps = await Array.fromAsync(repairSteps(work));
  return { done: steps.flatMap(({ done }) => done), left: steps.flatMap(({ left }) => left) };
}

/**
 * Puts right what can be had from what is whole: rows that were lost or say something else than their roots, what lost packs
 * held and lies elsewhere, and catalogs. Writes rows and new blobs; no blob is changed or removed, so nothing that could be
 * restored before cannot be restored after. Piece by piece, from `from` on; each may be the last that a job does. `beat` is
 * called while one lasts. May be repeated and killed anywhere.
 */
export async function* repairSteps(
  { repository, findings }: RepairWork,
  from: RepairPlace = begin,
  beat: () => Promise<void> = async () => undefined,
): AsyncGenerator<RepairStep> {
  let place = from;
  if (place.step === 'rows') {
    const { done, left, rebuilt } = await repairRows(repository, findings);
    place = { ...place, step: 'packs', rebuilt };
    yield { done, left, place };
  }
  if (place.step === 'packs') {
    const packs = new Set<PackId>(findings.flatMap((finding) => finding.packs ?? []));
    const open = [...packs].toSorted().filter((pack) => pack > (place.pack ?? ''));
    for await (const repair of repository.repairPacks(open, beat)) {
      place = { ...place, pack: repair.pack };
      yield { ...wordsOf(repair), place };
    }
    place = { ...place, step: 'catalogs' };
  }
  if (place.step === 'catalogs') {
    const unreadable = resourcesOf(
      findings,
      ({ area, kind, item }) => (area === 'point' || area === 'page') && kind !== 'differs' && item === undefined,
    );
    const broken = new Set(place.rebuilt).union(resourcesOf(findings, ({ area }) => area === 'catalog'));
    for (const resource of after(broken, place)) {
      await beat();
      place = { ...place, resource };
      yield { ...(await repairCatalog(repository, resource, unreadable.has(resource))), place };
    }
    const { resource: _last, ...rest } = place;
    place = { ...rest, step: 'list' };
  }
  for (const resource of after(
    resourcesOf(findings, () => true),
    place,
  )) {
    place = { ...place, resource, items: await takeOffTheList(repository, resource, place.items, beat) };
    yield { done: [], left: [], place };
  }
  yield lastWords(findings, place.items);
}

/** Those behind the place, in the order of their ids. */
const after = (resources: ReadonlySet<ResourceId>, { resource = '' as ResourceId }: RepairPlace): ResourceId[] =>
  [...resources].toSorted().filter((id) => id > resource);

async function repairRows(
  repository: Repository,
  findings: readonly Finding[],
): Promise<Repaired & { readonly rebuilt: readonly ResourceId[] }> {
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
  return { done, left, rebuilt: [...headless] };
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

function wordsOf({ pack, outcome, found, missing }: PackRepair): Repaired {
  const words: Partial<Record<PackRepair['outcome'], string>> = {
    repaired: `What can be had of pack ${pack} lies in a new one: ${found} lost parts were found elsewhere, ${missing} were not.`,
    later: `Pack ${pack} waits for the next backup, which stores anew what it lost; then repair again.`,
    lost: `Nothing that pack ${pack} lost lies anywhere else (${missing} parts).`,
  };
  const line = words[outcome];
  if (line === undefined) return { done: [], left: [] };
  return outcome === 'repaired' ? { done: [line], left: [] } : { done: [], left: [line] };
}

async function repairCatalog({ catalog }: Repository, resource: ResourceId, isUnreadable: boolean): Promise<Repaired> {
  if (isUnreadable)
    return {
      done: [],
      left: [`The catalog of ${resource} is left as it is: it still tells what its damaged restore points held.`],
    };
  return { done: [`The catalog of ${resource} is made anew: ${await catalog.rebuild(resource)} rows.`], left: [] };
}

/** Items looked at between two beats. */
const atOnce = 50;

/** Items that can be read again wherever they are shown. */
async function takeOffTheList(
  { damage, verifier }: Repository,
  resource: ResourceId,
  { healed, inNewest, older }: RepairPlace['items'],
  beat: () => Promise<void>,
): Promise<RepairPlace['items']> {
  const listed = await Array.fromAsync(damage.items(resource));
  const whole = new Set<ItemId>();
  for (let at = 0; at < listed.length; at += atOnce) {
    await beat();
    for (const id of await verifier.recheck(resource, listed.slice(at, at + atOnce))) whole.add(id);
  }
  await damage.healed(resource, [...whole]);
  const still = listed.filter(({ itemId }) => !whole.has(itemId));
  const fetched = still.filter((item) => item.inNewest).length;
  return { healed: healed + whole.size, inNewest: inNewest + fetched, older: older + still.length - fetched };
}

function lastWords(findings: readonly Finding[], { healed, inNewest, older }: RepairPlace['items']): Repaired {
  const done: string[] = [];
  const left: string[] = [];
  if (healed > 0) done.push(`${healed} items can be read again.`);
  if (inNewest > 0) left.push(`${inNewest} items of newest restore points are fetched again by their next backup.`);
  if (older > 0)
    left.push(`${older} items of older restore points are lost there, unless their blobs come back from a copy.`);
  if (findings.some(({ area }) => area === 'records' || area === 'audit'))
    left.push('Records: run npm run records:rebuild. The audit log is never changed.');
  return { done, left };
}
