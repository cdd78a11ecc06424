import { z } from 'zod';
import { count, graphId, hexId, instant, timeOfDay, timeZone } from './primitives.ts';

const sourceKind = z.enum(['group', 'user', 'site', 'team']);

export const ScopeRule = z
  .union([z.strictObject({ kind: z.literal('all') }), z.strictObject({ kind: sourceKind, sourceId: graphId })])
  .meta({ id: 'ScopeRule' });

export const Exclusion = z
  .strictObject({ kind: sourceKind, sourceId: graphId, reason: z.string().trim().min(1).max(500) })
  .meta({ id: 'Exclusion' });

export const Schedule = z
  .union([
    z.strictObject({ everyHours: z.number().int().min(1).max(168) }),
    z.strictObject({ times: z.array(timeOfDay).min(1).max(24), timeZone }),
  ])
  .meta({ id: 'Schedule' });

export const Retention = z
  .strictObject({
    hourly: count.max(8760).optional(),
    daily: count.max(3650),
    weekly: count.max(1000),
    monthly: count.max(600),
    yearly: count.max(100).optional(),
    forever: z.boolean().optional(),
    minimumCopies: z.number().int().min(1).max(1000),
  })
  .meta({ id: 'Retention' });

const keepGoneDays = z.number().int().min(1).max(36_500);
/** All that says how long copies are kept. */
export const KeptRules = Retention.safeExtend({ keepGoneDays });

const policyFields = {
  name: z.string().trim().min(1).max(120),
  enabled: z.boolean(),
  order: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .describe('The first policy in ascending order that matches a resource applies to it'),
  scope: z.strictObject({
    include: z.array(ScopeRule).max(1000),
    exclude: z.array(Exclusion).max(1000),
    workloads: z.array(z.string().min(1).max(40)).min(1).max(40),
    autoInclude: z.boolean().describe('Are people found later protected by themselves?'),
  }),
  schedule: Schedule,
  quietHours: z.strictObject({ from: timeOfDay, to: timeOfDay, timeZone }).optional(),
  retention: Retention,
  keepGoneDays,
  options: z.strictObject({ mailCopies: z.enum(['both', 'exact', 'readable']).optional() }),
};

export const PolicyDraft = z
  .strictObject({
    ...policyFields,
    enabled: policyFields.enabled.default(true),
    order: policyFields.order.optional(),
    options: policyFields.options.default({}),
    keepGoneDays: policyFields.keepGoneDays.default(365),
  })
  .meta({ id: 'PolicyDraft' });
export type PolicyDraft = z.infer<typeof PolicyDraft>;

/** Only what is named changes. `etag` (or the header If-Match) refuses the change when somebody else was faster. */
export const PolicyPatch = z
  .strictObject({ ...policyFields, quietHours: policyFields.quietHours.unwrap().nullable(), etag: z.string() })
  .partial()
  .meta({ id: 'PolicyPatch' });
export type PolicyPatch = z.infer<typeof PolicyPatch>;

export const Policy = z
  .object({
    id: hexId,
    ...policyFields,
    createdAt: instant,
    createdBy: z.string(),
    createdByName: z.string().optional(),
    etag: z.string(),
    heldRetention: KeptRules.optional().describe(
      'The longer rules of before, or of where some of its resources come from; they count until an administrator accepts the shorter ones',
    ),
    waitingChange: hexId
      .optional()
      .describe('Its shorter rules were asked for: the waiting change that makes them count'),
    resources: count.optional().describe('Resources it applies to now'),
    lastRunAt: instant.optional(),
    nextRunAt: instant.optional(),
    troubles: z
      .array(z.string())
      .optional()
      .describe('Groups that its newest run could not read, each in a sentence with the way out'),
  })
  .meta({ id: 'Policy' });
export type Policy = z.infer<typeof Policy>;

const Affected = z.object({ resourceId: hexId, name: z.string(), workload: z.string(), reason: z.string().optional() });

/** What saving this policy would change, without saving it. Lists hold the first 200; counts are complete. */
export const Rehearsal = z
  .object({
    counts: z.object({ gains: count, loses: count, changes: count, unchanged: count }),
    gains: z.array(Affected),
    loses: z.array(Affected),
    changes: z.array(Affected),
    troubles: z.array(z.string()).optional().describe('Groups of this policy that cannot be read, each in a sentence'),
    groupsGone: z
      .array(z.string())
      .optional()
      .describe('Groups that policies name and the directory does not hold; whom they meant stays as before'),
  })
  .meta({ id: 'Rehearsal' });
export type Rehearsal = z.infer<typeof Rehearsal>;
