import { numberIn, textIn, type Columns } from './leaseRow.ts';

/** Resource units by licences, as Microsoft publishes them (2025-10). */
export const SHAREPOINT_BANDS = [
  { licences: 1_000, perMinute: 1_250, perDay: 1_200_000 },
  { licences: 5_000, perMinute: 2_500, perDay: 2_400_000 },
  { licences: 15_000, perMinute: 3_750, perDay: 3_600_000 },
  { licences: 50_000, perMinute: 5_000, perDay: 4_800_000 },
  { licences: Infinity, perMinute: 6_250, perDay: 6_000_000 },
] as const;
export type Band = (typeof SHAREPOINT_BANDS)[number];

export const bandFor = (licences: number): Band =>
  SHAREPOINT_BANDS.find((one) => licences <= one.licences) ?? SHAREPOINT_BANDS[0];

/** How long a worker may use the units of one slice. */
export const SLICE_MS = 2_000;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const STEP_MS = 2_000;
/** Of a minute's units this part may go as fast as calls come; the rest is spread, so that nobody stands still. */
const AT_ONCE = 0.7;
/** A ledger from further in the future was written by a clock that is wrong. */
const CLOCK_SKEW_MS = 300_000;

/**
 * What was spent: step by step in the last minute, and of the day's budget. Both limits of Microsoft hold in every minute
 * and every 24 hours, wherever those begin. The day's budget fills evenly and saves up to an hour of it, so that a busy
 * hour may go as fast as the minute allows and a busy day never ends with nothing left.
 */
export interface Ledger {
  /** Units by the end of the step in which they were drawn, oldest first. */
  readonly spent: readonly (readonly [at: number, units: number])[];
  readonly drawnAt: number;
  /** What is saved of the day's budget, and when that was right. */
  readonly saved: number;
  readonly savedAt: number;
  readonly blockedUntil: number;
}

const mostSaved = ({ perDay }: Band): number => Math.floor(perDay / 24);
const savedPerMs = (band: Band): number => (band.perDay - mostSaved(band)) / DAY_MS;

/** The ledger in a row of its own or an empty one, as it is at `now`. */
export function ledgerOf(row: Columns, band: Band, now: number): Ledger {
  const isFromFuture = numberIn(row, 'drawnAt') > now + CLOCK_SKEW_MS;
  const most = mostSaved(band);
  // A row without it was never drawn from.
  const saved = row['saved'] === undefined ? most : numberIn(row, 'saved');
  const savedAt = isFromFuture ? now : numberIn(row, 'savedAt');
  // Columns hold whole numbers, so time that is not a whole unit yet stays.
  const gained = Math.max(0, Math.floor((now - savedAt) * savedPerMs(band)));
  const isFull = saved + gained >= most;
  return {
    spent: isFromFuture ? [] : spentIn(textIn(row, 'spent')).filter(([at]) => at + MINUTE_MS + SLICE_MS > now),
    drawnAt: isFromFuture ? 0 : Math.min(now, numberIn(row, 'drawnAt')),
    saved: isFull ? most : saved + gained,
    savedAt: isFull ? now : savedAt + Math.ceil(gained / savedPerMs(band)),
    blockedUntil: numberIn(row, 'blockedUntil'),
  };
}

export const columnsOf = ({ spent, ...rest }: Ledger): Columns => ({
  ...rest,
  spent: spent.map(([at, units]) => `${at}:${units}`).join(' '),
});

const spentIn = (text: string): Ledger['spent'] =>
  text
    .split(' ')
    .filter((step) => step !== '')
    .map((step) => {
      const [at = 0, units = 0] = step.split(':').map(Number);
      return [at, units] as const;
    })
    // Clocks of workers differ a little.
    .toSorted(([a], [b]) => a - b);

/** The ledger after `units` were drawn. */
export function spend(ledger: Ledger, units: number, now: number): Ledger {
  const at = Math.ceil(now / STEP_MS) * STEP_MS;
  const before = ledger.spent.filter(([step]) => step !== at);
  const same = ledger.spent.find(([step]) => step === at)?.[1] ?? 0;
  return { ...ledger, spent: [...before, [at, same + units]], saved: ledger.saved - units, drawnAt: now };
}

/** When `units` may be drawn by somebody who leaves `reserve` (a share of the whole) to others: now, or later. */
export function freeAt(ledger: Ledger, units: number, band: Band, reserve: number, now: number): number {
  const { saved, savedAt } = ledger;
  const missing = units + mostSaved(band) * reserve - saved;
  const savedUp = missing <= 0 ? now : Math.max(now + 1, Math.ceil(savedAt + missing / savedPerMs(band)));
  return Math.max(savedUp, minuteFreeAt(ledger, units, band.perMinute * (1 - reserve), now));
}

function minuteFreeAt({ spent, drawnAt }: Ledger, units: number, limit: number, now: number): number {
  let left = limit - spent.reduce((sum, [, amount]) => sum + amount, 0);
  if (left - units >= limit * (1 - AT_ONCE)) return now;
  const fits = left >= units;
  // What is left, and what comes back meanwhile, has to last until each step leaves the minute.
  let slowestPerMs = Infinity;
  for (const [at, amount] of spent) {
    const leavesAt = at + MINUTE_MS + SLICE_MS;
    if (fits) slowestPerMs = Math.min(slowestPerMs, left / (leavesAt - drawnAt));
    left += amount;
    if (!fits && left >= units) return leavesAt;
  }
  return fits ? Math.max(now, Math.ceil(drawnAt + units / slowestPerMs)) : now + MINUTE_MS;
}
