import { isFault } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { PackId } from '../model/ids.ts';
import type { AcceptedObject } from '../repository/acceptedObjects.ts';
import { checkSkew, storageNow } from '../retention/storageClock.ts';
import { condemn, forget, isGoing } from './condemn.ts';
import { busyMs, Cycle } from './cycle.ts';
import { extendProtection } from './extend.ts';
import { emptyListing, listShared } from './listing.ts';
import type { Listing } from './listing.ts';
import { keepStart, portionsFor, recallStart } from './portions.ts';
import type { ScanStart } from './portions.ts';
import { removeAged } from './removeAged.ts';
import { isRipe, removeRipe, spare } from './removeObjects.ts';
import { noCounts, reportSetting } from './report.ts';
import type { SweepRefused, SweepReport } from './report.ts';
import { retire, rewriteRipe, watchedPacks } from './rewrite.ts';
import { scan } from './scan.ts';
import type { NamedBy } from './findings.ts';
import type { Scan } from './scan.ts';
import { advance, readObjects, readState } from './state.ts';
import type { SweepState } from './state.ts';
import type { SweepServices } from './sweepServices.ts';

export type SweepResult =
  /** Nothing is due, or the records are not whole. */
  | { readonly kind: 'idle' }
  /** Another sweeper is at it. */
  | { readonly kind: 'busy' }
  /** The time of this call is spent: call again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'done'; readonly report: SweepReport }
  | { readonly kind: 'refused'; readonly report: SweepReport };

/**
 * Works on the present cycle, or begins the next one when it is due, until it is through or the time of a job is spent.
 * May be called at any time, by several at once, and be killed anywhere. A cycle that cannot be certain removes nothing,
 * says why, and is tried again. Faults `unavailable`, `throttled`, `storage-full`: call again later.
 */
export async function sweepOnce(services: SweepServices): Promise<SweepResult> {
  if ((await services.condition()).safeMode) return { kind: 'idle' };
  const endsAt = services.clock.now() + services.settings.jobMs;
  const idle = await readState(services.tables);
  const storage = await storageNow(services.blobs);
  const now = Date.parse(storage);
  if (idle.busyUntil > now) return { kind: 'busy' };
  if (idle.nextAt > now) return { kind: 'idle' };
  let state: SweepState | undefined;
  try {
    state = await begin(services, idle, now);
    checkSkew(storage, services.clock);
    return await workOn(services, state, now, endsAt);
  } catch (error) {
    if (!isFault(error)) throw error;
    if (error.kind === 'stale-fence') return { kind: 'busy' };
    if (error.kind === 'cancelled') {
      await letGo(services);
      return { kind: 'again' };
    }
    if (isFault(error, 'missing', 'corrupt', 'invalid', 'unsupported')) return refuse(services, error, now);
    await letGo(services);
    throw error;
  }
}

/** Takes the work over; a new cycle begins where none is open. */
async function begin(services: SweepServices, idle: SweepState, now: number): Promise<SweepState> {
  const busyUntil = now + busyMs(services.settings);
  const fresh = { cycle: Math.max(now, idle.cycle + 1), isOpen: true, counts: noCounts };
  const { state } = await advance(services, idle, { busyUntil, nextAt: 0, ...(!idle.isOpen && fresh) });
  return state;
}

async function workOn(services: SweepServices, begun: SweepState, now: number, endsAt: number): Promise<SweepResult> {
  const objects = await readObjects(services.tables);
  const listing = emptyListing();
  const cycle = new Cycle(services, { state: begun, listing, objects, now }, endsAt);
  await listShared(services.blobs, listing, () => cycle.beat());
  const accepted = await services.housekeeping.accepted();
  const start = await startOf(cycle, accepted);
  const watched = new Set(start.watched);
  const scanned = await scan(services, {
    cycle: begun.cycle,
    now,
    listing,
    listedAt: start.at,
    portions: start.portions,
    raiseBelow: start.raiseBelow,
    watched,
    asked: new Set(start.asked),
    isGoing: (facts) => isGoing(cycle, facts, start.at),
    isOnList: (name) => objects.has(name),
    isGone: (name) => objects.get(name)?.state === 'deleted' && objects.get(name)?.cycle === begun.cycle,
    goesByAge: ({ name, modifiedAt }) =>
      name.startsWith('slices/') && Date.parse(modifiedAt) <= now - services.settings.sliceMs,
    onListed: (counts) => cycle.listed(start.at, counts),
    beat: () => cycle.beat(),
    isOver: () => cycle.isOver(),
  });
  const given = scanned.lacking.filter((pack) => isGivenUp(pack, scanned, accepted)).length;
  const found = scanned.lacking.length > given ? keepingPacks(scanned, listing) : scanned;
  if (found.lacking.length > 0) services.log.error('sweep.packsLacking', { packs: found.lacking.length });

  await spare(cycle, found);
  await extendProtection(cycle, found);
  await removeRipe(cycle, found);
  await rewriteRipe(cycle, found, watched);
  if (cycle.state.announced < cycle.state.cycle) {
    await condemn(cycle, found);
    await retire(cycle, found);
    // Only now: whoever knows this number knows all that is condemned under it.
    await cycle.advance({ announced: cycle.state.cycle });
  }
  await forget(cycle);
  await removeAged(cycle);
  return { kind: 'done', report: await finish(cycle, found.lacking.length, given) };
}

/**
 * While a needed pack is missing and nobody accepted that, no pack goes: what was in it may lie in one of them, and the
 * record that said so may be what was lost.
 */
const keepingPacks = (scan: Scan, listing: Listing): Scan => ({
  ...scan,
  needed: { has: (name) => scan.needed.has(name) || listing['packs/'].has(name) },
});

/** Where the scan of this cycle stands, or how a new one begins. */
async function startOf(cycle: Cycle, accepted: readonly AcceptedObject[]): Promise<ScanStart> {
  const { services, state, objects, now, settings } = cycle;
  // Nobody counted roots and slices before the first scan: where there are many packs there are many of them, too.
  const { 'points/': roots = 0, 'slices/': slices = 0 } = state.listed ?? { 'points/': cycle.listing['packs/'].size };
  const blobs = roots + slices;
  const portions = portionsFor(blobs, settings.portionBlobs);
  const kept = portions.length > 1 ? await recallStart(services, state.cycle, now) : undefined;
  if (kept !== undefined) return kept;
  const ripe = [...objects.values()].filter((object) => isRipe(object, state, now, settings));
  const start: ScanStart = {
    cycle: state.cycle,
    at: now,
    portions,
    raiseBelow: Math.max(0, ...ripe.map((object) => object.cycle)),
    watched: [...(await watchedPacks(cycle))],
    asked: [...new Set(accepted.flatMap(({ packs }) => packs))],
  };
  if (portions.length > 1) await keepStart(services, start);
  return start;
}

/** Whoever needs it, somebody accepted there that it is lost. */
const isGivenUp = (pack: PackId, { asked }: Scan, accepted: readonly AcceptedObject[]): boolean => {
  const needing = asked.get(pack) ?? [];
  const isAccepted = ({ resource, point }: NamedBy): boolean =>
    accepted.some((one) => one.resource === resource && one.packs.includes(pack) && one.points.includes(point));
  return needing.length > 0 && needing.every(isAccepted);
};

async function finish(cycle: Cycle, lacking: number, lackingAccepted: number): Promise<SweepReport> {
  const { services, state } = cycle;
  const report: SweepReport = {
    cycle: state.cycle,
    startedAt: instant(state.cycle),
    finishedAt: await storageNow(services.blobs),
    ...state.counts,
    lacking,
    ...(lackingAccepted > 0 && { lackingAccepted }),
  };
  const before = await services.records.settings.get<SweepReport>(reportSetting);
  const isKept = before?.value.cycle === report.cycle && before.value.finishedAt !== undefined;
  if (!isKept) await services.records.settings.put(reportSetting, report, before?.etag, noteOf(report));
  await cycle.advance({
    isOpen: false,
    busyUntil: 0,
    nextAt: state.cycle + cycle.settings.cycleMs,
    isWriteProtected: report.retained > 0,
  });
  services.log.info('sweep.done', {
    condemned: report.condemned,
    deleted: report.deleted,
    bytesFreed: report.bytesFreed,
    retained: report.retained,
    repacked: report.repacked,
  });
  return report;
}

/** Together with the report, so that each cycle that removed something is noted once. */
const noteOf = ({ cycle, finishedAt, deleted, bytesFreed, retained }: SweepReport) =>
  deleted === 0
    ? undefined
    : {
        at: finishedAt ?? instant(cycle),
        who: 'system' as const,
        action: 'sweep.cycle',
        on: { cycle: String(cycle), deleted: String(deleted), bytes: String(bytesFreed), retained: String(retained) },
        result: 'done' as const,
      };

/** Nothing is certain enough: nothing goes, people are told, and it is tried again. */
async function refuse(services: SweepServices, fault: Fault, now: number): Promise<SweepResult> {
  services.log.error('sweep.refused', { kind: fault.kind, origin: fault.origin, code: fault.code ?? '' });
  const state = await readState(services.tables);
  const report: SweepReport = {
    cycle: state.cycle,
    startedAt: instant(state.cycle),
    ...state.counts,
    refused: fault.message,
    ...(fault.code !== undefined && { refusedCode: fault.code }),
  };
  const before = await services.records.settings.get<SweepReport>(reportSetting);
  if (before?.value.refused !== report.refused || before?.value.cycle !== report.cycle)
    await services.records.settings.put(reportSetting, report, before?.etag);
  // Once a day is enough.
  const at = instant(now);
  const code = fault.code === undefined ? {} : { code: fault.code };
  const told: SweepRefused = { kind: 'sweepRefused', reason: fault.message, ...code, at };
  await services.records.outbox.add(`sweepRefused-${at.slice(0, 10)}`, told);
  await advance(services, state, { busyUntil: 0, nextAt: now + services.settings.refusedMs });
  return { kind: 'refused', report };
}

/** The next call need not wait until this one counts as killed. */
async function letGo(services: SweepServices): Promise<void> {
  try {
    await advance(services, await readState(services.tables), { busyUntil: 0 });
  } catch (error) {
    if (!isFault(error)) throw error;
    services.log.warn('sweep.notLetGo', { kind: error.kind });
  }
}
