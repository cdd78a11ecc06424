import { z } from 'zod';
import { anyTime, instant } from './primitives.ts';

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

/** Which entries; all of it together. */
export const AuditFilter = z.strictObject({
  action: z.string().max(60).optional().describe('One action, or with a dot at its end all of its kind: `policy.`'),
  who: z.string().max(100).optional().describe('A user id, `system`, or a part of a name'),
  from: anyTime.optional().describe('Not before'),
  to: anyTime.optional().describe('Before'),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

/** Where the audit log ended when somebody noted it: from a summary in Teams, or from the log of the app. */
export const AuditHead = z
  .strictObject({ count: z.number().int().min(0), hash: z.string().regex(/^(?:[0-9a-f]{64})?$/) })
  .meta({ id: 'AuditHead' });
export type AuditHead = z.infer<typeof AuditHead>;

export const AuditVerificationOrder = z
  .strictObject({ heads: z.array(AuditHead).max(1_000).optional() })
  .meta({ id: 'AuditVerificationOrder' });

export const AuditVerification = z
  .object({
    result: z.enum(['holds', 'broken']),
    head: AuditHead.optional().describe('Where the log ends now; absent when that cannot be read'),
    brokenAt: z.number().int().min(0).optional().describe('Index of the first entry that is not vouched for'),
    detail: z.string(),
  })
  .meta({ id: 'AuditVerification' });
export type AuditVerification = z.infer<typeof AuditVerification>;

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
