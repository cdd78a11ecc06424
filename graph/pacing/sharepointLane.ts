import type { Priority } from '../call.ts';
import { createBlock } from './block.ts';
import { changeRow, type Columns } from './leaseRow.ts';
import { waitFor, type Lane, type LaneContext } from './lane.ts';
import { createPlaces } from './queue.ts';
import { bandFor, columnsOf, freeAt, ledgerOf, SLICE_MS, spend, type Ledger } from './sharepointLedger.ts';

/** How much of the minute, and of the day's savings, each priority leaves for those before it. */
const RESERVE: Record<Priority, number> = { restore: 0, incremental: 0.05, first: 0.2 };

const IN_FLIGHT = 16;
const LEARN_AGAIN_MS = 6 * 3_600_000;
const ASK_AGAIN_MS = 600_000;
/** Units that a worker takes at once, more while it uses them up. */
const SLICE_UNITS = { least: 4, most: 20 };

/** A slice on its way, and for whom it is drawn. */
interface Drawing {
  readonly cost: number;
  readonly priority: Priority;
  readonly done: Promise<number>;
}

/**
 * SharePoint and OneDrive: one budget for the whole tenant, in a row that all workers share (`sharepointLedger`). A worker
 * takes small slices; what it does not use is lost, which errs on the careful side.
 */
export function createSharepointLane(context: LaneContext): Lane {
  const { clock } = context;
  let band = bandFor(0);
  let learnAt = -Infinity;
  const places = createPlaces(IN_FLIGHT);
  let own: Columns = {};
  let units = 0;
  let unitsUntil = 0;
  let slice = SLICE_UNITS.least;
  const block = createBlock('sharepoint', context);
  /** What `RateLimit` headers asked of this process. */
  let pausedUntil = 0;
  let drawing: Drawing | undefined;

  const learnBand = async (): Promise<void> => {
    if (context.licences === undefined || clock.now() < learnAt) return;
    const licences = await context.licences();
    learnAt = clock.now() + (licences === undefined ? ASK_AGAIN_MS : LEARN_AGAIN_MS);
    band = bandFor(licences ?? 0);
  };

  const ledgerNow = (row: Columns): Ledger => ledgerOf(context.rows === undefined ? own : row, band, clock.now());

  /** Takes a slice; answers when there is one to take: now, or later. */
  const draw = async (cost: number, priority: Priority): Promise<number> => {
    await learnBand();
    const wasUsedUp = unitsUntil > clock.now();
    slice = Math.min(SLICE_UNITS.most, Math.max(SLICE_UNITS.least, Math.round(wasUsedUp ? slice * 2 : slice / 2)));
    const want = Math.max(cost, slice);
    let mayStart = 0;
    let drawn: Columns | undefined;
    await changeRow('sharepoint', context, (row) => {
      const now = clock.now();
      const ledger = ledgerNow(row);
      block.learn(row);
      mayStart = Math.max(block.until, freeAt(ledger, want, band, RESERVE[priority], now));
      drawn = mayStart > now ? undefined : columnsOf({ ...spend(ledger, want, now), blockedUntil: block.until });
      return drawn;
    });
    if (drawn === undefined) return mayStart;
    // Not before the row says so: somebody else may have been quicker.
    own = drawn;
    units = want;
    unitsUntil = clock.now() + SLICE_MS;
    return mayStart;
  };

  /** Takes units for a call, or answers when it may ask again. */
  const takeUnits = async (cost: number, priority: Priority): Promise<number> => {
    let hasHeard = false;
    for (;;) {
      const isCovered = () => cost === 0 || (units >= cost && unitsUntil > clock.now());
      const closedUntil = () => Math.max(block.until, pausedUntil);
      // Units in hand say nothing about what another worker was told since they were drawn.
      if (!hasHeard && (isCovered() || closedUntil() > clock.now())) {
        await block.hear();
        hasHeard = true;
      }
      const now = clock.now();
      if (closedUntil() > now) return closedUntil();
      if (isCovered()) {
        units -= cost;
        return now;
      }
      // What reads the row to draw from it hears of blocks, too.
      hasHeard ||= drawing === undefined;
      drawing ??= { cost, priority, done: draw(cost, priority).finally(() => (drawing = undefined)) };
      // How long somebody else has to wait says nothing about who may start before them.
      const { cost: theirs, priority: whose, done } = drawing;
      const mayStart = await done;
      if (mayStart > clock.now() && whose === priority && theirs === cost) return mayStart;
    }
  };

  return {
    async enter({ priority, signal, cost }) {
      for (;;) {
        const leave = await places.take(priority, signal);
        let mayStart: number;
        try {
          mayStart = await takeUnits(cost, priority);
        } catch (error) {
          leave();
          throw error;
        }
        if (mayStart <= clock.now()) return leave;
        // Whoever waits for units holds no place: a download needs none, and a restore may have some left.
        leave();
        await waitFor(mayStart, 'sharepoint', signal, context);
      }
    },
    async block(untilMs) {
      units = 0;
      await block.set(untilMs);
    },
    saw(headers) {
      // Sent from 80 % of the minute's budget on: whoever still has units in hand gives them up when none remain.
      const remaining = Number(headers['ratelimit-remaining']);
      const resetMs = Number(headers['ratelimit-reset']) * 1000;
      if (!(remaining <= 0) || !(resetMs > 0)) return;
      pausedUntil = Math.max(pausedUntil, clock.now() + resetMs);
      units = 0;
    },
  };
}
