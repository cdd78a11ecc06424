import type { Instant, ItemId, ResourceId } from './ids.ts';

export type Outcome = 'stored' | 'reused' | 'skipped' | 'failed' | 'vanished' | 'outOfScope';

/** The only reasons for which an item may be skipped; each is a permanent trouble of the source. Anything else failed. */
export const skipReasons = [
  'malware',
  'onenote-unreadable',
  'invalid-recipients',
  'source-corrupt',
  'event-instance-limit',
  'protected-unreadable',
  'too-large-for-graph',
  'no-content',
  'unsupported-type',
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** What became of one item that a run saw. */
export interface LedgerEntry {
  readonly resourceId: ResourceId;
  readonly itemId: ItemId;
  readonly sourceId: string;
  readonly name: string;
  readonly outcome: Outcome;
  /** A skip reason, or the kind and code of the fault in words. */
  readonly reason?: string;
  readonly attempts: number;
  readonly firstSeenAt?: Instant;
  readonly lastSeenAt?: Instant;
}

/** listed = stored + reused + skipped + failed + vanished + outOfScope + pending; removed stands beside it. */
export interface Counts {
  readonly listed: number;
  readonly stored: number;
  readonly reused: number;
  readonly skipped: number;
  readonly failed: number;
  readonly vanished: number;
  readonly outOfScope: number;
  readonly pending: number;
  readonly removed: number;
  /** Of the stored and reused: folders and the like. What people mean by items is the rest. */
  readonly containers: number;
  /** Bytes fetched from Graph. */
  readonly bytesRead: number;
  /** Sealed bytes written. */
  readonly bytesStored: number;
}

export const noCounts: Counts = {
  listed: 0,
  stored: 0,
  reused: 0,
  skipped: 0,
  failed: 0,
  vanished: 0,
  outOfScope: 0,
  pending: 0,
  removed: 0,
  containers: 0,
  bytesRead: 0,
  bytesStored: 0,
};

export const addCounts = (a: Counts, b: Partial<Counts>): Counts => ({
  listed: a.listed + (b.listed ?? 0),
  stored: a.stored + (b.stored ?? 0),
  reused: a.reused + (b.reused ?? 0),
  skipped: a.skipped + (b.skipped ?? 0),
  failed: a.failed + (b.failed ?? 0),
  vanished: a.vanished + (b.vanished ?? 0),
  outOfScope: a.outOfScope + (b.outOfScope ?? 0),
  pending: a.pending + (b.pending ?? 0),
  removed: a.removed + (b.removed ?? 0),
  containers: a.containers + (b.containers ?? 0),
  bytesRead: a.bytesRead + (b.bytesRead ?? 0),
  bytesStored: a.bytesStored + (b.bytesStored ?? 0),
});

/** True when every listed item has exactly one outcome or is still pending. */
export const isBalanced = (c: Counts): boolean =>
  c.listed === c.stored + c.reused + c.skipped + c.failed + c.vanished + c.outOfScope + c.pending;

/** What a full compare found that the change feed had not told: items it did not know, other versions, items that left. */
export interface MissedByFeed {
  readonly found: number;
  readonly differing: number;
  readonly gone: number;
}

export const nothingMissed: MissedByFeed = { found: 0, differing: 0, gone: 0 };

export type RunStatus = 'complete' | 'completeWithSkips' | 'partial' | 'failed';

/** Status follows from the ledger alone. `published` is false when nothing of the run can be restored. */
export function statusOf(counts: Counts, published: boolean): RunStatus {
  if (!published) return 'failed';
  if (counts.failed > 0 || counts.pending > 0 || !isBalanced(counts)) return 'partial';
  return counts.skipped > 0 ? 'completeWithSkips' : 'complete';
}

const rank: Record<RunStatus, number> = { complete: 0, completeWithSkips: 1, partial: 2, failed: 3 };
/** How bad a status is: 0 for complete. */
export const rankOf = (status: RunStatus): number => rank[status];
/** The status of a whole is never better than its worst part; all parts failed = failed, some failed = partial. */
export function worstStatus(parts: readonly RunStatus[]): RunStatus {
  const worst = parts.reduce<RunStatus>((a, b) => (rank[a] >= rank[b] ? a : b), 'complete');
  return worst === 'failed' && parts.some((part) => part !== 'failed') ? 'partial' : worst;
}
