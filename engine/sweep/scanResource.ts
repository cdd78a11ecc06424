import { hasEnded } from '../backup/rows.ts';
import { Fault, isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId, SliceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import type { Head, Slice } from '../repository/repository.ts';
import { rootName } from '../repository/root.ts';
import { sliceName } from '../repository/slices.ts';
import type { NeededRoot } from '../repository/sweepNotes.ts';
import type { Findings } from './findings.ts';
import { insistOnReasons } from './hiddenRoots.ts';
import type { Usage } from './packTables.ts';
import type { ScanPlan } from './scan.ts';
import type { SweepServices } from './sweepServices.ts';

const raiseTries = 5;
const pointOf = ({ name }: BlobFacts): PointId => name.slice(name.lastIndexOf('/') + 1) as PointId;

/** What one resource has in storage. */
export interface ResourceBlobs {
  readonly id: ResourceId;
  /** A legal hold in force means it. */
  readonly isHeld: boolean;
  readonly roots: Map<PointId, BlobFacts>;
  readonly slices: Map<SliceId, BlobFacts>;
  /** Its record does not open: nobody knows what of it may go, so that nothing does. */
  readonly isHidden: boolean;
}

/** Looks at one resource; what it needs, and what of it is left over, goes into `found`. */
export async function scanResource(
  services: SweepServices,
  plan: ScanPlan,
  { id, isHeld, roots, slices, isHidden }: ResourceBlobs,
  pinned: ReadonlySet<string>,
  found: Findings,
): Promise<void> {
  const inUse = new Set<string>();
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
  for (const { name } of [...needed, ...held]) inUse.add(name);
  for (const [pack, usage] of most) found.usage.add(pack, usage);
  const kept = isHidden ? roots.keys() : (head.expiring ?? []);
  for (const point of kept)
    if (roots.has(point) && !points.has(point)) await keepExpiring(services, id, point, found, inUse);
  const hidden = {
    all: [...roots.keys()].filter((point) => !shown.has(point)),
    going: [...roots].flatMap(([point, facts]) => (inUse.has(facts.name) || !plan.isGoing(facts) ? [] : point)),
    isListed: (point: PointId) => roots.has(point),
  };
  const unknown = await insistOnReasons(services, head, hidden, notes);
  for (const point of unknown) inUse.add(rootName(id, point));
  const workedOn = new Set<string>();
  if (head.headSlice !== undefined) await scanJournal(services, id, head, head.headSlice, found, workedOn);
  const orphans = await notes.orphans({
    listed: slices,
    listedAt: plan.listedAt,
    ...(head.headSlice !== undefined && { head: head.headSlice }),
    lastOf: async (run) => (await services.records.runs.resources.get(run, id))?.value.lastSlice,
  });
  for (const [slice, { name }] of slices) if (isHidden || !orphans.has(slice)) inUse.add(name);
  for (const name of workedOn) inUse.add(name);
  // What a root that does not open was is not forgotten.
  if (unknown.length === 0) await notes.save();
  for (const facts of [...roots.values(), ...slices.values()]) {
    const isNeeded = inUse.has(facts.name);
    const goesByAge = isNeeded && !workedOn.has(facts.name) && plan.goesByAge(facts);
    if (isNeeded && !goesByAge && !plan.isOnList(facts.name)) continue;
    found.left.push(facts);
    if (isNeeded) found.needed.add(facts.name);
  }
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
  inUse: Set<string>,
): Promise<void> {
  try {
    for (const pack of await housekeeping.packsOf(id, point))
      found.usage.add(pack, { kind: 'content', bytes: 0, resource: id, isInJob: true });
    inUse.add(rootName(id, point));
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

export function insistOnNew(facts: BlobFacts, plan: ScanPlan): BlobFacts {
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
  workedOn: Set<string>,
): Promise<void> {
  const { housekeeping, journal } = services;
  const slice = await newestSlice(services, head, newest);
  if (slice === undefined) return;
  const needs = journal.needsOf(slice, head);
  for (const name of needs.slices) workedOn.add(sliceName(id, name));
  const packs = new Set<PackId>();
  for (const name of needs.entriesOf) {
    const { entries, packs: written } = await housekeeping.openSlice(id, name);
    for (const { pack } of written) packs.add(pack);
    for (const { streams } of entries)
      for (const { parts } of streams) for (const { place } of parts) packs.add(place.pack);
  }
  for (const name of needs.partsOf)
    for (const pack of journal.partPacks(await housekeeping.openSlice(id, name))) packs.add(pack);
  for (const pack of packs) found.usage.add(pack, { kind: 'content', bytes: 0, resource: id, isInJob: true });
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
