import { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant, UserId } from '../model/ids.ts';
import type { Queue } from '../ports/queue.ts';
import { listingShrank } from './listing.ts';
import { noCounts, reportSetting } from './report.ts';
import type { SweepReport } from './report.ts';
import { advance, readState, zeroEach } from './state.ts';
import { sweepOnce } from './sweepOnce.ts';
import type { SweepServices } from './sweepServices.ts';

/** The sweep, as timers, queue handlers and routes call it. */
export interface SweepFlow {
  /** Nudges when a cycle is due or goes on. May be called twice or never. */
  tick(): Promise<void>;
  /** Works for the time of a job; hands on by a nudge when there is more to do. Faults as `sweepOnce`. */
  onNudge(): Promise<void>;
  /** What the last cycle came to, or why it was refused, or that one does not end; undefined before the first one. */
  report(): Promise<SweepReport | undefined>;
  /** Is somebody at it this moment, and when is it to go on? A time that is over means: with the next tick. */
  plan(): Promise<{ readonly isRunning: boolean; readonly nextAt: Instant }>;
  /**
   * Somebody knows why objects are gone from storage: the next listing counts as it is. Audited. Fault `conflict` when a
   * cycle is under way this very moment, or when the last one did not complain of the listing.
   */
  acceptListing(by: UserId | 'system', reason: string, name?: string): Promise<void>;
}

/** What the report says of a cycle that has been open for three times as long as the next one is away. */
export const neverEnds = 'NeverEnds';
const longMs = ({ settings }: Pick<SweepServices, 'settings'>): number => 3 * settings.cycleMs;

/** A message of the queue `sweep` that means the sweep itself. */
const nudge = { sweep: 'cycle' };
const stoppingHostSeconds = 5;

export function sweepFlow(services: SweepServices & { readonly queue: Queue }): SweepFlow {
  const { tables, clock, queue, records, signal } = services;
  const lastReport = async () => (await records.settings.get<SweepReport>(reportSetting))?.value;
  return {
    async tick() {
      const { nextAt, busyUntil } = await readState(tables);
      if (Math.max(nextAt, busyUntil) <= clock.now()) await queue.send('sweep', nudge);
    },
    async onNudge() {
      const { kind } = await sweepOnce(services);
      if (kind === 'again') await queue.send('sweep', nudge, signal.aborted ? stoppingHostSeconds : 0);
    },
    async report() {
      const last = await lastReport();
      const { cycle, isOpen } = await readState(tables);
      // A cycle that was refused says why itself; one that never comes to its end would say nothing.
      if (!isOpen || last?.refused !== undefined || clock.now() - cycle < longMs(services)) return last;
      const since = instant(cycle);
      const words = `The cleanup that began at ${since} has not come to its end. Nothing that is no longer needed is removed, and no date of write protection is put off, until one does.`;
      const { finishedAt: _ended, ...told }: SweepReport = { ...noCounts, ...last, cycle, startedAt: since };
      return { ...told, refused: words, refusedCode: neverEnds };
    },
    async plan() {
      const { nextAt, busyUntil } = await readState(tables);
      const now = clock.now();
      return { isRunning: busyUntil > now, nextAt: instant(nextAt > 0 ? nextAt : now) };
    },
    async acceptListing(by, reason, name) {
      const state = await readState(tables);
      if (state.busyUntil > clock.now())
        throw new Fault('conflict', 'A cleanup is at work; try again in some minutes.', { origin: 'input' });
      if ((await lastReport())?.refusedCode !== listingShrank)
        throw new Fault('conflict', 'The last cleanup did not find that the list of storage had shrunk.', {
          origin: 'input',
        });
      const at = instant(clock.now());
      const before = await records.settings.get('sweep.accepted');
      await records.settings.put('sweep.accepted', { by, at, reason }, before?.etag, {
        at,
        who: by,
        ...(name !== undefined && { name }),
        action: 'sweep.acceptListing',
        on: { cycle: String(state.cycle) },
        result: 'done',
      });
      const { listed: _listed, ...rest } = state;
      await advance(services, rest, { removed: zeroEach, nextAt: 0 });
    },
  };
}
