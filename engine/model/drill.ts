import type { Instant, ItemId, PointId, ResourceId, UserId, Workload } from './ids.ts';

/** Why an item is restored in a drill. */
export type DrillReason =
  'random' | 'largest' | 'oldest' | 'deepest' | 'strangest' | 'mostParts' | 'withExactCopy' | 'withoutExactCopy';

/**
 * Where a drill gives items back to: read to their last byte and held nowhere, and also, of the workloads that have one, to
 * a place that an administrator named, from where they are read again and removed.
 */
export type DrillDestination =
  /** `why` where a place was named and is not used. */
  | { readonly kind: 'memory'; readonly why?: string }
  | { readonly kind: 'places'; readonly resources: readonly ResourceId[]; readonly folder: string };

/** One property of what came back, against what was promised. Values are hashes, sizes and times; never content or names. */
export interface DrillCheck {
  readonly property: string;
  readonly isRight: boolean;
  readonly expected?: string;
  readonly found?: string;
}

/** The evidence of one item. */
export interface DrillResult {
  readonly resourceId: ResourceId;
  readonly workload: Workload;
  readonly pointId?: PointId;
  /** Absent when nothing of the resource could be opened. */
  readonly itemId?: ItemId;
  readonly because: readonly DrillReason[];
  readonly bytes: number;
  /** It went to the place too, and came back from there. */
  readonly placed?: boolean;
  readonly isRight: boolean;
  readonly checks: readonly DrillCheck[];
  readonly at: Instant;
}

/** A rehearsal of restores: items of every workload are given back and compared, property by property. */
export interface Drill {
  readonly id: string;
  readonly drill: true;
  readonly startedBy: UserId | 'schedule' | 'system';
  readonly startedAt: Instant;
  readonly finishedAt?: Instant;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly reason?: string;
  readonly heartbeatAt: Instant;
  readonly holder?: string;
  readonly tries?: number;
  readonly seed: string;
  readonly destination: DrillDestination;
  /** Random items of each resource, beside the worst cases. */
  readonly sampleSize: number;
  /** What it restores from, and how many of them are done. */
  readonly resources: readonly ResourceId[];
  readonly done: number;
  readonly items: number;
  readonly bytes: number;
  readonly failed: number;
  /** By workload, of the resources that are done. */
  readonly summary?: Readonly<Record<Workload, DrillSummary>>;
}

/** What a drill gave back of one workload. */
export interface DrillSummary {
  readonly resources: number;
  readonly items: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly failed: number;
  /** How many were chosen for which reason; an item may have several. */
  readonly because: Readonly<Partial<Record<DrillReason, number>>>;
  /** How many items differ in which property. */
  readonly differing: Readonly<Record<string, number>>;
}
