import { Fault, isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import { inParallel } from '../repository/inParallel.ts';
import { pinnedPoints } from '../restore/pins.ts';
import { added, addedEach } from './cycle.ts';
import type { Cycle } from './cycle.ts';
import { holdsInForce } from './holds.ts';
import { containerOf } from './listing.ts';
import { packNameOf } from './packTables.ts';
import type { Scan } from './scan.ts';
import type { ListedPrefix, ObjectRow, SweepState } from './state.ts';
import type { SweepSettings } from './sweepServices.ts';

const removalsAtOnce = 8;
/** What names comes before what is named: a kill in between leaves nothing that names what is gone. */
const order: readonly ListedPrefix[] = ['points/', 'slices/', 'records/', 'moved/', 'packs/'];
const rankOf = (name: string): number => order.findIndex((prefix) => name.startsWith(prefix));
const inOrder = (names: readonly string[]): string[] => names.toSorted((a, b) => rankOf(a) - rankOf(b));

/** Was condemned long enough ago, in an earlier cycle, and everybody could know of it since? */
export const isRipe = (
  { state, at, cycle }: ObjectRow,
  of: Pick<SweepState, 'cycle' | 'announced'>,
  now: number,
  settings: Pick<SweepSettings, 'ageMs' | 'apartMs'>,
): boolean =>
  (state === 'condemned' || state === 'retiring') &&
  at <= now - settings.ageMs &&
  cycle <= of.cycle - settings.apartMs &&
  cycle <= of.announced;

/** A pack that was to be written anew: what was needed of it lies elsewhere. */
export const isRewritten = ({ listing }: Cycle, { name }: ObjectRow): boolean =>
  listing['moved/'].has(`moved/${name.slice(name.lastIndexOf('/') + 1)}`);

/** What is needed after all goes off the list. */
export async function spare(cycle: Cycle, { needed }: Scan): Promise<void> {
  const spared = [...cycle.objects.values()].filter(
    ({ name, state }) => needed.has(name) && (state === 'condemned' || (state === 'deleted' && isThere(cycle, name))),
  );
  for (const { name, state } of spared)
    if (state === 'deleted') cycle.services.log.error('sweep.neededAfterAll', { object: name });
  await cycle.move(
    spared.map(({ name }) => name),
    'off',
    (bundle) => ({ counts: added(cycle.state.counts, { spared: bundle.length }) }),
  );
}

const isThere = (cycle: Cycle, name: string): boolean => cycle.facts(name) !== undefined;

/**
 * Removes what is ripe and still needed by nothing: first the decision, in a row, then the blob. What a kill left between
 * the two is removed first.
 */
export async function removeRipe(cycle: Cycle, scan: Scan): Promise<void> {
  const objects = [...cycle.objects.values()].filter(({ name }) => !scan.needed.has(name));
  const decided = objects.filter(({ name, state }) => state === 'deleted' && isThere(cycle, name));
  const ripe = objects.filter(
    (object) =>
      isRipe(object, cycle.state, cycle.now, cycle.settings) &&
      // Jobs that do not know of later ones were let alone.
      object.cycle <= scan.raiseBelow &&
      (object.state !== 'retiring' || isRewritten(cycle, object)),
  );
  const refused = new Set<string>();
  for (const prefix of order) {
    const of = (list: readonly ObjectRow[]): string[] =>
      inOrder(list.map(({ name }) => name).filter((name) => name.startsWith(prefix) && !refused.has(name)));
    const again = of(decided);
    if (again.length > 0) {
      cycle.insistOnTime();
      await insistOnStays(cycle, scan);
      await cycle.advance({ removed: addedEach(cycle.state.removed, again) });
      for (const name of await removeBlobs(cycle, again)) refused.add(name);
    }
    const first = of(ripe);
    await cycle.move(
      first,
      'deleted',
      (bundle) => ({ removed: addedEach(cycle.state.removed, bundle) }),
      async (bundle) => {
        for (const name of await removeBlobs(cycle, bundle)) refused.add(name);
      },
      () => insistOnStays(cycle, scan),
    );
    // A point that storage does not let go of keeps what it names.
    if (prefix === 'points/') for (const name of await namedBy(cycle, [...refused])) refused.add(name);
  }
}

/** A request may have pinned a point since the scan, or somebody set a hold: then all is looked at anew before anything else goes. */
async function insistOnStays(cycle: Cycle, scan: Scan): Promise<void> {
  const now = instant(cycle.now);
  for (const { id } of await holdsInForce(cycle.services.records, now))
    if (!scan.holds.has(id)) throw new Fault('cancelled', 'A legal hold was set meanwhile; the sweep looks again');
  for (const pinned of await pinnedPoints(cycle.services.tables, now)) {
    const name = `points/${pinned}`;
    if (isThere(cycle, name) && !scan.needed.has(name))
      throw new Fault('cancelled', 'A point was pinned meanwhile; the sweep looks again');
  }
}

/** Answers those that storage refused. */
async function removeBlobs(cycle: Cycle, names: readonly string[]): Promise<string[]> {
  const { blobs, log } = cycle.services;
  const refused: string[] = [];
  let deleted = 0;
  let bytesFreed = 0;
  await inParallel(names, removalsAtOnce, async (name) => {
    const facts = cycle.facts(name);
    try {
      await blobs.remove(containerOf(name), name);
      if (facts !== undefined) deleted += 1;
      bytesFreed += facts?.length ?? 0;
    } catch (error) {
      if (!isFault(error, 'conflict', 'forbidden')) throw error;
      log.info('sweep.refused', { object: name, kind: error.kind });
      refused.push(name);
    }
  });
  await cycle.note({ deleted, bytesFreed, retained: refused.length });
  return refused;
}

async function namedBy(cycle: Cycle, roots: readonly string[]): Promise<string[]> {
  const named: string[] = [];
  for (const name of roots) {
    const [, resource, point] = name.split('/') as [string, ResourceId, PointId];
    const facts = cycle.facts(name);
    if (facts === undefined) continue;
    for (const pack of await packsOf(cycle, resource, point)) named.push(pack);
  }
  return named;
}

async function packsOf(cycle: Cycle, resource: ResourceId, point: PointId): Promise<string[]> {
  const { housekeeping } = cycle.services;
  const names: string[] = [];
  const open: PackId[] = [];
  try {
    open.push(...(await housekeeping.packsOf(resource, point)));
  } catch (error) {
    // It is not needed, and what it names cannot be said.
    if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
  }
  for (let pack = open.pop(); pack !== undefined; pack = open.pop()) {
    names.push(packNameOf(pack), `moved/${pack}`);
    open.push(...((await housekeeping.moved(pack))?.packs ?? []));
  }
  return names;
}
