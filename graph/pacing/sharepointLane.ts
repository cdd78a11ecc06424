import type { Priority } from '../call.ts';
import { changeRow, numberIn, textIn, type Columns } from './leaseRow.ts';
import { waitFor, type Lane, type LaneContext } from './lane.ts';
import { createPlaces } from './queue.ts';

/** Resource units by licences, as Microsoft publishes them (2025-10). */
const BANDS = [
  { licences: 1_000, perMinute: 1_250, perDay: 1_200_000 },
  { licences: 5_000, perMinute: 2_500, perDay: 2_400_000 },
  { licences: 15_000, perMinute: 3_750, perDay: 3_600_000 },
  { licences: 50_000, perMinute: 5_000, perDay: 4_800_000 },
  { licences: Infinity, perMinute: 6_250, perDay: 6_000_000 },
];
/** How much of the budget each priority may use up: what is left over is for those before it. */
const SHARE: Record<Priority, number> = { restore: 1, incremental: 0.95, first: 0.85 };

const IN_FLIGHT = 16;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const STEP_MS = 5_000;
/** Units that a worker takes at once (more while it uses them up), and how long it may use them: a block that another
 * worker met is seen that much later at most. */
const SLICE_UNITS = { least: 4, most: 40 };
const SLICE_MS = 2_000;

/**
 * SharePoint and OneDrive: one budget for the whole tenant, in a row that all workers share. A worker takes small slices
 * of the last minute's allowance; what it does not use is lost, which errs on the careful side.
 */
export function createSharepointLane(context: LaneContext): Lane {
  const { clock } = context;
  const band = BANDS.find(({ licences }) => (context.licences ?? 0) <= licences) ?? BANDS[0];
  const limits = { perMinute: band?.perMinute ?? 0, perDay: band?.perDay ?? 0 };
  const places = createPlaces(IN_FLIGHT);
  let own = ledgerOf({});
  let units = 0;
  let unitsUntil = 0;
  let slice = SLICE_UNITS.least;
  let blockedUntil = 0;
  let drawing: Promise<number> | undefined;

  /** Takes a slice; answers when there is one to take: now, or later. */
  const draw = async (cost: number, priority: Priority): Promise<number> => {
    const wasUsedUp = unitsUntil > clock.now();
    slice = Math.min(SLICE_UNITS.most, Math.max(SLICE_UNITS.least, Math.round(wasUsedUp ? slice * 2 : slice / 2)));
    let mayStart = 0;
    await changeRow('sharepoint', context, (row) => {
      const now = clock.now();
      const ledger = context.rows === undefined ? own : ledgerOf(row);
      blockedUntil = Math.max(blockedUntil, ledger.blockedUntil);
      const want = Math.max(cost, slice);
      mayStart = Math.max(blockedUntil, freeAt(ledger, want, limits, SHARE[priority], now));
      if (mayStart > now) return undefined;
      own = charged({ ...ledger, blockedUntil }, want, now);
      units = want;
      unitsUntil = now + SLICE_MS;
      return columnsOf(own);
    });
    return mayStart;
  };

  return {
    async enter({ priority, signal, cost }) {
      const leave = await places.take(priority, signal);
      try {
        for (;;) {
          const now = clock.now();
          await waitFor(blockedUntil, 'sharepoint', signal, context);
          if (units >= cost && unitsUntil > now) break;
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
        const ledger = context.rows === undefined ? own : ledgerOf(row);
        own = { ...ledger, blockedUntil: Math.max(ledger.blockedUntil, blockedUntil) };
        return columnsOf(own);
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

interface Ledger {
  readonly blockedUntil: number;
  readonly day: number;
  readonly usedToday: number;
  /** `[start of step, units]` of the last minute. */
  readonly steps: readonly (readonly [number, number])[];
}

function ledgerOf(row: Columns): Ledger {
  const steps = textIn(row, 'steps')
    .split(',')
    .filter((step) => step !== '')
    .map((step): [number, number] => {
      const [at, used] = step.split(':');
      return [Number(at), Number(used)];
    });
  return {
    blockedUntil: numberIn(row, 'blockedUntil'),
    day: numberIn(row, 'day'),
    usedToday: numberIn(row, 'usedToday'),
    steps,
  };
}

const columnsOf = ({ blockedUntil, day, usedToday, steps }: Ledger): Columns => ({
  blockedUntil,
  day,
  usedToday,
  steps: steps.map(([at, used]) => `${at}:${used}`).join(','),
});

function freeAt(
  ledger: Ledger,
  want: number,
  limits: { perMinute: number; perDay: number },
  share: number,
  now: number,
): number {
  const today = Math.floor(now / DAY_MS);
  if (ledger.day === today && ledger.usedToday + want > limits.perDay * share) return (today + 1) * DAY_MS;
  const recent = ledger.steps.filter(([at]) => at + STEP_MS + MINUTE_MS > now);
  let used = recent.reduce((sum, [, units]) => sum + units, 0);
  if (used + want <= limits.perMinute * share) return now;
  for (const [at, units] of recent) {
    used -= units;
    if (used + want <= limits.perMinute * share) return at + STEP_MS + MINUTE_MS;
  }
  return now + MINUTE_MS;
}

function charged(ledger: Ledger, want: number, now: number): Ledger {
  const today = Math.floor(now / DAY_MS);
  const step = Math.floor(now / STEP_MS) * STEP_MS;
  const recent = ledger.steps.filter(([at]) => at + STEP_MS + MINUTE_MS > now);
  const last = recent.at(-1);
  const steps: readonly (readonly [number, number])[] =
    last !== undefined && last[0] === step
      ? [...recent.slice(0, -1), [step, last[1] + want]]
      : [...recent, [step, want]];
  return {
    blockedUntil: ledger.blockedUntil,
    day: today,
    usedToday: (ledger.day === today ? ledger.usedToday : 0) + want,
    steps,
  };
}
