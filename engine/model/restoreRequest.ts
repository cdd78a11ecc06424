import type { Instant, ItemId, PointId, RequestId, ResourceId, UserId } from './ids.ts';

/** App roles of the console API. */
export type Role = 'Backup.Admin' | 'Backup.RestoreOperator' | 'Backup.Auditor' | 'Backup.Approver';

/** What is to come back. `at` takes a point id, an ISO time or `latest` (default). */
export type Selection =
  | { readonly items: readonly SelectedItem[] }
  | { readonly folders: readonly SelectedItem[] }
  | { readonly resourceId: ResourceId; readonly at?: string }
  | { readonly query: SearchQuery; readonly at?: string };

export interface SelectedItem {
  readonly resourceId: ResourceId;
  readonly itemId: ItemId;
  readonly at?: string;
}

export interface SearchQuery {
  readonly q: string;
  readonly workload?: string;
  readonly ownerId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly deleted?: boolean;
}

export type Destination =
  | { readonly kind: 'original' }
  /** A folder at the owner; `Restored {date}` when no name is given. */
  | { readonly kind: 'newFolder'; readonly name?: string }
  | { readonly kind: 'resource'; readonly resourceId: ResourceId; readonly name?: string }
  /** `original` for one item, `zip` with a manifest for more. */
  | { readonly kind: 'download'; readonly format?: 'original' | 'zip' };

export type ConflictRule = 'keepBoth' | 'skipIfSame' | 'replaceOlder' | 'replace';

export type RequestState =
  | 'planning'
  | 'ready'
  | 'waiting'
  | 'approved'
  | 'running'
  | 'done'
  | 'failed'
  | 'cancelled'
  | 'declined'
  | 'withdrawn'
  | 'expired';

/** What a restore would do, judged against the target as it was when planned. */
export interface RestorePlan {
  readonly add: number;
  readonly keepBoth: number;
  readonly replace: number;
  readonly skip: number;
  readonly cannot: number;
  readonly bytes: number;
  readonly fidelity: { readonly exact: number; readonly approximate: number; readonly lost: number };
  /** Plain sentences: what comes back different, what cannot come back. */
  readonly notes: readonly string[];
  readonly needsApproval: boolean;
  /** True when a second person would be needed but nobody could be one; shown and audited. */
  readonly noSecondPerson: boolean;
  readonly plannedAt: Instant;
}

/** total = restored + skipped + failed, and what is still to come; what is counted beside them is part of the restored. */
export interface RestoreCounts {
  readonly total: number;
  readonly restored: number;
  /** Of the restored: those that the service changed on arrival. */
  readonly changedByService: number;
  /** Of the restored: those that stand beside what was there. */
  readonly keptBoth: number;
  /** Of the restored: those that took the place of what was there. */
  readonly replaced: number;
  readonly skipped: number;
  readonly failed: number;
  readonly bytes: number;
}

/** A person, or a place that belongs to nobody, as it was called when the request was made. */
export interface Party {
  /** User id of the owner; `sourceId` of a place without one. */
  readonly id: string;
  readonly name: string;
  readonly address?: string;
}

/** Passing trouble: Microsoft 365 or storage does not answer or asks to wait. */
export interface RestoreDelay {
  readonly reason: string;
  readonly since: Instant;
  readonly retryAt: Instant;
  /** Without any progress until then it ends. */
  readonly givesUpAt: Instant;
}

/** Taking a restore back: an outcome of its own, beside that of the restore. */
export interface RestoreUndo {
  readonly state: 'running' | 'done' | 'failed';
  readonly startedAt: Instant;
  readonly finishedAt?: Instant;
  readonly removed: number;
  /** Changed since, gone before, or in the place of what was replaced. */
  readonly kept: number;
  /** Why it stopped; it may be asked for again. */
  readonly trouble?: string;
}

/** Somebody's wish to get something back, and what became of it. */
export interface RestoreRequest {
  readonly id: RequestId;
  readonly state: RequestState;
  readonly asker: { readonly id: UserId; readonly name: string; readonly roles: readonly Role[] };
  readonly selection: Selection;
  readonly destination: Destination;
  readonly conflict: ConflictRule;
  readonly includePermissions: boolean;
  readonly reason?: string;
  readonly createdAt: Instant;
  /** Points are pinned from plan to end: a resource's points that the selection resolved to. */
  readonly points: readonly { readonly resourceId: ResourceId; readonly pointId: PointId }[];
  /** Owners whose data it touches, for approvals and notices. */
  readonly owners: readonly string[];
  /** The same with names, and places without an owner; absent in requests of earlier versions. */
  readonly sources?: readonly Party[];
  /** Who gets it when it goes to another mailbox or drive; absent when that is the owner's own place. */
  readonly target?: Party;
  readonly plan?: RestorePlan;
  readonly decision?: {
    readonly by: UserId;
    readonly name: string;
    readonly at: Instant;
    readonly approved: boolean;
    readonly reason?: string;
  };
  readonly counts?: RestoreCounts;
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
  readonly heartbeatAt?: Instant;
  /** Why it failed, was cancelled or expired. */
  readonly trouble?: string;
  /** While what it needs does not answer. */
  readonly delayed?: RestoreDelay;
  /** It failed for something that passes or can be mended: planning may be asked for again, or the rest carried out. */
  readonly goesOn?: 'plan' | 'run';
  /** Grows with each change of state; cards carry it so that a late press does nothing. */
  readonly version: number;
  readonly download?: {
    readonly expiresAt: Instant;
    readonly size: number;
    readonly fileName: string;
    readonly mediaType: string;
    readonly taken: boolean;
    /** When its last byte went out. */
    readonly takenAt?: Instant;
  };
  /** Taking it back, as far as it has come. Its trouble never changes what became of the restore itself. */
  readonly undo?: RestoreUndo;
  /** Set once everything was looked at. */
  readonly undone?: { readonly at: Instant; readonly removed: number; readonly kept: number };
  /** It was made again after tables were lost: what became of its single items is not known any more. */
  readonly journalLost?: true;
}

/** What a later undo did with what came back of one item; all but `removed` stands as it did. */
export type UndoneItem =
  | 'removed'
  /** Somebody changed it since. */
  | 'changed'
  /** It was gone before. */
  | 'gone'
  /** It took the place of a live item: without it there would be neither. */
  | 'inPlace';

export interface RestoreResult {
  /** Absent, as `resourceId`, only where it is `unreadable` and the plan does not name it either. */
  readonly itemId?: ItemId;
  readonly resourceId?: ResourceId;
  readonly name: string;
  readonly outcome:
    | 'restored'
    | 'changedByService'
    | 'keptBoth'
    | 'replaced'
    /** Checked and in the download; nothing was given back. */
    | 'downloaded'
    | 'skipped'
    | 'failed'
    /** The record of it is damaged: what became of it cannot be told. Never written, only shown. */
    | 'unreadable';
  /** Absent while nobody took it back, or the undo could not. */
  readonly undo?: UndoneItem;
  readonly targetId?: string;
  readonly webUrl?: string;
  /** SHA-256 (hex) of the verified original. */
  readonly sha256?: string;
  readonly reason?: string;
}

/** A result as it is written down: it knows its item. */
export type ItemResult = RestoreResult & Required<Pick<RestoreResult, 'itemId' | 'resourceId'>>;
