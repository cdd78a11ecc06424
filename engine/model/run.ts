import type { HeldRetention } from './policy.ts';
import type { Counts, MissedByFeed, RunStatus } from './ledger.ts';
import type { Instant, PointId, PolicyId, ResourceId, RunId, SliceId, UserId } from './ids.ts';

export type RunState =
  'queued' | 'discovering' | 'running' | 'waiting' | 'verifying' | 'completed' | 'cancelling' | 'cancelled' | 'stalled';

/** One execution of a policy. */
export interface Run {
  readonly id: RunId;
  readonly policyId: PolicyId;
  readonly startedBy: UserId | 'schedule' | 'system';
  readonly state: RunState;
  /** Only once it ended. */
  readonly status?: RunStatus;
  /** True once every resource row exists; a run with open rows or without this is not finished. */
  readonly planned: boolean;
  readonly counts: Counts;
  readonly startedAt: Instant;
  readonly finishedAt?: Instant;
  readonly heartbeatAt: Instant;
  /** Resources of a run that another open run holds are listed, not waited for. */
  readonly alreadyRunning: readonly ResourceId[];
  /**
   * Of a run that ended and left resources to another one: its status without these. Absent when it had nothing of its
   * own.
   */
  readonly ownStatus?: RunStatus;
  /** Set when somebody asked for these resources alone; else the run means all that its policy means. */
  readonly only?: readonly ResourceId[];
  /** Somebody asked for a full compare: everything at the source is listed and compared, whatever the feed says. */
  readonly compare?: true;
  /** Something could not be looked for when it was planned: `reason` says what, and no resource of it does. */
  readonly overlooked?: true;
  /** First sentence of its report when it did not go well. */
  readonly reason?: string;
  /** Groups of its policy whose members could not be had when it was planned. */
  readonly groups?: readonly GroupTrouble[];
  /** Longer rules that still count for some of its resources, which came from another policy: of every rule the longest. */
  readonly heldRetention?: HeldRetention;
  /** While passing trouble keeps it from being planned. */
  readonly waiting?: Waiting;
  /** What planning it met. */
  readonly mishaps?: Mishaps;
}

/** A group that a policy names and whose members could not be had: whom it meant before stays as it was. */
export interface GroupTrouble {
  readonly group: string;
  /** `gone`: the directory does not hold it, so that nobody is in it. Else there may be people in it that nobody knows. */
  readonly kind: 'gone' | 'forbidden' | 'unreadable';
  readonly cause?: string;
}

/** A wait until passing trouble is over: nothing failed. After a day without any progress in between it has. */
export interface Waiting {
  /** When the trouble began: the first since the last progress. */
  readonly waitsSince: Instant;
  readonly resumesAt: Instant;
  readonly reason: string;
  readonly tries: number;
}

/** What befell the messages of something unfinished since it last got on. */
export interface Mishaps {
  /** The name of an error that nobody foresaw; gone once a message was worked off without one. */
  readonly broke?: string;
  /** How often a message was given up. */
  readonly parked?: number;
}

export type RunResourceState = 'open' | 'waiting' | 'done' | 'failed' | 'cancelled';

/** One resource inside one run. */
export interface RunResource {
  readonly runId: RunId;
  readonly resourceId: ResourceId;
  readonly state: RunResourceState;
  readonly status?: RunStatus;
  readonly counts: Counts;
  /** Slices of this run on this resource form a chain; the ledger is read by walking from last to first. */
  readonly lastSlice?: SliceId;
  readonly firstSlice?: SliceId;
  readonly pointId?: PointId;
  readonly heartbeatAt: Instant;
  /** While waiting for Microsoft 365 or storage: the next try. */
  readonly resumesAt?: Instant;
  /** Since when passing trouble keeps it from getting on; gone with the next progress. */
  readonly waitsSince?: Instant;
  readonly reason?: string;
  readonly finishedAt?: Instant;
  /** Of a full compare that came to its end: what the feed had missed. */
  readonly missedByFeed?: MissedByFeed;
  /** When a message was last sent to get it going again. */
  readonly nudgedAt?: Instant;
  /** Last commit: a row without progress for a day has failed. */
  readonly progressAt?: Instant;
  /** Jobs in a row that ended in passing trouble without any progress. */
  readonly tries?: number;
  readonly mishaps?: Mishaps;
}
