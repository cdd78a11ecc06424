import type { Instant, PolicyId, UserId, Workload } from './ids.ts';

export type ScopeRule =
  { readonly kind: 'all' } | { readonly kind: 'group' | 'user' | 'site' | 'team'; readonly sourceId: string };

export interface Exclusion {
  readonly kind: 'group' | 'user' | 'site' | 'team';
  readonly sourceId: string;
  readonly reason: string;
}

export type Schedule =
  | { readonly everyHours: number }
  /** Local times `HH:MM` in an IANA zone. */
  | { readonly times: readonly string[]; readonly timeZone: string };

/** How many points of each rhythm are kept. Stored and shown from the start. */
export interface RetentionRules {
  readonly hourly?: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly?: number;
  readonly forever?: boolean;
  readonly minimumCopies: number;
}

/** All that says how long copies are kept. */
export interface HeldRetention extends RetentionRules {
  readonly keepGoneDays: number;
}

export interface PolicyOptions {
  /** Which copies of mail are kept: `both` (default), `exact`, `readable`. */
  readonly mailCopies?: 'both' | 'exact' | 'readable';
}

/** What to protect, how often, how long kept. */
export interface BackupPolicy {
  readonly id: PolicyId;
  readonly name: string;
  readonly enabled: boolean;
  /** The first policy in ascending order that matches a resource applies to it. */
  readonly order: number;
  readonly scope: {
    readonly include: readonly ScopeRule[];
    readonly exclude: readonly Exclusion[];
    readonly workloads: readonly Workload[];
    /** Are people found later protected by themselves? */
    readonly autoInclude: boolean;
  };
  readonly schedule: Schedule;
  /** Local `HH:MM`–`HH:MM` during which no scheduled run starts. */
  readonly quietHours?: { readonly from: string; readonly to: string; readonly timeZone: string };
  readonly retention: RetentionRules;
  readonly keepGoneDays: number;
  /** The longer rules of before a change, while no administrator has accepted the shorter ones. They are what counts. */
  readonly heldRetention?: HeldRetention;
  /** When an administrator last accepted its own rules, also for what longer rules kept before it came to this policy. */
  readonly retentionAcceptedAt?: Instant;
  readonly options: PolicyOptions;
  readonly createdAt: Instant;
  readonly createdBy: UserId | 'system';
  readonly createdByName?: string;
}
