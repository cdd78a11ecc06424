import type { Planted } from '../../simulation/planted/plantedBug.ts';
import { commitMutations } from './commit.ts';
import { keyMutations } from './keys.ts';
import type { Mutation } from './mutation.ts';
import { restoreMutations } from './restore.ts';
import { retentionMutations } from './retention.ts';
import { statusMutations } from './status.ts';
import { sweepMutations } from './sweep.ts';
import { verifyMutations } from './verify.ts';

const areas: Readonly<Record<string, readonly Mutation[]>> = {
  commit: commitMutations,
  sweep: sweepMutations,
  status: statusMutations,
  retention: retentionMutations,
  restore: restoreMutations,
  verify: verifyMutations,
  keys: keyMutations,
};

/** Named `{area}: {what the product does wrong then}`. */
export const mutations: readonly Planted[] = Object.entries(areas).flatMap(([area, all]) =>
  all.map(({ name, caughtBy, ...patch }) => ({ name: `${area}: ${name}`, patches: [patch], caughtBy })),
);
