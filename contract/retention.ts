import { z } from 'zod';
import { KeptRules } from './policies.ts';
import { anyTime, count, graphId, hexId, instant } from './primitives.ts';

const reason = z.string().trim().min(1).max(500);

/** Everything of a person, a site or a team; or one resource alone, by its id here. */
export const HoldTarget = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['user', 'site', 'team']), sourceId: graphId }),
    z.strictObject({ kind: z.literal('resource'), sourceId: hexId }),
  ])
  .meta({ id: 'HoldTarget' });

export const HoldDraft = z
  .strictObject({
    on: HoldTarget,
    reason,
    until: anyTime.optional().describe('It ends by itself then; without it, when two people release it'),
  })
  .meta({ id: 'HoldDraft' });
export type HoldDraft = z.infer<typeof HoldDraft>;

/** Nothing that it means expires while it is in force; backups go on. */
export const Hold = z
  .object({
    id: hexId,
    on: HoldTarget,
    reason: z.string(),
    setBy: z.string(),
    setByName: z.string().optional(),
    setAt: instant,
    until: instant.optional(),
    releasedBy: z.string().optional(),
    releasedByName: z.string().optional(),
    releasedAt: instant.optional(),
    inForce: z.boolean(),
    covers: count
      .optional()
      .describe('How many of the mailboxes, drives, … that Holdfast knows it means; 0 where its id fits none of them'),
  })
  .meta({ id: 'Hold' });
export type Hold = z.infer<typeof Hold>;

export const Reason = z.strictObject({ reason });
export const MaybeReason = Reason.partial().optional();

export const ChangeState = z.enum(['asked', 'approved', 'applied', 'withdrawn', 'void']);

/** A change that makes protection weaker, on its way: another administrator agrees, some wait a day after that. */
export const WaitingChange = z
  .object({
    id: hexId,
    wish: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('shorterRetention'), policyId: hexId, before: KeptRules, after: KeptRules }),
      z.object({ kind: z.literal('releaseHold'), holdId: hexId }),
      z.object({ kind: z.literal('rotateKeys'), from: z.number().int().min(1) }),
      z.object({ kind: z.literal('giveUpPoint'), resourceId: hexId, pointId: hexId }),
    ]),
    reason: z.string().optional(),
    state: ChangeState,
    askedBy: z.string(),
    askedByName: z.string().optional(),
    askedAt: instant,
    approvedBy: z
      .string()
      .optional()
      .describe('A user id, or `noSecondPerson` where one administrator said that there is no other'),
    approvedByName: z.string().optional(),
    approvedAt: instant.optional(),
    effectiveAt: instant.optional().describe('It can be withdrawn until then'),
    endedAt: instant.optional(),
    endedBy: z.string().optional(),
    endedByName: z.string().optional(),
    why: z.string().optional().describe('Why it is void'),
  })
  .meta({ id: 'WaitingChange' });
export type WaitingChange = z.infer<typeof WaitingChange>;

/** What would go if the rules of the policy counted alone. The list holds the first 200 resources; counts are complete. */
export const RetentionPreview = z
  .object({
    before: KeptRules.describe('What is kept now: of every rule the longest that holds'),
    after: KeptRules,
    effectiveAfterHours: count.describe(
      'Hours between the consent of the second administrator and the first point that goes',
    ),
    counts: z.object({
      resources: count.describe('Resources of the policy'),
      points: count.describe('Their restore points now'),
      losing: count.describe('Resources that lose restore points'),
      goes: count.describe('Restore points that would go'),
      refused: count
        .optional()
        .describe(
          'Resources of which something does not open, so that nothing of them goes; absent when there are none',
        ),
    }),
    resources: z.array(
      z.object({
        resourceId: hexId,
        name: z.string(),
        workload: z.string(),
        points: count,
        goes: count,
        oldestNow: instant.optional(),
        oldestThen: instant.optional().describe('The oldest restore point that stays'),
      }),
    ),
  })
  .meta({ id: 'RetentionPreview' });
export type RetentionPreview = z.infer<typeof RetentionPreview>;

/** Expiry of a resource is paused: a run changed or removed more than it should. */
export const ExpiryPaused = z
  .object({ since: instant, runId: hexId, changed: count, removed: count, of: count })
  .meta({ id: 'ExpiryPaused' });
