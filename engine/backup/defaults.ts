import type { BackupPolicy } from '../model/policy.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Limits of the backup flow; tests run with smaller ones. */
export interface BackupSettings {
  /** Most items one slice decides about: what a kill may cost. */
  readonly sliceItems: number;
  /** Content of one slice; an item larger than this continues over slices. */
  readonly sliceBytes: number;
  readonly sliceMs: number;
  /** How long one job works before it sends a nudge and returns. */
  readonly jobMs: number;
  readonly heartbeatMs: number;
  /** A heartbeat younger than this belongs to a living job. */
  readonly aliveMs: number;
  /** An open resource without heartbeat for this long is nudged again. */
  readonly takeOverMs: number;
  readonly stalledMs: number;
  /** Passing trouble is waited out for so long; what got no further meanwhile has failed. */
  readonly failedWithoutProgressMs: number;
  /** While a round lasts a partial point is published after so many items or so much time. */
  readonly pointItems: number;
  readonly pointMs: number;
  /** Items younger than this are fetched before history. */
  readonly recentMs: number;
  /** Pauses between tries while passing trouble lasts: the first, and the longest they grow to. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** Everything of a resource is compared with its newest point at least this often. */
  readonly fullCompareMs: number;
  /** An item that failed in so many runs is told to the admin. */
  readonly alertAttempts: number;
  /** A round that changed or removed more than this share of the items known before, and at least so many, pauses expiry. */
  readonly brakeShare: number;
  readonly brakeItems: number;
}

export const backupSettings: BackupSettings = {
  sliceItems: 500,
  sliceBytes: 64 * 1024 * 1024,
  sliceMs: minute,
  jobMs: 240 * second,
  heartbeatMs: 45 * second,
  aliveMs: 2 * minute,
  takeOverMs: 10 * minute,
  stalledMs: 3 * minute,
  failedWithoutProgressMs: day,
  pointItems: 50_000,
  pointMs: 30 * minute,
  recentMs: 30 * day,
  firstRetryMs: 5 * second,
  longestRetryMs: 5 * minute,
  fullCompareMs: 30 * day,
  alertAttempts: 5,
  brakeShare: 0.3,
  brakeItems: 50,
};

/** What a new policy starts with. */
export const policyDefaults = {
  schedule: { everyHours: 12 },
  retention: { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1 },
  keepGoneDays: 365,
} as const satisfies Partial<BackupPolicy>;
