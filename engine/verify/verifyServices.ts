import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Queue } from '../ports/queue.ts';
import type { Random } from '../ports/random.ts';
import type { RecordServices } from '../records/openLog.ts';
import type { Records } from '../records/records.ts';
import type { OpenRepository } from '../repository/openRepository.ts';

/** What verification works with. */
export interface VerifyServices {
  readonly repository: Pick<
    OpenRepository,
    | 'verifier'
    | 'damage'
    | 'acceptedObjects'
    | 'points'
    | 'readStream'
    | 'catalog'
    | 'rebuildRows'
    | 'rewriteRow'
    | 'repairPacks'
  >;
  readonly records: Records;
  /** What the records stand on: their blobs and rows are looked at too. */
  readonly ground: RecordServices;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This host instance, and whether another one is known to be gone. */
  readonly holder: string;
  isDead(holder: string): boolean;
  /** Fires when the host stops. */
  readonly signal: AbortSignal;
  readonly settings: VerifySettings;
}

export interface VerifySettings {
  /** How long one job works before it hands on. */
  readonly jobMs: number;
  /** What was done is written down at least so often: what a kill may cost. */
  readonly commitMs: number;
  /** A heartbeat younger than this belongs to a living job. */
  readonly aliveMs: number;
  /** Without heartbeat for so long it is taken up again. */
  readonly takeOverMs: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** Passing trouble is waited out for so long. */
  readonly giveUpMs: number;
  /** Longest pause between two steps while something is being backed up. */
  readonly pauseMs: number;
  /** Part of the content that a sample reads where nobody said how much. */
  readonly share: number;
}

export const verifySettings: VerifySettings = {
  jobMs: 240_000,
  commitMs: 5_000,
  aliveMs: 120_000,
  takeOverMs: 600_000,
  firstRetryMs: 5_000,
  longestRetryMs: 300_000,
  giveUpMs: 24 * 3_600_000,
  pauseMs: 2_000,
  share: 0.05,
};
