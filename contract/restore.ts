import { z } from 'zod';
import { anyTime, count, hexId, instant, listOf, moment } from './primitives.ts';

const Chosen = z.strictObject({ resourceId: hexId, itemId: hexId, at: moment.optional() });

/** What a search would find, so that a large selection needs no list of ids. */
export const SelectionQuery = z
  .strictObject({
    q: z.string().max(400),
    workload: z.string().max(40).optional(),
    owner: z.string().max(512).optional().describe('A user id'),
    from: anyTime.optional(),
    to: anyTime.optional(),
    deleted: z.boolean().optional(),
  })
  .meta({ id: 'SelectionQuery' });

export const Selection = z
  .union([
    z.strictObject({ items: z.array(Chosen).min(1).max(5000) }),
    z.strictObject({ folders: z.array(Chosen).min(1).max(500) }),
    z.strictObject({ resourceId: hexId, at: moment.optional() }),
    z.strictObject({ query: SelectionQuery, at: moment.optional() }),
  ])
  .describe(
    'At most 2,000 restore points; of a query with `deleted` at most 50,000 deleted items. Items that are there are not limited',
  )
  .meta({ id: 'Selection' });
export type Selection = z.infer<typeof Selection>;

const folderName = z.string().trim().min(1).max(255);
export const Destination = z
  .union([
    z.strictObject({ kind: z.literal('original') }),
    z.strictObject({ kind: z.literal('newFolder'), name: folderName.optional() }),
    z.strictObject({ kind: z.literal('resource'), resourceId: hexId, name: folderName.optional() }),
    z.strictObject({ kind: z.literal('download'), format: z.enum(['original', 'zip']).optional() }),
  ])
  .meta({ id: 'Destination' });
export type Destination = z.infer<typeof Destination>;

export const Conflict = z.enum(['keepBoth', 'skipIfSame', 'replaceOlder', 'replace']).meta({ id: 'Conflict' });
export type Conflict = z.infer<typeof Conflict>;

export const RestoreOrder = z
  .strictObject({
    selection: Selection,
    destination: Destination.default({ kind: 'newFolder' }),
    conflict: Conflict.default('keepBoth'),
    includePermissions: z
      .boolean()
      .default(false)
      .refine((wanted) => !wanted, 'permissions are not backed up yet: leave it out, or false')
      .describe('Reserved: permissions are not backed up yet, so true is refused'),
    reason: z.string().trim().max(1000).default(''),
  })
  .meta({ id: 'RestoreOrder' });
export type RestoreOrder = z.infer<typeof RestoreOrder>;

export const RestoreState = z
  .enum([
    'planning',
    'ready',
    'waiting',
    'approved',
    'running',
    'done',
    'failed',
    'cancelled',
    'declined',
    'withdrawn',
    'expired',
  ])
  .meta({ id: 'RestoreState' });
export type RestoreState = z.infer<typeof RestoreState>;

export const RestorePlan = z
  .object({
    add: count,
    keepBoth: count,
    replace: count,
    skip: count,
    cannot: count,
    bytes: count,
    fidelity: z.object({ exact: count, approximate: count, lost: count }),
    needsApproval: z.boolean(),
    noSecondPerson: z.boolean().describe('A second person would be needed, but nobody else could be one'),
    plannedAt: instant,
    notes: z.array(z.string()).describe('What comes back differently or not at all, in words'),
  })
  .meta({ id: 'RestorePlan' });

export const RestoreCounts = z
  .object({
    total: count,
    restored: count.describe('Of a download: what is in it'),
    changedByService: count.describe('Of the restored: those that the service changed on arrival'),
    keptBoth: count.describe('Of the restored: those that stand beside what was there'),
    replaced: count.describe('Of the restored: those that took the place of what was there'),
    skipped: count,
    failed: count,
    bytes: count,
  })
  .meta({ id: 'RestoreCounts' });

/** A person, or a place that belongs to nobody, as it was called when the request was made. */
export const Party = z
  .object({
    id: z.string().describe('User id of the owner; `sourceId` of a place without one'),
    name: z.string().describe('Display name'),
    address: z.string().optional().describe('User principal name or mail address'),
  })
  .meta({ id: 'Party' });
export type Party = z.infer<typeof Party>;

export const RestoreRequest = z
  .object({
    id: hexId,
    state: RestoreState,
    selection: Selection,
    destination: Destination,
    conflict: Conflict,
    includePermissions: z.boolean(),
    reason: z.string().optional(),
    asker: z.object({ id: z.string(), name: z.string() }),
    createdAt: instant,
    owners: z.array(z.string()).describe('Whose data it is: user ids'),
    sources: z.array(Party).optional().describe('Whose data it is, with names; absent in requests of earlier versions'),
    folder: z
      .string()
      .optional()
      .describe(
        'Name of the folder it goes into; absent at the original place, for downloads, and where each of several sources gets its own',
      ),
    target: Party.optional().describe('Who gets it, when it goes to another mailbox or drive; else its owner does'),
    plan: RestorePlan.optional(),
    counts: RestoreCounts.optional(),
    decision: z
      .object({ by: z.string(), name: z.string(), at: instant, approved: z.boolean(), reason: z.string().optional() })
      .optional(),
    startedAt: instant.optional(),
    finishedAt: instant.optional(),
    heartbeatAt: instant.optional(),
    trouble: z.string().optional().describe('Why it failed, was cancelled or expired'),
    delayed: z
      .object({ reason: z.string(), since: instant, retryAt: instant, givesUpAt: instant })
      .optional()
      .describe(
        'While Microsoft 365 or storage does not answer or asks to wait; without progress it ends at givesUpAt',
      ),
    goesOn: z
      .enum(['plan', 'run'])
      .optional()
      .describe(
        'It failed for something that passes or can be mended: this verb goes on, and nothing comes back twice',
      ),
    version: z.number().int().describe('Grows with every change of state; cards carry it'),
    downloadUrl: z.string().optional().describe('There once the download is ready and until it was taken'),
    download: z
      .object({
        expiresAt: instant,
        size: count,
        fileName: z.string(),
        mediaType: z.string(),
        taken: z.boolean().optional().describe('The link was used; it works once'),
        takenAt: instant.optional(),
      })
      .optional()
      .describe('For the asker, from when it was ready on'),
    undo: z
      .object({
        state: z.enum(['running', 'done', 'failed']),
        startedAt: instant,
        finishedAt: instant.optional(),
        removed: count,
        kept: count,
        trouble: z.string().optional().describe('Why it stopped; it may be asked for again'),
      })
      .optional()
      .describe('Taking it back, as far as it has come; `state` stays what became of the restore'),
    undone: z
      .object({ at: instant, removed: count, kept: count })
      .optional()
      .describe('There once everything was taken back that could be'),
    can: z
      .array(z.enum(['plan', 'run', 'approve', 'decline', 'withdraw', 'cancel', 'undo', 'download']))
      .describe('What the reader may try now'),
  })
  .meta({ id: 'RestoreRequest' });
export type RestoreRequest = z.infer<typeof RestoreRequest>;

export const RestoreList = listOf(RestoreRequest).extend({
  unreadable: z
    .array(hexId)
    .optional()
    .describe('Requests whose record is damaged, for who sees those of everybody; the others are not affected'),
});

export const RestoreResult = z
  .object({
    resourceId: hexId.optional().describe('Absent only where `outcome` is `unreadable` and the plan is damaged too'),
    itemId: hexId.optional().describe('As `resourceId`'),
    name: z.string(),
    outcome: z
      .enum(['restored', 'changedByService', 'keptBoth', 'replaced', 'downloaded', 'skipped', 'failed', 'unreadable'])
      .describe(
        '`downloaded`: checked and in the download; nothing was given back. `unreadable`: the record of it is damaged',
      ),
    undo: z
      .enum(['removed', 'changed', 'gone', 'inPlace'])
      .optional()
      .describe(
        'There once it was taken back: `removed`, or why not: `changed` since, `gone` before, `inPlace` of what it replaced',
      ),
    targetId: z.string().optional(),
    webUrl: z.string().optional(),
    sha256: z.string().optional().describe('SHA-256 of the bytes, checked before they were written'),
    reason: z.string().optional(),
  })
  .meta({ id: 'RestoreResult' });
export type RestoreResult = z.infer<typeof RestoreResult>;

/** A decline needs its reason; an approval may have one. */
export const Approval = z.strictObject({ reason: z.string().trim().max(1000).optional() }).meta({ id: 'Approval' });
export const Decline = z.strictObject({ reason: z.string().trim().min(1).max(1000) }).meta({ id: 'Decline' });
