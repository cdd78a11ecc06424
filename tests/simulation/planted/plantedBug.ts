import type { FaultName } from '../kernel/faults.ts';

/** One exact replacement in a source file of the product; `find` must occur in it exactly once. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** What must turn red: a test file of the repository, or a part of it. */
export interface Runner {
  /** From the root of the repository. */
  readonly file: string;
  /** Runs only the tests whose names match; without it the whole file. */
  readonly only?: string;
}

/** A change of the product that must turn a suite red. */
export interface Planted {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly caughtBy: Runner;
}

/** A defect that somebody could write one day, and the suite that must not let it pass. */
export interface PlantedBug extends Planted {
  /** The promises that it breaks, by their numbers in docs/reliability.md. */
  readonly breaks: readonly string[];
  /** What an admin would meet if it were shipped. */
  readonly harm: string;
  /** The scenario in which the simulation finds it too, within `SCHEDULES` schedules. */
  readonly simulated?: string;
  /** The fault that shows it: it befalls each call that can meet it. Default: drawn from all. */
  readonly shownBy?: FaultName;
}
