import type { Instant } from '../model/ids.ts';

/** What one cycle came to. Kept as the setting `sweep.last`, so that people can see it. */
export interface SweepReport {
  /** Grows from cycle to cycle. */
  readonly cycle: number;
  readonly startedAt: Instant;
  readonly finishedAt?: Instant;
  /** Objects that nothing needs, put on the list in this cycle. */
  readonly condemned: number;
  /** Objects that were on the list and are needed after all. */
  readonly spared: number;
  readonly deleted: number;
  readonly bytesFreed: number;
  /** Removals that storage refused: an immutability policy or a legal hold of Azure. */
  readonly retained: number;
  /** Packs whose needed content was written into others; the old ones go in the next cycle. */
  readonly repacked: number;
  /** Packs that points need and storage does not have. */
  readonly lacking: number;
  /** Of these those whose loss was accepted by whoever needs them. */
  readonly lackingAccepted?: number;
  /** Needed objects whose write protection was about to end and was put off, and those that storage did not let. */
  readonly extended: number;
  readonly notExtended: number;
  /** Why nothing was removed, in words for the admin. */
  readonly refused?: string;
  /** The same in one word, `ClockSkew` or `ListingShrank`, where it has one. */
  readonly refusedCode?: string;
}

export type SweepCounts = Omit<SweepReport, 'cycle' | 'startedAt' | 'finishedAt' | 'refused' | 'refusedCode'>;

export const noCounts: SweepCounts = {
  condemned: 0,
  spared: 0,
  deleted: 0,
  bytesFreed: 0,
  retained: 0,
  repacked: 0,
  lacking: 0,
  extended: 0,
  notExtended: 0,
};

/** Told once a day while cycles are refused. */
export interface SweepRefused {
  readonly kind: 'sweepRefused';
  /** In words for the admin. */
  readonly reason: string;
  /** The same in one word, where it has one. */
  readonly code?: string;
  readonly at: Instant;
}

export const reportSetting = 'sweep.last';
