import type { PackId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import { findingsFrom, keptFrom } from './findings.ts';
import type { Findings, KeptFindings } from './findings.ts';
import type { ScanPlan, Stays } from './scan.ts';
import type { SweepServices } from './sweepServices.ts';

/** What a look at the resources of a portion came to. */
export interface Portion {
  readonly counts: Readonly<Record<'points/' | 'slices/', number>>;
  readonly found: Findings;
}

interface KeptPortion {
  /** The scan it belongs to, by the moment it began at. */
  readonly scan: number;
  readonly counts: Portion['counts'];
  /** Legal holds of which the look knew. */
  readonly holds: readonly string[];
  readonly found: KeptFindings;
}

const nameOf = (start: string): string => `sweep/portion/${start}`;

/** Undefined where this scan has not looked yet, or where something is pinned or held since that it found unneeded. */
export async function recallPortion(
  { housekeeping }: Pick<SweepServices, 'housekeeping'>,
  plan: Pick<ScanPlan, 'listedAt' | 'isGone'>,
  start: string,
  { pinned, holds }: Stays,
): Promise<Portion | undefined> {
  const kept = (await housekeeping.recall(nameOf(start))) as KeptPortion | undefined;
  if (kept?.scan !== plan.listedAt || !holds.every(({ id }) => kept.holds.includes(id))) return undefined;
  const found = findingsFrom({ ...kept.found, left: kept.found.left.filter(({ name }) => !plan.isGone(name)) });
  const isPinned = ({ name }: BlobFacts): boolean => pinned.has(name.slice(name.indexOf('/') + 1));
  if (found.left.some((facts) => isPinned(facts) && !found.needed.has(facts.name))) return undefined;
  return { counts: kept.counts, found };
}

export async function keepPortion(
  { housekeeping }: Pick<SweepServices, 'housekeeping'>,
  plan: Pick<ScanPlan, 'listedAt'>,
  start: string,
  { holds }: Stays,
  { counts, found }: Portion,
): Promise<void> {
  const kept: KeptPortion = {
    scan: plan.listedAt,
    counts,
    holds: holds.map(({ id }) => id),
    found: keptFrom(found),
  };
  await housekeeping.keep(nameOf(start), kept);
}

/** Where a scan stands that takes more than one call. */
export interface ScanStart extends OfCycle {
  readonly portions: readonly string[];
  readonly raiseBelow: number;
  readonly watched: readonly PackId[];
  readonly asked: readonly PackId[];
}

const startName = 'sweep/portion';
/** What was looked at longer ago is looked at anew. */
const mostAgeMs = 12 * 3_600_000;

export async function recallStart(
  { housekeeping }: Pick<SweepServices, 'housekeeping'>,
  cycle: number,
  now: number,
): Promise<ScanStart | undefined> {
  const kept = (await housekeeping.recall(startName)) as ScanStart | undefined;
  return isFresh(kept, { state: { cycle }, now }) ? kept : undefined;
}

/** What a call kept for those of the same cycle that follow soon. */
export interface OfCycle {
  readonly cycle: number;
  readonly at: number;
}

export const isFresh = <Kept extends OfCycle>(
  kept: Kept | undefined,
  { state, now }: { readonly state: Pick<OfCycle, 'cycle'>; readonly now: number },
): kept is Kept => kept?.cycle === state.cycle && kept.at > now - mostAgeMs;

export const keepStart = ({ housekeeping }: Pick<SweepServices, 'housekeeping'>, start: ScanStart): Promise<void> =>
  housekeeping.keep(startName, start);

const digits = Array.from({ length: 16 }, (_, digit) => digit.toString(16));
/** Ids of resources begin with two of these, each as often as any other. */
export function portionsFor(blobs: number, most: number): readonly string[] {
  if (blobs <= most) return [''];
  if (blobs <= 16 * most) return digits;
  return digits.flatMap((first) => digits.map((second) => first + second));
}
