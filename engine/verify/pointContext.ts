import type { PackId, ResourceId } from '../model/ids.ts';
import type { Finding, VerifyPlan, VerifyTally } from '../model/verification.ts';
import type { PageRef, Root } from '../repository/root.ts';
import type { EntryChecker } from './checkEntries.ts';
import type { Reading } from './reading.ts';
import type { ShownPoint } from './visible.ts';

/** A part of the work on one point, small enough to be lost. `next` = how many of its own pages are done; undefined before its root is. */
export interface PointStep {
  readonly findings: readonly Finding[];
  readonly tally: Partial<VerifyTally>;
  readonly next: number | undefined;
}

/** What the steps of one job share. */
export interface PointContext {
  readonly reading: Reading;
  readonly checker: EntryChecker;
  readonly plan: VerifyPlan;
  readonly resource: ResourceId;
  /** All points that are shown, newest first. */
  readonly shown: readonly ShownPoint[];
  /** Packs known to be bad: every item in them is looked at, whatever the sample says. */
  readonly suspects: Set<PackId>;
  /** Only what the suspects hold. */
  readonly onlySuspects: boolean;
  /** Meta packs that this job opened as a whole. */
  readonly metaPacks: Set<PackId>;
}

export const pageKey = (ref: PageRef): string => `${ref.place.pack}/${ref.place.segment}`;
export const pagesOf = (root: Root): readonly PageRef[] => [...root.containers, ...root.items];
