import { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { UserId } from '../model/ids.ts';
import type { Queue } from '../ports/queue.ts';
import { reportSetting } from './report.ts';
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
  /** What the last cycle came to, or why it was refused; undefined before the first one. */
  report(): Promise<SweepReport | undefined>;
  /**
   * Somebody knows why objects are gone from storage: the next listing counts as it is. Audited. Fault `conflict` when a
   * cycle is under way this very moment.
   */
  acceptListing(by: UserId | 'system', reason: string): Promise<void>;
}

/** A message of the queue `sweep` that means the sweep itself. */
const nudge = { sweep: 'cycle' };
const stoppingHostSeconds = 5;

export function sweepFlow(services: SweepServices & { readonly queue: Queue }): SweepFlow {
  const { tables, clock, queue, records, signal } = services;
  return {
    async tick() {
      const { nextAt, busyUntil } = await readState(tables);
      if (Math.max(nextAt, busyUntil) <= clock.now()) await queue.send('sweep', nudge);
    },
    async onNudge() {
      const { kind } = await sweepOnce(services);
      if (kind === 'again') await queue.send('sweep', nudge, signal.aborted ? stoppingHostSeconds : 0);
    },
    report: async () => (await records.settings.get<SweepReport>(reportSetting))?.value,
    async acceptListing(by, reason) {
      const state = await readState(tables);
      if (state.busyUntil > clock.now())
        throw new Fault('conflict', 'A cleanup is at work; try again in some minutes.', { origin: 'input' });
      const at = instant(clock.now());
      const before = await records.settings.get('sweep.accepted');
      await records.settings.put('sweep.accepted', { by, at, reason }, before?.etag, {
        at,
        who: by,
        action: 'sweep.acceptListing',
        on: { cycle: String(state.cycle) },
        result: 'done',
      });
      const { listed: _listed, ...rest } = state;
      await advance(services, rest, { removed: zeroEach, nextAt: 0 });
    },
  };
}
