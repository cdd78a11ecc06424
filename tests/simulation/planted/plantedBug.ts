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

/** A defect that somebody could write one day, and the suite that must not let it pass. */
export interface PlantedBug {
  readonly name: string;
  /** The promises that it breaks, by their numbers in docs/reliability.md. */
  readonly breaks: readonly string[];
  /** What an admin would meet if it were shipped. */
  readonly harm: string;
  readonly patches: readonly Patch[];
  readonly caughtBy: Runner;
  /** The scenario in which the simulation finds it too, within `SCHEDULES` schedules. */
  readonly simulated?: string;
}
