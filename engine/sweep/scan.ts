import { Fault, isFault } from '../fault.ts';
import { hasEnded } from '../backup/rows.ts';
import type { LegalHold } from '../model/hold.ts';
import { instant } from '../model/ids.ts';
import type { PackId, PointId, ResourceId, SliceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import { inParallel } from '../repository/inParallel.ts';
import { movedName } from '../repository/moved.ts';
import type { Head, Slice } from '../repository/repository.ts';
import { rootName } from '../repository/root.ts';
import { sliceName } from '../repository/slices.ts';
import type { NeededRoot } from '../repository/sweepNotes.ts';
import { pinnedPoints } from '../restore/pins.ts';
import { insistOnReasons } from './hiddenRoots.ts';
import { holdsInForce, isHeld } from './holds.ts';
import { spillColumn } from '../records/sealedRows.ts';
import type { Listing } from './listing.ts';
import type { SweepServices } from './sweepServices.ts';

/** How much of a pack is needed, as far as roots tell. */
export interface Usage {
  readonly kind: 'content' | 'meta';
  readonly bytes: number;
  /** Whose it is, or one of them. */
  readonly resource: ResourceId;
  /** A job that is under way names it. */
  readonly isInJob: boolean;
}

/** What is needed, by name of its blob. What is not in it was needed by nothing at some moment since the scan began. */
export interface Scan {
  readonly needed: ReadonlySet<string>;
  /** Of the slices those without which no job could go on; other needed ones carry ledgers and go by their age. */
  readonly workedOn: ReadonlySet<string>;
  readonly usage: ReadonlyMap<PackId, Usage>;
  /** Packs that points need and storage does not have. */
  readonly lacking: readonly PackId[];
  /** Needed roots that name packs of the plan's `watched`. */
  readonly naming: ReadonlyMap<PackId, readonly NamedBy[]>;
  /** Legal holds that were in force when the scan began, by id. */
  readonly holds: ReadonlySet<string>;
  /** The same of the plan's `asked`. */
  readonly asked: ReadonlyMap<PackId, readonly NamedBy[]>;
}

export interface NamedBy {
  readonly resource: ResourceId;
  readonly point: PointId;
}

export interface ScanPlan {
  readonly listing: Listing;
  /** Storage clock when the listing began, in ms. */
  readonly listedAt: number;
  /** Fences of jobs that know of fewer condemnations than this one are raised before their resource is looked at. */
  readonly raiseBelow: number;
  /** Packs of which it is to be known who names them. */
  readonly watched: ReadonlySet<PackId>;
  /** Packs of which it is to be told who needs them. */
  readonly asked: ReadonlySet<PackId>;
  /** It goes on the list when nothing needs it. */
  isGoing(facts: BlobFacts): boolean;
  /** Ends the scan early with Fault `cancelled`; what was read is kept for the next one. */
  isOver(): boolean;
}

const resourcesAtOnce = 8;
const raiseTries = 5;
const pointOf = ({ name }: BlobFacts): PointId => name.slice(name.lastIndexOf('/') + 1) as PointId;
export const packNameOf = (pack: PackId): string => `packs/${pack.slice(0, 2)}/${pack}`;

/**
 * Looks at everything that something may be read from: visible points, pinned ones, the newest point and the newest slice
 * of each head. Faults `missing` and `corrupt` name what cannot be read: nothing is guessed.
 */
export async function scan(services: SweepServices, plan: ScanPlan): Promise<Scan> {
  const { listing } = plan;
  const found = new Findings();
  const now = instant(plan.listedAt);
  const pinned = await pinnedPoints(services.tables, now);
  const holds = await holdsInForce(services.records, now);
  await inParallel(await resourcesOf(services, listing, holds), resourcesAtOnce, async (blobs) => {
    if (plan.isOver() || services.signal.aborted) throw new Fault('cancelled', 'The scan goes on later');
    await scanResource(services, plan, blobs, pinned, found);
  });
  await followMoved(services, listing, found);
  await namedSpills(services, listing, found);
  const lacking = await lackingPacks(services, plan, found);
  const { needed, workedOn, usage, naming, asked } = found;
  return { needed, workedOn, usage, naming, asked, lacking, holds: new Set(holds.map(({ id }) => id)) };
}

/** What one resource has in storage. */
interface ResourceBlobs {
  readonly id: ResourceId;
  /** A legal hold in force means it. */
  isHeld: boolean;
  readonly roots: Map<PointId, BlobFacts>;
  readonly slices: Map<SliceId, BlobFacts>;
  /** Its record does not open: nobody knows what of it may go, so that nothing does. */
  isHidden: boolean;
}

/** By the names of blobs, and those that are known and have none yet: a job may be at its first ones. */
async function resourcesOf(
  services: SweepServices,
  listing: Listing,
  holds: readonly LegalHold[],
): Promise<readonly ResourceBlobs[]> {
  const resources = new Map<ResourceId, ResourceBlobs>();
  const of = (id: ResourceId): ResourceBlobs => {
    // Without its record nobody can say whose a resource is: then any hold may mean it.
    const isHeld = holds.length > 0;
    const roots = new Map<PointId, BlobFacts>();
    const known = resources.get(id) ?? { id, isHeld, roots, slices: new Map(), isHidden: false };
    resources.set(id, known);
    return known;
  };
  for (const [name, facts] of listing['points/']) {
    const [, resource, point] = name.split('/') as [string, ResourceId, PointId];
    of(resource).roots.set(point, facts);
  }
  for (const [name, facts] of listing['slices/']) {
    const [, resource, slice] = name.split('/') as [string, ResourceId, SliceId];
    of(resource).slices.set(slice, facts);
  }
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await services.records.resources.list(undefined, pageToken);
    for (const record of page.value) of(record.id).isHeld = isHeld(holds, record);
    for (const id of page.unreadable) of(id).isHidden = true;
    pageToken = page.nextPageToken;
  }
  return [...resources.values()];
}

class Findings {
  readonly needed = new Set<string>();
  readonly workedOn = new Set<string>();
  readonly usage = new Map<PackId, Usage>();
  readonly naming = new Map<PackId, NamedBy[]>();
  readonly asked = new Map<PackId, NamedBy[]>();

  isNamed(where: 'naming' | 'asked', pack: PackId, by: NamedBy): void {
    const all = this[where].get(pack);
    if (all === undefined) this[where].set(pack, [by]);
    else all.push(by);
  }

  needs(pack: PackId, usage: Usage): void {
    const before = this.usage.get(pack);
    this.usage.set(pack, {
      kind: before?.kind ?? usage.kind,
      bytes: (before?.bytes ?? 0) + usage.bytes,
      resource: before?.resource ?? usage.resource,
      isInJob: usage.isInJob || (before?.isInJob ?? false),
    });
  }
}

async function scanResource(
  services: SweepServices,
  plan: ScanPlan,
  { id, isHeld, roots, slices, isHidden }: ResourceBlobs,
  pinned: ReadonlySet<string>,
  found: Findings,
): Promise<void> {
  const head = await headOf(services, plan, id);
  if (head.etag === '') {
    if (roots.size === 0 && slices.size === 0) return;
    throw new Fault(
      'missing',
      `Resource ${id} has restore points or slices in storage and no head row: tables were lost. Rebuild them before anything is removed.`,
      { origin: 'storage', code: 'HeadLost' },
    );
  }
  const shown = new Set(await services.housekeeping.visible(id));
  if (head.newestPoint !== undefined) shown.add(head.newestPoint);
  const points = new Set(shown);
  for (const point of roots.keys()) if (pinned.has(`${id}/${point}`)) points.add(point);

  const needed: BlobFacts[] = [];
  for (const point of points) needed.push(roots.get(point) ?? (await unlistedRoot(services, plan, id, point)));
  // Let go a while ago, and not yet swept: whoever holds the resource means these too.
  const held = isHeld ? [...roots].flatMap(([point, facts]) => (points.has(point) ? [] : facts)) : [];
  const most = new Map<PackId, Usage>();
  const notes = await services.housekeeping.notes(id);
  const toRead: NeededRoot[] = [
    ...needed.map((facts) => ({ facts, isShown: shown.has(pointOf(facts)), mayFail: false })),
    ...held.map((facts) => ({ facts, isShown: false, mayFail: true })),
  ];
  for (const [point, packs] of await notes.rootNeeds(toRead)) {
    for (const { pack, kind, bytes } of packs) {
      most.set(pack, { kind, bytes: Math.max(bytes, most.get(pack)?.bytes ?? 0), resource: id, isInJob: false });
      for (const where of ['naming', 'asked'] as const)
        if (plan[where === 'naming' ? 'watched' : where].has(pack)) found.isNamed(where, pack, { resource: id, point });
    }
  }
  for (const { name } of [...needed, ...held]) found.needed.add(name);
  for (const [pack, usage] of most) found.needs(pack, usage);
  const kept = isHidden ? roots.keys() : (head.expiring ?? []);
  for (const point of kept) if (roots.has(point) && !points.has(point)) await keepExpiring(services, id, point, found);
  const hidden = {
    all: [...roots.keys()].filter((point) => !shown.has(point)),
    going: [...roots].flatMap(([point, facts]) => (found.needed.has(facts.name) || !plan.isGoing(facts) ? [] : point)),
    isListed: (point: PointId) => roots.has(point),
  };
  const unknown = await insistOnReasons(services, head, hidden, notes);
  for (const point of unknown) found.needed.add(rootName(id, point));
  if (head.headSlice !== undefined) await scanJournal(services, id, head, head.headSlice, found);
  const orphans = await notes.orphans({
    listed: slices,
    listedAt: plan.listedAt,
    ...(head.headSlice !== undefined && { head: head.headSlice }),
    lastOf: async (run) => (await services.records.runs.resources.get(run, id))?.value.lastSlice,
  });
  for (const [slice, { name }] of slices) if (isHidden || !orphans.has(slice)) found.needed.add(name);
  // What a root that does not open was is not forgotten.
  if (unknown.length === 0) await notes.save();
}

/**
 * Its expiry was begun and not ended: what it held is read once more, to take it out of the catalog. Or nobody can say
 * whether it may go.
 */
async function keepExpiring(
  { housekeeping }: SweepServices,
  id: ResourceId,
  point: PointId,
  found: Findings,
): Promise<void> {
  try {
    for (const pack of await housekeeping.packsOf(id, point))
      found.needs(pack, { kind: 'content', bytes: 0, resource: id, isInJob: true });
    found.needed.add(rootName(id, point));
  } catch (error) {
    // The catalog can do without one that does not open.
    if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
  }
}

/** The head, held by nobody who does not know what was condemned. */
async function headOf(services: SweepServices, plan: ScanPlan, id: ResourceId): Promise<Head> {
  for (let tries = 0; tries < raiseTries; tries++) {
    const head = await services.housekeeping.head(id);
    if (head.holder === undefined || (head.knows ?? 0) >= plan.raiseBelow) return head;
    try {
      const raised = await services.housekeeping.raiseFence(head);
      services.log.info('sweep.fenceRaised', { resource: id, fence: raised.fence });
      return raised;
    } catch (error) {
      if (!isFault(error, 'stale-fence')) throw error;
    }
  }
  throw new Fault('unavailable', `The head of resource ${id} keeps changing`, { origin: 'storage' });
}

/** A point that became visible after the listing; anything else means that the listing is not complete, or the root gone. */
async function unlistedRoot(
  services: SweepServices,
  plan: ScanPlan,
  resource: ResourceId,
  point: PointId,
): Promise<BlobFacts> {
  const name = rootName(resource, point);
  const facts = await services.blobs.head('repository', name);
  if (facts !== undefined) return insistOnNew(facts, plan);
  throw new Fault(
    'missing',
    `${name}, the root of a visible restore point, is missing from storage. Nothing is removed until it is brought back from a copy of the storage account, or that restore point is given up (POST /api/resources/${resource}/points/${point}/give-up).`,
    { origin: 'storage', code: 'RootMissing' },
  );
}

function insistOnNew(facts: BlobFacts, plan: ScanPlan): BlobFacts {
  if (Date.parse(facts.modifiedAt) >= plan.listedAt) return facts;
  throw new Fault(
    'invalid',
    `${facts.name} is in storage, and the list of storage did not show it. Nothing is removed.`,
    {
      origin: 'storage',
      code: 'ListingIncomplete',
    },
  );
}

async function scanJournal(
  services: SweepServices,
  id: ResourceId,
  head: Head,
  newest: SliceId,
  found: Findings,
): Promise<void> {
  const { housekeeping, journal } = services;
  const slice = await newestSlice(services, head, newest);
  if (slice === undefined) return;
  const needs = journal.needsOf(slice, head);
  for (const name of needs.slices) {
    found.needed.add(sliceName(id, name));
    found.workedOn.add(sliceName(id, name));
  }
  const packs = new Set<PackId>();
  for (const name of needs.entriesOf) {
    const { entries, packs: written } = await housekeeping.openSlice(id, name);
    for (const { pack } of written) packs.add(pack);
    for (const { streams } of entries)
      for (const { parts } of streams) for (const { place } of parts) packs.add(place.pack);
  }
  for (const name of needs.partsOf)
    for (const pack of journal.partPacks(await housekeeping.openSlice(id, name))) packs.add(pack);
  for (const pack of packs) found.needs(pack, { kind: 'content', bytes: 0, resource: id, isInJob: true });
}

/**
 * Undefined where it is lost and no job is at work: the next one begins anew from the newest point, if there is ever a next
 * one, and needs nothing of it. A job that is at work may know what it held.
 */
async function newestSlice(
  { housekeeping, records, log }: SweepServices,
  { resourceId, holder, openRun }: Head,
  newest: SliceId,
): Promise<Slice | undefined> {
  try {
    return await housekeeping.openSlice(resourceId, newest);
  } catch (error) {
    if (!isFault(error, 'missing', 'corrupt') || holder !== undefined) throw error;
    const run = openRun && (await records.runs.get(openRun))?.value;
    if (run !== undefined && !hasEnded(run)) throw error;
    log.error('sweep.sliceLost', { resource: resourceId, slice: newest, kind: error.kind });
    return undefined;
  }
}

/** A pack whose needed segments lie elsewhere is not needed itself any more; where they lie is. */
async function followMoved({ housekeeping }: SweepServices, listing: Listing, found: Findings): Promise<void> {
  const open = [...found.usage];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [pack, usage] = next;
    const record = listing['moved/'].has(movedName(pack)) ? await housekeeping.moved(pack) : undefined;
    if (record === undefined) {
      found.needed.add(packNameOf(pack));
      continue;
    }
    if (found.needed.has(movedName(pack))) continue;
    found.needed.add(movedName(pack));
    // Brought back from a copy, the old pack is the only one that holds what was lost; that it is gone is known.
    if (record.lacksSegments && listing['packs/'].has(packNameOf(pack))) found.needed.add(packNameOf(pack));
    for (const [number, to] of record.packs.entries()) {
      const stored = record.segments.reduce((sum, [, at, , , bytes]) => sum + (at === number ? bytes : 0), 0);
      const share = { ...usage, kind: record.kind, bytes: Math.min(usage.bytes, stored) };
      found.needs(to, share);
      open.push([to, share]);
    }
  }
}

/** Values of records too large for a row: the rows of all records say which are theirs. */
async function namedSpills({ tables }: SweepServices, listing: Listing, found: Findings): Promise<void> {
  if (listing['records/'].size === 0) return;
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await tables.texts('records', spillColumn, pageToken);
    for (const name of page.texts) found.needed.add(name);
    pageToken = page.nextPageToken;
  }
}

async function lackingPacks(services: SweepServices, plan: ScanPlan, found: Findings): Promise<readonly PackId[]> {
  const lacking: PackId[] = [];
  const unlisted = [...found.usage.keys()].filter(
    (pack) => found.needed.has(packNameOf(pack)) && !plan.listing['packs/'].has(packNameOf(pack)),
  );
  await inParallel(unlisted, resourcesAtOnce, async (pack) => {
    const facts = await services.blobs.head('repository', packNameOf(pack));
    if (facts === undefined) lacking.push(pack);
    else insistOnNew(facts, plan);
  });
  return lacking;
}
