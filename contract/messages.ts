import { z } from 'zod';
import { hexId } from './primitives.ts';

/**
 * Queue messages are nudges: ids and nothing else. Whoever reads one looks up the truth and may drop it. They are
 * delivered at least once, in any order, sometimes late. Without a resource the run is to be planned.
 */
export const BackupNudge = z.strictObject({ run: hexId, resource: hexId.optional() });
export type BackupNudge = z.infer<typeof BackupNudge>;

export const RestoreNudge = z.strictObject({ kind: z.literal('restore'), requestId: hexId });
export type RestoreNudge = z.infer<typeof RestoreNudge>;

/**
 * `verify`, `drill`: a verification or a restore drill goes on.
 * `resource`: after a backup of it its catalog follows its restore points. `expire`: retention looks at it, once a day.
 * `sweep`: what nothing needs any more is looked for and removed.
 */
export const SweepNudge = z.union([
  z.strictObject({ resource: hexId }),
  z.strictObject({ expire: hexId }),
  z.strictObject({ verify: hexId }),
  z.strictObject({ drill: hexId }),
  z.strictObject({ sweep: z.literal('cycle') }),
]);
export type SweepNudge = z.infer<typeof SweepNudge>;
