import type { Runner } from '../../simulation/planted/plantedBug.ts';

/** One line of the product broken on purpose, and the tests that must say so. */
export interface Mutation {
  /** What the product does wrong then. */
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly caughtBy: Runner;
}
