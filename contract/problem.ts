import { z } from 'zod';

/** RFC 9457. `reference` is in the server's log, so that one line of a screenshot finds the cause. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('What happened, what it affects and what to do'),
    reference: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
