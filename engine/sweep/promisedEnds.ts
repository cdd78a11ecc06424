import { isFault } from '../fault.ts';
import type { Instant, PackId, PointId, ResourceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import { movedName } from '../repository/moved.ts';
import type { NeededRoot } from '../repository/sweepNotes.ts';
import type { Cycle } from './cycle.ts';
import { blobsUnder } from './listing.ts';
import { Dates } from './packTables.ts';
import { isFresh, portionsFor } from './portions.ts';
import type { OfCycle } from './portions.ts';

/** Until when each needed object is promised, by its id, in ms: as long as the point that stays longest, of those that need it. */
export interface PromisedEnds {
  readonly points: Dates;
  readonly packs: Dates;
  readonly moved: Dates;
}

/** As it is kept for the calls that follow. */
type KeptEnds = OfCycle & Readonly<Record<keyof PromisedEnds, readonly (readonly [string, number])[]>>;

const kinds = ['points', 'packs', 'moved'] as const;
const noEnds = (): PromisedEnds => ({ points: new Dates(), packs: new Dates(), moved: new Dates() });
const nameOf = (start: string): string => `sweep/ends/${start}`;

/** For what is needed and of which nobody knows for how long. */
export const awhileFrom = ({ now, settings }: Cycle): number => now + Math.min(2 * settings.dueMs, settings.coverMs);

/**
 * What retention says of the roots that are needed. Where there are many, resources are looked at by what their ids begin with, and
 * what each portion came to is kept: a call whose time is spent leaves the rest to the next. Fault `cancelled` then.
 */
export async function promisedEnds(cycle: Cycle, isNeeded: (name: string) => boolean): Promise<PromisedEnds> {
  const { housekeeping, signal } = cycle.services;
  const portions = portionsFor(cycle.state.listed?.['points/'] ?? 0, cycle.settings.portionRoots);
  const isKept = portions.length > 1;
  const all = noEnds();
  for (const start of portions) {
    const kept = isKept ? ((await housekeeping.recall(nameOf(start))) as KeptEnds | undefined) : undefined;
    if (isFresh(kept, cycle)) {
      add(all, kept);
      await cycle.beat();
      continue;
    }
    // A portion is small, and each call gets at least one further.
    const found = await lookAt(cycle, start, isNeeded, () => {
      if (!isKept || signal.aborted) cycle.insistOnTime();
    });
    add(all, found);
    if (!isKept) continue;
    const { points, packs, moved } = found;
    const ends: KeptEnds = {
      cycle: cycle.state.cycle,
      at: cycle.now,
      points: [...points],
      packs: [...packs],
      moved: [...moved],
    };
    await housekeeping.keep(nameOf(start), ends);
    cycle.insistOnTime();
  }
  return all;
}

function add(all: PromisedEnds, some: Readonly<Record<keyof PromisedEnds, Iterable<readonly [string, number]>>>): void {
  for (const kind of kinds) for (const [id, at] of some[kind]) all[kind].lasts(id, at);
}

/** The pack, or where what is needed of it lies. */
export async function packLasts(
  cycle: Cycle,
  { packs, moved }: Pick<PromisedEnds, 'packs' | 'moved'>,
  pack: PackId,
  at: number,
): Promise<void> {
  if (!cycle.listing['moved/'].has(movedName(pack))) return packs.lasts(pack, at);
  moved.lasts(pack, at);
  for (const next of (await cycle.services.housekeeping.moved(pack))?.packs ?? [])
    await packLasts(cycle, { packs, moved }, next, at);
}

async function lookAt(
  cycle: Cycle,
  start: string,
  isNeeded: (name: string) => boolean,
  insistOnTime: () => void,
): Promise<PromisedEnds> {
  const { now, settings, services } = cycle;
  const cover = now + settings.coverMs;
  const found = noEnds();
  for await (const [resource, listed] of rootsByResource(cycle, start)) {
    insistOnTime();
    await cycle.beat();
    const roots = listed.filter(({ name }) => isNeeded(name));
    const promised = await promisedOf(services, resource, roots);
    for (const [point, packs] of await (await services.housekeeping.notes(resource)).rootNeeds(asNeeded(roots))) {
      if (!promised.has(point)) continue;
      const at = Math.min(endOf(promised, point), cover);
      found.points.lasts(point, at);
      for (const { pack } of packs) await packLasts(cycle, found, pack, at);
    }
  }
  return found;
}

/** Storage lists by name: what is of one resource comes together. */
async function* rootsByResource(
  { services }: Cycle,
  start: string,
): AsyncGenerator<readonly [ResourceId, readonly BlobFacts[]]> {
  let roots: BlobFacts[] = [];
  for await (const facts of blobsUnder(services.blobs, 'repository', `points/${start}`)) {
    const [first] = roots;
    if (first !== undefined && resourceOf(first) !== resourceOf(facts)) {
      yield [resourceOf(first), roots];
      roots = [];
    }
    roots.push(facts);
  }
  const [last] = roots;
  if (last !== undefined) yield [resourceOf(last), roots];
}

/** Where the record of a resource does not open nobody knows when anything of it goes. */
async function promisedOf(
  { promises }: Cycle['services'],
  resource: ResourceId,
  roots: readonly BlobFacts[],
): Promise<ReadonlyMap<PointId, Instant | undefined>> {
  try {
    return await promises(resource);
  } catch (error) {
    if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
    return new Map(roots.map(({ name }) => [name.slice(name.lastIndexOf('/') + 1) as PointId, undefined]));
  }
}

/** The scan said which must open; nothing of this is kept. */
const asNeeded = (roots: readonly BlobFacts[]): readonly NeededRoot[] =>
  roots.map((facts) => ({ facts, isShown: false, mayFail: true }));

const resourceOf = ({ name }: BlobFacts): ResourceId => name.split('/')[1] as ResourceId;

/** A point of which nobody knows when it goes stays. */
function endOf(promised: ReadonlyMap<PointId, Instant | undefined>, point: PointId): number {
  const at = promised.get(point);
  return at === undefined ? Infinity : Date.parse(at);
}
