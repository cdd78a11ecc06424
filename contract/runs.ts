import { z } from 'zod';
import { count, hexId, instant } from './primitives.ts';

/** listed = stored + reused + skipped + failed + vanished + outOfScope + pending; `removed` stands beside it. */
export const Counts = z
  .object({
    listed: count,
    stored: count,
    reused: count,
    skipped: count,
    failed: count,
    vanished: count,
    outOfScope: count,
    pending: count,
    removed: count,
    containers: count.meta({
      description: 'Of the stored and reused: folders. The rest is what people mean by items.',
    }),
    bytesRead: count,
    bytesStored: count,
  })
  .meta({ id: 'Counts' });
export type Counts = z.infer<typeof Counts>;

export const RunState = z
  .enum(['queued', 'discovering', 'running', 'waiting', 'verifying', 'completed', 'cancelling', 'cancelled', 'stalled'])
  .meta({ id: 'RunState' });
export const RunStatus = z.enum(['complete', 'completeWithSkips', 'partial', 'failed']).meta({ id: 'RunStatus' });
export const RunResourceState = z.enum(['open', 'waiting', 'done', 'failed', 'cancelled']);

export const Run = z
  .object({
    id: hexId,
    policyId: hexId,
    startedBy: z.string().describe('A user id, `schedule` or `system`'),
    startedByName: z.string().optional().describe('Where it was a person whose name is known'),
    state: RunState,
    status: RunStatus.optional().describe('Only once it ended'),
    counts: Counts,
    startedAt: instant,
    finishedAt: instant.optional(),
    heartbeatAt: instant,
    resumesAt: instant.optional().describe('While waiting for Microsoft 365 or storage: the next try'),
    waitsSince: instant
      .optional()
      .describe('Since when it waits without having got on; after 24 hours of that what waits has failed'),
    eta: instant
      .optional()
      .describe(
        'What is left at the rate of this run so far; absent until all is listed, at least 20 items are through, and while it stands still',
      ),
    alreadyRunning: z.array(hexId).describe('Resources that another open run holds'),
    reason: z.string().optional().describe('Why it did not go well; while it waits: what for'),
    ownStatus: RunStatus.optional().describe('Its status without the resources that it left to another run'),
    compare: z.boolean().optional().describe('Somebody asked for a full compare'),
    only: z.array(hexId).optional().describe('Asked for these resources alone; else for all that its policy means'),
    overlooked: z
      .boolean()
      .optional()
      .describe('Something could not be looked for when it was planned, as `reason` says'),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;

export const RunResource = z
  .object({
    resourceId: hexId,
    name: z.string(),
    workload: z.string(),
    state: RunResourceState,
    status: RunStatus.optional(),
    counts: Counts,
    pointId: hexId.optional(),
    heartbeatAt: instant,
    resumesAt: instant.optional(),
    waitsSince: instant.optional().describe('As for the run; there as long as it has not got on since'),
    reason: z.string().optional(),
    finishedAt: instant.optional(),
    missedByFeed: z
      .object({ found: count, differing: count, gone: count })
      .optional()
      .describe('Of a full compare: items, versions and removals that the change feed had not told'),
  })
  .meta({ id: 'RunResource' });
export type RunResource = z.infer<typeof RunResource>;

export const Outcome = z
  .enum(['stored', 'reused', 'skipped', 'failed', 'vanished', 'outOfScope'])
  .meta({ id: 'Outcome' });

export const LedgerEntry = z
  .object({
    resourceId: hexId,
    itemId: hexId,
    name: z.string(),
    outcome: Outcome,
    reason: z.string().optional(),
    attempts: count,
    firstSeenAt: instant.optional(),
    lastSeenAt: instant.optional(),
  })
  .meta({ id: 'LedgerEntry' });
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export const RunOrder = z
  .strictObject({
    compare: z
      .boolean()
      .optional()
      .describe('Full compare: everything is listed and compared, whatever the change feed says'),
  })
  .meta({ id: 'RunOrder' });

export const RunStarted = z.object({ id: hexId }).meta({ id: 'RunStarted' });
export type RunStarted = z.infer<typeof RunStarted>;
