import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant, PackId, PointId, ResourceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import type { WriteProtection } from '../ports/writeProtection.ts';
import { inParallel } from '../repository/inParallel.ts';
import { movedName } from '../repository/moved.ts';
import type { NeededRoot } from '../repository/sweepNotes.ts';
import type { Cycle } from './cycle.ts';
import { blobsUnder } from './listing.ts';
import { packNameOf } from './scan.ts';
import type { Scan } from './scan.ts';
import { mostChanges } from './state.ts';

const atOnce = 8;
/** Everything under these stays for ever: without keys and records nobody reads the rest. */
const alwaysNeeded = ['config', 'keys/', 'records/'];
/** Dates of storage are whole seconds. */
const wholeSecond = (ms: number): Instant => instant(Math.ceil(ms / 1000) * 1000);

/**
 * Where storage protects blobs until a date: whatever is needed and whose date ends soon is protected anew, as long as
 * retention promises to keep it, at most `coverMs` from now. Nothing is ever shortened. Does it once a cycle; what a kill
 * left is done by the next call.
 */
export async function extendProtection(cycle: Cycle, scan: Scan): Promise<void> {
  const { protection } = cycle.services.blobs;
  if (protection === undefined || cycle.state.extended === cycle.state.cycle) return;
  if (await protection.isOn('repository')) {
    const until = await neededUntil(cycle, scan);
    for (const prefix of ['points/', 'moved/', 'packs/'])
      await extendUnder(cycle, protection, prefix, (name) =>
        isNeeded(cycle, scan, name) ? until.get(name) : undefined,
      );
    const forEver = cycle.now + cycle.settings.coverMs;
    for (const prefix of alwaysNeeded) await extendUnder(cycle, protection, prefix, () => forEver);
  }
  await cycle.advance({ extended: cycle.state.cycle });
}

async function extendUnder(
  cycle: Cycle,
  protection: WriteProtection,
  prefix: string,
  neededUntilOf: (name: string) => number | undefined,
): Promise<void> {
  const soon = cycle.now + cycle.settings.dueMs;
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await protection.list('repository', prefix, pageToken);
    pageToken = page.nextPageToken;
    const due = page.blobs.flatMap(({ name, until }) => {
      const ends = until === undefined ? 0 : Date.parse(until);
      const needed = neededUntilOf(name);
      return needed !== undefined && ends < soon && ends < needed ? [{ name, until: wholeSecond(needed) }] : [];
    });
    for (let from = 0; from < due.length; from += mostChanges) {
      cycle.insistOnTime();
      await extendAll(cycle, protection, due.slice(from, from + mostChanges));
    }
  }
}

async function extendAll(
  cycle: Cycle,
  protection: WriteProtection,
  due: readonly { readonly name: string; readonly until: Instant }[],
): Promise<void> {
  let extended = 0;
  let notExtended = 0;
  await inParallel(due, atOnce, async ({ name, until }) => {
    try {
      await protection.extend('repository', name, until);
      extended += 1;
    } catch (error) {
      if (!isFault(error, 'conflict', 'forbidden', 'not-found')) throw error;
      notExtended += 1;
      cycle.services.log.error('sweep.notExtended', { object: name, kind: error.kind });
    }
  });
  await cycle.note({ extended, notExtended });
}

/** Until when each needed object is promised, in ms: that of the point that stays longest, of those that need it. */
async function neededUntil(cycle: Cycle, scan: Scan): Promise<ReadonlyMap<string, number>> {
  const { now, settings, services } = cycle;
  const cover = now + settings.coverMs;
  const until = new Map<string, number>();
  const lasts = (name: string, at: number): void => {
    until.set(name, Math.max(until.get(name) ?? 0, Math.min(at, cover)));
  };
  const ofPack = async (pack: PackId, at: number): Promise<void> => {
    if (!cycle.listing['moved/'].has(movedName(pack))) return lasts(packNameOf(pack), at);
    lasts(movedName(pack), at);
    for (const next of (await services.housekeeping.moved(pack))?.packs ?? []) await ofPack(next, at);
  };
  const awhile = now + 2 * settings.dueMs;
  for await (const [resource, listed] of rootsByResource(cycle)) {
    cycle.insistOnTime();
    await cycle.beat();
    const roots = listed.filter(({ name }) => isNeeded(cycle, scan, name));
    const promised = await promisedOf(services, resource, roots);
    for (const [point, packs] of await (await services.housekeeping.notes(resource)).rootNeeds(asNeeded(roots))) {
      if (!promised.has(point)) continue;
      const at = endOf(promised, point);
      lasts(`points/${resource}/${point}`, at);
      for (const { pack } of packs) await ofPack(pack, at);
    }
    for (const { name } of roots) if (!until.has(name)) until.set(name, awhile);
  }
  // What a job, a pin or an expiry under way needs is needed tomorrow; nobody knows for how much longer.
  for (const [pack, { isInJob }] of scan.usage) if (isInJob) await ofPack(pack, awhile);
  for (const name of scan.needed) if (!until.has(name)) until.set(name, awhile);
  return until;
}

/** Of roots the listing shows those alone that nothing needs, or that are on the list. */
const isNeeded = ({ listing }: Cycle, { needed }: Scan, name: string): boolean =>
  needed.has(name) || (name.startsWith('points/') && !listing['points/'].has(name));

/** Storage lists by name: what is of one resource comes together. */
async function* rootsByResource({ services }: Cycle): AsyncGenerator<readonly [ResourceId, readonly BlobFacts[]]> {
  let roots: BlobFacts[] = [];
  for await (const facts of blobsUnder(services.blobs, 'repository', 'points/')) {
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
