import type { Priority } from '../call.ts';
import { changeRow, numberIn, type Columns } from './leaseRow.ts';
import { waitFor, type Lane, type LaneContext } from './lane.ts';
import { createPlaces } from './queue.ts';

/** Resource units by licences, as Microsoft publishes them (2025-10). */
export const SHAREPOINT_BANDS = [
  { licences: 1_000, perMinute: 1_250, perDay: 1_200_000 },
  { licences: 5_000, perMinute: 2_500, perDay: 2_400_000 },
  { licences: 15_000, perMinute: 3_750, perDay: 3_600_000 },
  { licences: 50_000, perMinute: 5_000, perDay: 4_800_000 },
  { licences: Infinity, perMinute: 6_250, perDay: 6_000_000 },
] as const;

/** How much of the bucket each priority leaves for those before it. */
const RESERVE: Record<Priority, number> = { restore: 0, incremental: 0.05, first: 0.2 };

const IN_FLIGHT = 16;
const LEARN_AGAIN_MS = 6 * 3_600_000;
const ASK_AGAIN_MS = 600_000;
/** A ledger from further in the future was written by a clock that is wrong. */
const CLOCK_SKEW_MS = 300_000;
const DAY_MS = 86_400_000;
/**
 * Units that a worker takes at once (more while it uses them up), and how long it may use them: a block that another
 * worker met is seen that much later at most.
 */
const SLICE_UNITS = { least: 4, most: 20 };
const SLICE_MS = 2_000;

/**
 * SharePoint and OneDrive: one budget for the whole tenant, in a row that all workers share. It is a bucket that fills at
 * the rate which the day's limit allows and holds what the minute's limit allows beside that, so that no minute and no
 * day is overdrawn and nobody stands still for a whole minute. A worker takes small slices; what it does not use is lost,
 * which errs on the careful side.
 */
export function createSharepointLane(context: LaneContext): Lane {
  const { clock } = context;
  let bucket = bucketFor(0);
  let learnAt = -Infinity;
  const places = createPlaces(IN_FLIGHT);
  let own: Ledger = { tokens: bucket.capacity, at: 0, day: 0, usedToday: 0, blockedUntil: 0 };
  let units = 0;
  let unitsUntil = 0;
  let slice = SLICE_UNITS.least;
  let blockedUntil = 0;
  let drawing: Promise<number> | undefined;

  const learnBand = async (): Promise<void> => {
    if (context.licences === undefined || clock.now() < learnAt) return;
    const licences = await context.licences();
    learnAt = clock.now() + (licences === undefined ? ASK_AGAIN_MS : LEARN_AGAIN_MS);
    bucket = bucketFor(licences ?? 0);
  };

  const ledgerNow = (row: Columns): Ledger => (context.rows === undefined ? own : ledgerOf(row, bucket));

  /** Takes a slice; answers when there is one to take: now, or later. */
  const draw = async (cost: number, priority: Priority): Promise<number> => {
    await learnBand();
    const wasUsedUp = unitsUntil > clock.now();
    slice = Math.min(SLICE_UNITS.most, Math.max(SLICE_UNITS.least, Math.round(wasUsedUp ? slice * 2 : slice / 2)));
    let mayStart = 0;
    await changeRow('sharepoint', context, (row) => {
      const now = clock.now();
      const ledger = filled(ledgerNow(row), bucket, now);
      blockedUntil = Math.max(blockedUntil, ledger.blockedUntil);
      const want = Math.max(cost, slice);
      mayStart = Math.max(blockedUntil, freeAt(ledger, want, bucket, priority, now));
      if (mayStart > now) return undefined;
      own = { ...ledger, tokens: ledger.tokens - want, usedToday: ledger.usedToday + want, blockedUntil };
      units = want;
      unitsUntil = now + SLICE_MS;
      return { ...own };
    });
    return mayStart;
  };

  return {
    async enter({ priority, signal, cost }) {
      const leave = await places.take(priority, signal);
      try {
        for (;;) {
          await waitFor(blockedUntil, 'sharepoint', signal, context);
          if (units >= cost && unitsUntil > clock.now()) break;
          drawing ??= draw(cost, priority).finally(() => (drawing = undefined));
          await waitFor(await drawing, 'sharepoint', signal, context);
        }
      } catch (error) {
        leave();
        throw error;
      }
      units -= cost;
      return leave;
    },
    async block(untilMs) {
      blockedUntil = Math.max(blockedUntil, untilMs);
      units = 0;
      await changeRow('sharepoint', context, (row) => {
        const ledger = ledgerNow(row);
        own = { ...ledger, blockedUntil: Math.max(ledger.blockedUntil, blockedUntil) };
        return { ...own };
      });
    },
    saw(headers) {
      // Sent from 80 % of the minute's budget on: whoever still has units in hand gives them up when none remain.
      const remaining = Number(headers['ratelimit-remaining']);
      const resetMs = Number(headers['ratelimit-reset']) * 1000;
      if (!(remaining <= 0) || !(resetMs > 0)) return;
      blockedUntil = Math.max(blockedUntil, clock.now() + resetMs);
      units = 0;
    },
  };
}

interface Bucket {
  readonly capacity: number;
  readonly perMs: number;
  readonly perDay: number;
}

function bucketFor(licences: number): Bucket {
  const band = SHAREPOINT_BANDS.find((one) => licences <= one.licences) ?? SHAREPOINT_BANDS[0];
  return {
    capacity: Math.floor(band.perMinute - band.perDay / 1_440),
    perMs: band.perDay / DAY_MS,
    perDay: band.perDay,
  };
}

interface Ledger {
  readonly tokens: number;
  /** When `tokens` was right. */
  readonly at: number;
  readonly day: number;
  readonly usedToday: number;
  readonly blockedUntil: number;
}

const ledgerOf = (row: Columns, { capacity }: Bucket): Ledger => ({
  tokens: row['tokens'] === undefined ? capacity : numberIn(row, 'tokens'),
  at: numberIn(row, 'at'),
  day: numberIn(row, 'day'),
  usedToday: numberIn(row, 'usedToday'),
  blockedUntil: numberIn(row, 'blockedUntil'),
});

/** The ledger as time has filled it. Columns hold whole numbers, so time that is not a whole token yet stays. */
function filled(ledger: Ledger, { capacity, perMs }: Bucket, now: number): Ledger {
  const day = Math.floor(now / DAY_MS);
  const since = ledger.at > now + CLOCK_SKEW_MS ? now : ledger.at;
  const gained = Math.max(0, Math.floor((now - since) * perMs));
  const full = ledger.tokens + gained >= capacity;
  return {
    ...ledger,
    tokens: full ? capacity : ledger.tokens + gained,
    at: full ? now : since + Math.ceil(gained / perMs),
    day,
    usedToday: ledger.day === day ? ledger.usedToday : 0,
  };
}

function freeAt(
  ledger: Ledger,
  want: number,
  { capacity, perMs, perDay }: Bucket,
  priority: Priority,
  now: number,
): number {
  if (ledger.usedToday + want > perDay) return (ledger.day + 1) * DAY_MS;
  const missing = want + capacity * RESERVE[priority] - ledger.tokens;
  return missing <= 0 ? now : Math.max(now + 1, Math.ceil(ledger.at + missing / perMs));
}
