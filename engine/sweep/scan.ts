import { Fault } from '../fault.ts';
import type { LegalHold } from '../model/hold.ts';
import { instant } from '../model/ids.ts';
import type { PackId, PointId, ResourceId, SliceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import { inParallel } from '../repository/inParallel.ts';
import { movedName, movedPrefix } from '../repository/moved.ts';
import { pinnedPoints } from '../restore/pins.ts';
import { Findings } from './findings.ts';
import type { NamedBy } from './findings.ts';
import { holdsInForce, isHeld } from './holds.ts';
import { countsOf, listUnder } from './listing.ts';
import type { Counts, Listing } from './listing.ts';
import { packNameOf } from './packTables.ts';
import type { PackUsage, Usage } from './packTables.ts';
import { keepPortion, recallPortion } from './portions.ts';
import type { Portion } from './portions.ts';
import { insistOnNew, scanResource } from './scanResource.ts';
import { namedSpills } from './spills.ts';
import type { SweepServices } from './sweepServices.ts';

/**
 * What is needed, by name of its blob. A pack, record or value that is not in it was needed by nothing at some moment since
 * the scan began; so was a root or slice that is not in it and that the listing still shows.
 */
export interface Scan {
  readonly needed: { has(name: string): boolean };
  /** When it began, by the storage clock, in ms. */
  readonly at: number;
  /** As its plan says. */
  readonly raiseBelow: number;
  readonly usage: PackUsage;
  /** Packs that points need and storage does not have. */
  readonly lacking: readonly PackId[];
  /** Needed roots that name packs of the plan's `watched`. */
  readonly naming: ReadonlyMap<PackId, readonly NamedBy[]>;
  /** Legal holds that were in force when the scan began, by id. */
  readonly holds: ReadonlySet<string>;
  /** The same of the plan's `asked`. */
  readonly asked: ReadonlyMap<PackId, readonly NamedBy[]>;
}

export interface ScanPlan {
  /** The cycle it is of, and the storage clock when this call began, in ms. */
  readonly cycle: number;
  readonly now: number;
  /** What is of no single resource. Of the rest the scan adds what nothing needs and what is on the list. */
  readonly listing: Listing;
  /** Storage clock when the scan began, in ms; that may be several calls ago. Its name, too. */
  readonly listedAt: number;
  /** Resources are looked at in turn, by what their ids begin with. Of several portions each is kept for later calls. */
  readonly portions: readonly string[];
  /** Fences of jobs that know of fewer condemnations than this one are raised before their resource is looked at. */
  readonly raiseBelow: number;
  /** Packs of which it is to be known who names them. */
  readonly watched: ReadonlySet<PackId>;
  /** Packs of which it is to be told who needs them. */
  readonly asked: ReadonlySet<PackId>;
  /** It goes on the list when nothing needs it. */
  isGoing(facts: BlobFacts): boolean;
  isOnList(name: string): boolean;
  /** This cycle has removed it. */
  isGone(name: string): boolean;
  /** It is removed for its age, whoever leads to it, unless a job works on it. */
  goesByAge(facts: BlobFacts): boolean;
  /** Told of everything that is listed, before the last resources are looked at. Its faults end the scan. */
  onListed(counts: Counts): Promise<void>;
  /** Says that this sweeper is alive. */
  beat(): Promise<void>;
  /** Ends the scan early with Fault `cancelled`; what was read is kept for the next one. */
  isOver(): boolean;
}

/** What keeps points that no row shows. */
export interface Stays {
  /** `{resource}/{point}` */
  readonly pinned: ReadonlySet<string>;
  readonly holds: readonly LegalHold[];
}

const resourcesAtOnce = 8;

/**
 * Looks at everything that something may be read from: visible points, pinned ones, the newest point and the newest slice
 * of each head. Faults `missing` and `corrupt` name what cannot be read: nothing is guessed.
 */
export async function scan(services: SweepServices, plan: ScanPlan): Promise<Scan> {
  const { listing, portions } = plan;
  const found = new Findings();
  const now = instant(plan.listedAt);
  const stays: Stays = {
    pinned: await pinnedPoints(services.tables, now),
    holds: await holdsInForce(services.records, now),
  };
  const known = await knownResources(services, stays.holds);
  let counts = countsOf(listing);
  for (const [number, start] of portions.entries()) {
    const before = counts;
    const onListed = async (listed: Portion['counts']): Promise<void> => {
      counts = { ...before, ...listed };
      for (const prefix of ['slices/', 'points/'] as const) counts[prefix] += before[prefix];
      if (number === portions.length - 1) await plan.onListed(counts);
    };
    const isKept = portions.length > 1;
    const kept = isKept ? await recallPortion(services, plan, start, stays) : undefined;
    if (kept !== undefined) await onListed(kept.counts);
    const portion = kept ?? (await scanPortion(services, plan, start, stays, known, onListed));
    found.add(portion.found);
    await plan.beat();
    if (!isKept || kept !== undefined) continue;
    await keepPortion(services, plan, start, stays, portion);
    if (plan.isOver()) throw new Fault('cancelled', 'The scan goes on later');
  }
  for (const facts of found.left)
    listing[facts.name.startsWith('points/') ? 'points/' : 'slices/'].set(facts.name, facts);
  await followMoved(services, listing, found);
  if (listing['records/'].size > 0) for (const name of await namedSpills(services, plan)) found.needed.add(name);
  const lacking = await lackingPacks(services, plan, found);
  const { usage, naming, asked } = found;
  const { listedAt: at, raiseBelow } = plan;
  return {
    needed: found,
    at,
    raiseBelow,
    usage,
    naming,
    asked,
    lacking,
    holds: new Set(stays.holds.map(({ id }) => id)),
  };
}

async function scanPortion(
  services: SweepServices,
  plan: ScanPlan,
  start: string,
  { pinned, holds }: Stays,
  known: ReadonlyMap<ResourceId, Known>,
  onListed: (counts: Portion['counts']) => Promise<void>,
): Promise<Portion> {
  const roots = await listUnder(services.blobs, 'points/', () => plan.beat(), start);
  const slices = await listUnder(services.blobs, 'slices/', () => plan.beat(), start);
  const counts = { 'points/': roots.size, 'slices/': slices.size };
  await onListed(counts);
  const rootsOf = Map.groupBy(roots.values(), resourceOf);
  const slicesOf = Map.groupBy(slices.values(), resourceOf);
  const ids = new Set([...rootsOf.keys(), ...slicesOf.keys(), ...known.keys().filter((id) => id.startsWith(start))]);
  const found = new Findings();
  await inParallel([...ids], resourcesAtOnce, async (id) => {
    // A portion is small, and each call gets at least one further.
    if (services.signal.aborted || (plan.portions.length === 1 && plan.isOver()))
      throw new Fault('cancelled', 'The scan goes on later');
    const blobs = {
      id,
      // Without its record nobody can say whose a resource is: then any hold may mean it.
      ...(known.get(id) ?? { isHeld: holds.length > 0, isHidden: false }),
      roots: byId<PointId>(rootsOf.get(id)),
      slices: byId<SliceId>(slicesOf.get(id)),
    };
    await scanResource(services, plan, blobs, pinned, found);
  });
  return { counts, found };
}

const resourceOf = ({ name }: BlobFacts): ResourceId => name.split('/')[1] as ResourceId;
const byId = <Id extends string>(blobs: readonly BlobFacts[] = []): Map<Id, BlobFacts> =>
  new Map(blobs.map((facts) => [facts.name.slice(facts.name.lastIndexOf('/') + 1) as Id, facts]));

interface Known {
  /** A legal hold in force means it. */
  readonly isHeld: boolean;
  /** Its record does not open: nobody knows what of it may go, so that nothing does. */
  readonly isHidden: boolean;
}

/** Those that have no blob yet too: a job may be at its first ones. */
async function knownResources(
  services: SweepServices,
  holds: readonly LegalHold[],
): Promise<ReadonlyMap<ResourceId, Known>> {
  const known = new Map<ResourceId, Known>();
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await services.records.resources.list(undefined, pageToken);
    for (const record of page.value) known.set(record.id, { isHeld: isHeld(holds, record), isHidden: false });
    for (const id of page.unreadable) known.set(id, { isHeld: holds.length > 0, isHidden: true });
    pageToken = page.nextPageToken;
  }
  return known;
}

/** A pack whose needed segments lie elsewhere is not needed itself any more; where they lie is. */
async function followMoved({ housekeeping }: SweepServices, listing: Listing, found: Findings): Promise<void> {
  const { usage: used } = found;
  const open: [PackId, Usage][] = [];
  for (const name of listing['moved/'].keys()) {
    const pack = name.slice(movedPrefix.length) as PackId;
    const usage = used.get(pack);
    if (usage !== undefined) open.push([pack, usage]);
  }
  used.needAllBut(open.map(([pack]) => pack));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [pack, usage] = next;
    const record = listing['moved/'].has(movedName(pack)) ? await housekeeping.moved(pack) : undefined;
    if (record === undefined) {
      used.need(pack);
      continue;
    }
    if (found.needed.has(movedName(pack))) continue;
    found.needed.add(movedName(pack));
    // Brought back from a copy, the old pack is the only one that holds what was lost; that it is gone is known.
    if (record.lacksSegments && listing['packs/'].has(packNameOf(pack))) used.need(pack);
    for (const [number, to] of record.packs.entries()) {
      const stored = record.segments.reduce((sum, [, at, , , bytes]) => sum + (at === number ? bytes : 0), 0);
      const share = { ...usage, kind: record.kind, bytes: Math.min(usage.bytes, stored) };
      used.add(to, share);
      open.push([to, share]);
    }
  }
}

async function lackingPacks(services: SweepServices, plan: ScanPlan, found: Findings): Promise<readonly PackId[]> {
  const lacking: PackId[] = [];
  const unlisted: PackId[] = [];
  for (const [pack] of found.usage) {
    const name = packNameOf(pack);
    if (found.usage.isNeeded(name) && !plan.listing['packs/'].has(name)) unlisted.push(pack);
  }
  await inParallel(unlisted, resourcesAtOnce, async (pack) => {
    const facts = await services.blobs.head('repository', packNameOf(pack));
    if (facts === undefined) lacking.push(pack);
    else insistOnNew(facts, plan);
  });
  return lacking;
}
