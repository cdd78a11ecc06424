import type { Instant, PointId, ResourceId } from './ids.ts';

export interface PointCounts {
  /** Items in the set, containers not counted. */
  readonly items: number;
  readonly containers: number;
  /** Items known to the source that are not in the set: failed or skipped, by id in the root. */
  readonly missing: number;
}

/** A visible restore point, as its row says. */
export interface RestorePoint {
  readonly id: PointId;
  readonly resourceId: ResourceId;
  /** End of the reading window. */
  readonly takenAt: Instant;
  /** Last moment at which the source was seen to be unchanged since. */
  readonly confirmedAt?: Instant;
  readonly status: 'complete' | 'completeWithSkips' | 'partial';
  /** Why it is partial, in words for the admin. */
  readonly reason?: string;
  readonly counts: PointCounts;
  /** Plain size of its items. */
  readonly bytes: number;
  readonly fence: number;
}
