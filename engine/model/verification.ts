import type { Instant, ItemId, PackId, PointId, ResourceId, UserId } from './ids.ts';

/** `sampling`: every root and directory, every pack by name and length, a share of the content. `full`: every byte. */
export type VerifyLevel = 'sampling' | 'full';

/** What was looked at when it showed. `head`: the tables against what the roots and the journal say. */
export type FindingArea =
  'keys' | 'records' | 'audit' | 'head' | 'point' | 'page' | 'pack' | 'content' | 'catalog' | 'journal';

/** `differs`: two places that must say the same do not. */
export type FindingKind = 'missing' | 'corrupt' | 'differs';

/** One thing that is not as it was written, and whom it concerns. A damaged object has a finding for every item in it. */
export interface Finding {
  /** Equal for the same damage, however often it is met. */
  readonly key: string;
  readonly area: FindingArea;
  readonly kind: FindingKind;
  /** The blob or row, by its name in storage. */
  readonly object: string;
  /** What is wrong, in words. */
  readonly detail: string;
  readonly resourceId?: ResourceId;
  /** Restore points that hold it, newest first. */
  readonly points: readonly PointId[];
  /** Is the newest restore point of the resource one of them? */
  readonly inNewest?: boolean;
  readonly item?: FoundItem;
  /** Packs out of which it cannot be read. */
  readonly packs?: readonly PackId[];
  /** Items that are concerned too and whose names nothing that is left tells. */
  readonly unnamed?: number;
}

export interface FoundItem {
  readonly id: ItemId;
  readonly sourceId: string;
  readonly name: string;
  readonly versionTag: string;
}

/** How much was looked at. Bytes are plain bytes of content. */
export interface VerifyTally {
  readonly resources: number;
  readonly points: number;
  readonly pages: number;
  readonly packs: number;
  readonly items: number;
  readonly streams: number;
  readonly bytes: number;
  readonly catalogRows: number;
}

export const noTally: VerifyTally = {
  resources: 0,
  points: 0,
  pages: 0,
  packs: 0,
  items: 0,
  streams: 0,
  bytes: 0,
  catalogRows: 0,
};

export const addTally = (a: VerifyTally, b: Partial<VerifyTally>): VerifyTally => ({
  resources: a.resources + (b.resources ?? 0),
  points: a.points + (b.points ?? 0),
  pages: a.pages + (b.pages ?? 0),
  packs: a.packs + (b.packs ?? 0),
  items: a.items + (b.items ?? 0),
  streams: a.streams + (b.streams ?? 0),
  bytes: a.bytes + (b.bytes ?? 0),
  catalogRows: a.catalogRows + (b.catalogRows ?? 0),
});

/** Where reading goes on; what lies before it is done. */
export interface VerifyPlace {
  readonly step: 'keys' | 'records' | 'resources' | 'suspects' | 'done';
  readonly resource?: ResourceId;
  readonly part?: 'head' | 'points' | 'catalog' | 'journal' | 'known';
  /** The point that is being read (its time as the rows keep it), and how many of its own pages are done. */
  readonly pointKey?: string;
  readonly page?: number;
  /** How many versions of items the points up to there explain: what the catalog must hold. */
  readonly counted?: number;
}

export interface VerifyPlan {
  readonly level: VerifyLevel;
  /** 0 to 1: how much of the content `sampling` reads. */
  readonly share: number;
  /** Equal seeds choose the same content. */
  readonly seed: string;
  /** Only this one; else all. */
  readonly resource?: ResourceId;
  /** Only the resources that fall into this part of all. */
  readonly part?: { readonly index: number; readonly of: number };
}

/** How many findings there are, and of how many items. `others`: those that are about no single item. */
export interface FoundCounts {
  readonly missing: number;
  readonly corrupt: number;
  readonly differs: number;
  readonly items: number;
  readonly others: number;
  /** Those of each whose loss an administrator has accepted. */
  readonly acceptedItems?: number;
  readonly acceptedOthers?: number;
}

export const nothingFound: FoundCounts = { missing: 0, corrupt: 0, differs: 0, items: 0, others: 0 };

/** One look at everything that is stored. Reads only; what it found is kept beside it. */
export interface Verification extends VerifyPlan {
  readonly id: string;
  readonly startedBy: UserId | 'schedule' | 'system';
  readonly startedAt: Instant;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  /** Why it failed, or what it waits for. */
  readonly reason?: string;
  readonly finishedAt?: Instant;
  readonly heartbeatAt: Instant;
  /** The job that works on it. */
  readonly holder?: string;
  readonly place: VerifyPlace;
  readonly looked: VerifyTally;
  readonly found: FoundCounts;
  /** Packs found bad by a sample: every item in them is still to be looked at. At most `mostSuspects`. */
  readonly suspects: readonly PackId[];
  /** Resources that have roots in storage and no record; found once, by its first job. */
  readonly strangers?: readonly ResourceId[];
  /** Jobs in a row that ended in passing trouble. */
  readonly tries?: number;
  /** Somebody asked to put right what it found. */
  readonly repair?: VerificationRepair;
}

export interface VerificationRepair {
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly startedBy: UserId;
  readonly startedAt: Instant;
  readonly finishedAt?: Instant;
  /** What was put right, and what is left to do by the next backup or by somebody else, in words. */
  readonly done: readonly string[];
  readonly left: readonly string[];
  readonly reason?: string;
  /** What is done: a job whose time is spent hands on to another one. */
  readonly place?: RepairPlace;
}

/** Where a repair stands: packs up to this one, catalogs and damage lists up to this resource. */
export interface RepairPlace {
  readonly step: 'rows' | 'packs' | 'catalogs' | 'list';
  readonly pack?: PackId;
  readonly resource?: ResourceId;
  /** Resources whose rows were lost: their catalogs are made anew whatever the findings say. */
  readonly rebuilt: readonly ResourceId[];
  /** Items of the damage lists so far. */
  readonly items: { readonly healed: number; readonly inNewest: number; readonly older: number };
}
