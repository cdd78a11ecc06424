import { z } from 'zod';
import { count, hexId, instant } from './primitives.ts';

export const VerifyLevel = z.enum(['sampling', 'full']).meta({ id: 'VerifyLevel' });

export const VerificationOrder = z
  .strictObject({
    level: VerifyLevel.optional().describe(
      '`sampling` (default): every root and directory, every pack by name and length, a share of the content. `full`: every byte',
    ),
    share: z.number().min(0).max(1).optional().describe('How much of the content a sample reads; default 0.05'),
    seed: z.string().min(1).max(64).optional().describe('Equal seeds choose the same content'),
    resourceId: hexId.optional().describe('Only this resource; else everything'),
  })
  .meta({ id: 'VerificationOrder' });

export const Started = z.object({ id: hexId }).meta({ id: 'Started' });

const InspectionState = z.enum(['queued', 'running', 'done', 'failed']);
const startedBy = z.string().describe('A user id, `schedule` or `system`');
const startedByName = z.string().optional().describe('Where it was a person whose name is known');

export const Verification = z
  .object({
    id: hexId,
    level: VerifyLevel,
    share: z.number(),
    seed: z.string(),
    resourceId: hexId.optional(),
    part: z
      .object({ index: count, of: count })
      .optional()
      .describe('One part of all resources: the schedule reads them in turn'),
    startedBy,
    startedByName,
    startedAt: instant,
    finishedAt: instant.optional(),
    heartbeatAt: instant,
    state: InspectionState,
    reason: z.string().optional().describe('Why it failed, or what it waits for'),
    looked: z.object({
      resources: count,
      points: count,
      pages: count,
      packs: count,
      items: count,
      streams: count,
      bytes: count,
      catalogRows: count,
    }),
    found: z
      .object({ missing: count, corrupt: count, differs: count, items: count, others: count })
      .extend({ acceptedItems: count.optional(), acceptedOthers: count.optional() })
      .describe(
        '`items`: how many items are concerned; `others`: findings about no single item; `accepted…`: those of each whose loss an administrator accepted',
      ),
    repair: z
      .object({
        state: InspectionState,
        startedBy,
        startedByName,
        startedAt: instant,
        finishedAt: instant.optional(),
        done: z.array(z.string()),
        left: z.array(z.string()).describe('What the next backup or somebody else has to do'),
        reason: z.string().optional(),
      })
      .optional()
      .describe('Somebody asked to put right what it found'),
  })
  .meta({ id: 'Verification' });
export type Verification = z.infer<typeof Verification>;

export const Finding = z
  .object({
    area: z.enum(['keys', 'records', 'audit', 'head', 'point', 'page', 'pack', 'content', 'catalog', 'journal']),
    kind: z.enum(['missing', 'corrupt', 'differs']),
    object: z.string().describe('The blob or row, by its name in storage'),
    detail: z.string(),
    resourceId: hexId.optional(),
    points: z.array(hexId).describe('Restore points that hold it, newest first'),
    inNewest: z
      .boolean()
      .optional()
      .describe('Is the newest restore point one of them? Then the next run fetches it again'),
    item: z.object({ id: hexId, name: z.string() }).optional(),
    unnamed: count.optional().describe('Items that are concerned too and whose names nothing that is left tells'),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof Finding>;

/** An item that some restore point cannot give back. */
export const DamagedItem = z
  .object({
    id: hexId,
    name: z.string(),
    kind: z.enum(['missing', 'corrupt']),
    detail: z.string(),
    at: instant.describe('When it was last found so'),
    points: z.array(hexId).describe('Restore points that cannot give it back, newest first; at most 200'),
    inNewest: z.boolean().describe('The newest restore point is one of them: the next backup fetches it again'),
    goneSince: instant.optional().describe('A backup asked for it, and Microsoft 365 does not have it any more'),
    mayAccept: z.boolean().describe('Nothing heals it any more: its loss may be accepted'),
    accepted: z
      .object({ by: z.string(), byName: z.string().optional(), at: instant, reason: z.string() })
      .optional()
      .describe('An administrator accepted its loss; it stays on the list and warns no more'),
  })
  .meta({ id: 'DamagedItem' });
export type DamagedItem = z.infer<typeof DamagedItem>;

/** Without `items` everything of the resource that nothing heals any more. */
export const LossOrder = z
  .strictObject({ reason: z.string().trim().min(1).max(500), items: z.array(hexId).min(1).max(500).optional() })
  .meta({ id: 'LossOrder' });

export const LossAccepted = z
  .object({
    accepted: count.describe('Items whose loss was accepted just now'),
    objects: count.describe('Damaged objects that warn no more, since all that they held is accepted'),
    left: count.describe('Damaged items of this resource that are not accepted: the next backup fetches them again'),
  })
  .meta({ id: 'LossAccepted' });
export type LossAccepted = z.infer<typeof LossAccepted>;

export const DrillOrder = z
  .strictObject({ items: z.number().int().min(0).max(200).optional().describe('Random items of each resource') })
  .meta({ id: 'DrillOrder' });

export const Drill = z
  .object({
    id: hexId,
    startedBy,
    startedByName,
    startedAt: instant,
    finishedAt: instant.optional(),
    heartbeatAt: instant,
    state: InspectionState,
    reason: z.string().optional(),
    sampleSize: count,
    destination: z
      .object({
        kind: z.enum(['memory', 'places']),
        why: z.string().optional().describe('A place was chosen and is not used'),
        resources: z.array(hexId).optional().describe('The places'),
        folder: z.string().optional(),
      })
      .optional()
      .describe('Where items were given back to; to memory they are in any case'),
    resources: z.array(hexId),
    done: count.describe('Resources that are through'),
    items: count,
    bytes: count,
    failed: count.describe('Items that did not come back as they were promised'),
    summary: z
      .record(
        z.string(),
        z.object({
          resources: count,
          items: count,
          bytes: count,
          seconds: z.number(),
          failed: count,
          because: z.record(z.string(), count).describe('How many were chosen for which reason'),
          differing: z.record(z.string(), count).describe('How many items differ in which property'),
        }),
      )
      .optional()
      .describe('By workload, of the resources that are through'),
  })
  .meta({ id: 'Drill' });
export type Drill = z.infer<typeof Drill>;

export const DrillResult = z
  .object({
    resourceId: hexId,
    workload: z.string(),
    pointId: hexId.optional(),
    itemId: hexId.optional(),
    because: z.array(z.string()).describe('`random`, `largest`, `oldest`, `deepest`, `strangest`, `mostParts`, …'),
    bytes: count,
    placed: z
      .boolean()
      .optional()
      .describe('It was written to the place of the drill, read again from there and removed'),
    isRight: z.boolean(),
    checks: z.array(
      z.object({
        property: z.string(),
        isRight: z.boolean(),
        expected: z.string().optional(),
        found: z.string().optional(),
      }),
    ),
    at: instant,
  })
  .meta({ id: 'DrillResult' });
export type DrillResult = z.infer<typeof DrillResult>;
