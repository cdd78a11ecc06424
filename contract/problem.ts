import { z } from 'zod';

/** RFC 9457. `reference` is in the server's log, so that one line of a screenshot finds the cause. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('What happened, what it affects and what to do'),
    reference: z.string(),
    code: z.enum(['download-used', 'download-expired']).optional().describe('For programs: which trouble it is'),
    usedAt: z.iso.datetime().optional().describe('Of a download: when its link was used'),
    again: z
      .string()
      .optional()
      .describe('Where a new one is asked for: POST the same selection and destination to this address'),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
