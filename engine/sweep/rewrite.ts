import { isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import { movedName, movedPrefix } from '../repository/moved.ts';
import type { Repack } from '../repository/repack.ts';
import type { Cycle } from './cycle.ts';
import { isRipe } from './removeObjects.ts';
import { packNameOf } from './packTables.ts';
import type { Usage } from './packTables.ts';
import type { NamedBy } from './findings.ts';
import type { Scan } from './scan.ts';
import type { SweepSettings } from './sweepServices.ts';

/** Needed bytes that are written anew at once. */
const bytesAtOnce = 64 * 1024 * 1024;
/** A closer look may show that more of a pack is needed than was thought; above this share it stays. */
const mostShare = 0.6;

const packOf = (name: string): PackId => name.slice(name.lastIndexOf('/') + 1) as PackId;

/** A pack that is needed, old enough, and named by no job. */
export interface Rewritable {
  readonly pack: PackId;
  readonly length: number;
  readonly usage: Usage;
}

/**
 * Which packs are written anew: those of which little is needed, least first, and the small ones of a resource when there
 * are many. Pure. There may be a million, which are gone through twice; no more than are chosen are kept in mind.
 */
export function chooseToRewrite(
  packs: Iterable<Rewritable>,
  settings: Pick<SweepSettings, 'leastShare' | 'leastWon' | 'smallPack' | 'manySmall' | 'mostRepacked'>,
): readonly PackId[] {
  const shareOf = ({ usage, length }: Rewritable): number => usage.bytes / length;
  const isThin = (pack: Rewritable): boolean =>
    shareOf(pack) < settings.leastShare && pack.length - pack.usage.bytes >= settings.leastWon;
  const isSmall = (pack: Rewritable): boolean => !isThin(pack) && pack.length < settings.smallPack;
  const groupOf = ({ usage }: Rewritable): string => `${usage.resource}/${usage.kind}`;

  const most = settings.mostRepacked;
  const leastFirst = (some: readonly Rewritable[]): Rewritable[] =>
    some.toSorted((a, b) => shareOf(a) - shareOf(b) || (a.pack < b.pack ? -1 : 1)).slice(0, most);
  let thin: Rewritable[] = [];
  const sizes = new Map<string, number>();
  for (const pack of packs) {
    if (isThin(pack)) thin.push(pack);
    if (thin.length >= 2 * most) thin = leastFirst(thin);
    if (isSmall(pack)) sizes.set(groupOf(pack), (sizes.get(groupOf(pack)) ?? 0) + 1);
  }
  // Of as many groups as there is room for.
  const many = new Map<string, Rewritable[]>();
  let room = most;
  for (const [group, size] of sizes) {
    if (size < settings.manySmall || room <= 0) continue;
    many.set(group, []);
    room -= size;
  }
  for (const pack of many.size === 0 ? [] : packs) {
    const group = isSmall(pack) ? many.get(groupOf(pack)) : undefined;
    if (group !== undefined && group.length < most) group.push(pack);
  }
  return [...leastFirst(thin), ...[...many.values()].flat()].slice(0, most).map(({ pack }) => pack);
}

/** Puts packs that are to be written anew on the list: nothing new names them from then on. */
export async function retire(cycle: Cycle, scan: Scan): Promise<void> {
  if (cycle.state.isWriteProtected) return;
  const packs = { [Symbol.iterator]: () => rewritable(cycle, scan) };
  await cycle.move(chooseToRewrite(packs, cycle.settings).map(packNameOf), 'retiring', () => ({}));
}

function* rewritable(cycle: Cycle, scan: Scan): Generator<Rewritable> {
  for (const [pack, usage] of scan.usage) {
    const facts = cycle.facts(packNameOf(pack));
    if (facts === undefined || usage.isInJob || cycle.objects.has(facts.name) || !scan.needed.has(facts.name)) continue;
    if (Date.parse(facts.modifiedAt) > cycle.now - cycle.settings.ageMs) continue;
    if (cycle.listing['moved/'].has(movedName(pack))) continue;
    yield { pack, length: facts.length, usage };
  }
}

/** Packs whose turn to be written anew has come, and every pack from which reading leads to them. */
export async function watchedPacks(cycle: Cycle): Promise<ReadonlySet<PackId>> {
  const watched = new Set<PackId>();
  for (const object of cycle.objects.values())
    if (object.state === 'retiring' && isRipe(object, cycle.state, cycle.now, cycle.settings))
      watched.add(packOf(object.name));
  if (watched.size === 0) return watched;
  const records = new Map<PackId, readonly PackId[]>();
  for (const name of cycle.listing['moved/'].keys()) {
    const pack = name.slice(movedPrefix.length) as PackId;
    records.set(pack, (await cycle.services.housekeeping.moved(pack))?.packs ?? []);
  }
  for (let grew = true; grew;) {
    grew = false;
    for (const [pack, to] of records) {
      if (watched.has(pack) || !to.some((next) => watched.has(next))) continue;
      watched.add(pack);
      grew = true;
    }
  }
  return watched;
}

/**
 * Writes packs anew that have been on the list for a day: by now every job knows that nothing new may name them, so what
 * is needed of them grows no more. The old ones are unneeded from then on and go in the next cycle.
 */
export async function rewriteRipe(cycle: Cycle, scan: Scan, watched: ReadonlySet<PackId>): Promise<void> {
  const retiring = [...cycle.objects.values()].filter(
    (object) => object.state === 'retiring' && scan.needed.has(object.name),
  );
  const inJobs = retiring.filter(({ name }) => scan.usage.get(packOf(name))?.isInJob === true).map(({ name }) => name);
  await cycle.move(inJobs, 'off', () => ({}));
  const ripe = retiring.filter(
    (object) =>
      !inJobs.includes(object.name) &&
      watched.has(packOf(object.name)) &&
      !cycle.listing['moved/'].has(movedName(packOf(object.name))),
  );
  if (ripe.length === 0) return;
  const roots = await rootsNaming(cycle, scan, watched);
  for (const work of bundles(
    cycle,
    scan,
    ripe.map(({ name }) => packOf(name)),
  )) {
    cycle.insistOnTime();
    await rewrite(cycle, { ...work, roots, mostShare });
  }
}

async function rewrite(cycle: Cycle, work: Repack): Promise<void> {
  try {
    const { moved, left } = await cycle.services.housekeeping.repack(work);
    await cycle.move(left.map(packNameOf), 'kept', () => ({}));
    await cycle.note({ repacked: moved.length });
  } catch (error) {
    if (!isFault(error, 'missing', 'corrupt')) throw error;
    // What is damaged stays where it is: verification names it.
    cycle.services.log.warn('sweep.notRewritten', { packs: work.packs.length, kind: error.kind });
    await cycle.move(
      work.packs.map(({ pack }) => packNameOf(pack)),
      'kept',
      () => ({}),
    );
  }
}

/** Of one kind and, where it can be, of one resource. */
function* bundles(cycle: Cycle, scan: Scan, packs: readonly PackId[]): Generator<Pick<Repack, 'kind' | 'packs'>> {
  const groups = Map.groupBy(packs, (pack) => {
    const usage = scan.usage.get(pack);
    return `${usage?.kind}/${usage?.resource}`;
  });
  for (const group of groups.values()) {
    const kind = scan.usage.get(group[0] as PackId)?.kind ?? 'content';
    let bundle: { pack: PackId; length: number }[] = [];
    let bytes = 0;
    for (const pack of group) {
      const length = cycle.facts(packNameOf(pack))?.length ?? 0;
      const needed = Math.min(length, scan.usage.get(pack)?.bytes ?? 0);
      if (bundle.length > 0 && bytes + needed > bytesAtOnce) {
        yield { kind, packs: bundle };
        bundle = [];
        bytes = 0;
      }
      bundle.push({ pack, length });
      bytes += needed;
    }
    yield { kind, packs: bundle };
  }
}

/** Roots that are needed, and those that somebody may still be reading because they only just expired. */
async function rootsNaming(cycle: Cycle, scan: Scan, watched: ReadonlySet<PackId>): Promise<readonly NamedBy[]> {
  const roots = new Map<string, NamedBy>();
  for (const all of scan.naming.values()) for (const by of all) roots.set(`${by.resource}/${by.point}`, by);
  for (const name of cycle.listing['points/'].keys()) {
    if (scan.needed.has(name) || cycle.objects.get(name)?.state === 'deleted') continue;
    const [, resource, point] = name.split('/') as [string, ResourceId, PointId];
    const packs = await readablePacks(cycle, resource, point);
    if (packs.some((pack) => watched.has(pack))) roots.set(`${resource}/${point}`, { resource, point });
  }
  return [...roots.values()];
}

async function readablePacks(cycle: Cycle, resource: ResourceId, point: PointId): Promise<readonly PackId[]> {
  try {
    return await cycle.services.housekeeping.packsOf(resource, point);
  } catch (error) {
    // Nobody reads a root that does not open.
    if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
    return [];
  }
}
