import { z } from 'zod';
import { KeptRules } from './policies.ts';
import { count, graphId, hexId, instant, listOf } from './primitives.ts';
import { ExpiryPaused } from './retention.ts';

export const ResourceState = z
  .enum(['protected', 'firstBackup', 'waiting', 'partial', 'failing', 'paused', 'excluded', 'notProtected', 'gone'])
  .meta({ id: 'ResourceState' });

const PointCounts = z.object({
  items: count.describe('Items in the set, containers not counted'),
  containers: count,
  missing: count.describe('Known to the source and not in the set: skipped or failed'),
});

/** Items that some restore point cannot give back any more. */
export const Damaged = z
  .object({
    items: count.describe('All of them, accepted ones too'),
    inNewest: count.describe('Those of the newest restore point: the next backup fetches them again'),
    accepted: count.describe('Those that an administrator accepted as lost; they warn no more'),
  })
  .meta({ id: 'Damaged' });
export type Damaged = z.infer<typeof Damaged>;

/** One mailbox, one drive. `ownerId` groups those of one person. */
export const Resource = z
  .object({
    id: hexId,
    workload: z.string(),
    kind: z.string(),
    name: z.string(),
    address: z.string().optional(),
    ownerId: z.string().optional(),
    sourceId: graphId.describe('mail: user id, drive: drive id'),
    state: ResourceState,
    reason: z.string().optional().describe('Why it is excluded, not protected or failing'),
    nothingToCopy: z
      .boolean()
      .optional()
      .describe('Not protected because there is nothing to protect yet: no mailbox, no drive. No gap'),
    policyId: hexId.optional(),
    alsoMatches: z.array(hexId).optional().describe('Other policies that match too, in the admin’s order'),
    lastPointAt: instant.optional(),
    lastPointStatus: z.enum(['complete', 'completeWithSkips', 'partial']).optional(),
    confirmedAt: instant
      .optional()
      .describe('Last moment at which the source was seen to be unchanged since the newest restore point'),
    goneSince: instant.optional(),
    retention: KeptRules.optional().describe('How long its copies are kept: by its policy, or by its last one'),
    heldRetention: KeptRules.safeExtend({ since: instant })
      .optional()
      .describe('Longer rules of a policy that it came from; they count until those of the present one are accepted'),
    expiryPaused: ExpiryPaused.optional().describe(
      'Nothing of it expires until an administrator looked at what happened',
    ),
    expiryRefused: z
      .object({ since: instant, why: z.string() })
      .optional()
      .describe('Nothing of it expires until what is said here is put right; for those who see the whole tenant'),
    held: z.boolean().optional().describe('A legal hold is in force; told to administrators and auditors alone'),
    heldUntil: instant
      .optional()
      .describe('When the last hold on it ends by itself; absent while one is in force that has no end'),
    damaged: Damaged.optional().describe(
      'What of its copies is known to be damaged and was not healed; for those who see the whole tenant, absent where nothing is',
    ),
    lastCopyEnds: instant
      .optional()
      .describe('Nobody protects it any more: when its last copy goes. Told 14 days before'),
    counts: PointCounts,
    bytes: count,
  })
  .meta({ id: 'Resource' });
export type Resource = z.infer<typeof Resource>;

export const ResourceList = listOf(Resource).extend({
  unreadable: z
    .array(hexId)
    .optional()
    .describe(
      'Resources whose records lie on this page and do not open, whatever was asked for: they were changed outside of Holdfast. For those who see the whole tenant',
    ),
});

export const Point = z
  .object({
    id: hexId,
    takenAt: instant,
    confirmedAt: instant.optional(),
    status: z.enum(['complete', 'completeWithSkips', 'partial']),
    reason: z.string().optional(),
    counts: PointCounts,
    bytes: count,
    keptBecause: z
      .array(z.string())
      .optional()
      .describe(
        'Why it is still there, in the words that retention decides by; for those who see the whole tenant. Legal holds are told to administrators and auditors alone: absent where nothing else keeps it',
      ),
    expiresAt: instant.optional().describe('When it goes if nothing else happens; absent where nothing ends its stay'),
  })
  .meta({ id: 'Point' });
export type Point = z.infer<typeof Point>;

const itemFields = {
  id: hexId,
  sourceId: graphId,
  parentId: hexId.optional(),
  name: z.string(),
  kind: z.string(),
  container: z.boolean().describe('Can it be opened?'),
  path: z.string().describe('Names of the containers it lies in, each after a `/`'),
  size: count,
  createdAt: z.string().optional(),
  modifiedAt: z.string().optional(),
  from: z.string().optional(),
  to: z.array(z.string()).optional(),
  sentAt: z.string().optional(),
  receivedAt: z.string().optional(),
  role: z.string().optional().describe('Well-known role of a container, whatever its name'),
  sha256: z
    .string()
    .optional()
    .describe('SHA-256 of the bytes that `format=original` gives; absent when there are none'),
  versionCount: count.optional().describe('States of this item that some restore point holds'),
  deletedAt: instant.optional().describe('Not in the newest restore point; seen gone at this time'),
  flags: z.array(z.string()).optional(),
};

export const Item = z.object(itemFields).meta({ id: 'Item' });
export type Item = z.infer<typeof Item>;

/** One state of an item. Pass `pointId` as `at` to read it. */
export const ItemVersion = z
  .object({ ...itemFields, pointId: hexId, validFrom: instant, validTo: instant.optional() })
  .meta({ id: 'ItemVersion' });
export type ItemVersion = z.infer<typeof ItemVersion>;

/** `state` compares with our newest restore point, not with Microsoft 365 as it is now. */
export const SearchHit = z
  .object({
    resourceId: hexId,
    item: Item,
    point: Point,
    state: z.enum(['same', 'newer', 'deleted', 'unknown']),
  })
  .meta({ id: 'SearchHit' });
export type SearchHit = z.infer<typeof SearchHit>;

/** `searching` is true while not everything was looked at: more may follow behind `nextPageToken`, even after an empty page. */
export const SearchAnswer = z
  .object({
    value: z.array(SearchHit),
    nextPageToken: z.string().optional(),
    searching: z.boolean(),
    coverage: z.object({
      resources: count.describe('Resources that this search may look into'),
      searched: count.describe('… of which are done'),
      items: count.describe('Items looked at for this page'),
      from: instant.optional().describe('Deleted items are found back to this time'),
    }),
    understood: z.array(z.string()).describe('How the search was understood, in words'),
    incomplete: z
      .array(z.object({ resourceId: hexId, name: z.string(), workload: z.string() }))
      .optional()
      .describe(
        'Resources whose copy turned out damaged or gone from storage while this page was looked for: what they hold may be missing. A search is whole when none of its pages names one',
      ),
  })
  .meta({ id: 'SearchAnswer' });
export type SearchAnswer = z.infer<typeof SearchAnswer>;
