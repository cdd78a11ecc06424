import { z } from 'zod';
import { instant } from './primitives.ts';

/** Append-only; each entry holds the hash of the one before it. */
export const AuditEntry = z
  .object({
    id: z.string(),
    at: instant,
    who: z.string().describe('A user id, or `system`'),
    name: z.string().optional(),
    action: z.string().describe('`content.read`, `restore.run`, `policy.change`, …'),
    on: z.record(z.string(), z.string()),
    from: z.string().optional(),
    result: z.enum(['done', 'refused', 'failed']),
    previous: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

export const ReportKind = z.enum(['coverage', 'runs', 'failures', 'audit']);
export type ReportKind = z.infer<typeof ReportKind>;

/** A table with what it was made from. As CSV the cells are safe to open in a spreadsheet. */
export const Report = z
  .object({
    kind: ReportKind,
    generatedAt: instant,
    generatedBy: z.string(),
    timeZone: z.literal('UTC'),
    filter: z.record(z.string(), z.string()),
    columns: z.array(z.string()),
    rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
    summary: z.string(),
    complete: z.boolean().describe('False when it was cut at 10,000 rows'),
  })
  .meta({ id: 'Report' });
export type Report = z.infer<typeof Report>;
