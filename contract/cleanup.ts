import { z } from 'zod';
import { count, instant } from './primitives.ts';
import { Reason } from './retention.ts';
import type { Route } from './route.ts';
import { admins, ok } from './routeParts.ts';

/** What one cycle of the cleanup came to. */
export const CleanupCycle = z
  .object({
    startedAt: instant,
    finishedAt: instant.optional().describe('Absent when it was refused'),
    condemned: count.describe('Objects that nothing needs; they go in a later cycle, a day or more from then'),
    spared: count.describe('Objects that were to go and are needed after all'),
    deleted: count,
    bytesFreed: count,
    retained: count.describe('Removals that the storage account refused: an immutability policy or a hold of Azure'),
    repacked: count.describe('Packs of which little was needed, written into others'),
    extended: count
      .optional()
      .describe('Needed objects whose write protection was about to end and was put off, where storage has it'),
    notExtended: count.optional().describe('The same, where storage did not let: their protection ends'),
    lacking: count.describe('Packs that restore points need and storage does not have'),
    lackingAccepted: count
      .optional()
      .describe('Of these those whose loss an administrator accepted; they warn no more'),
    refused: z.string().optional().describe('Why nothing was removed, and the way on'),
    listingShrank: z
      .boolean()
      .describe('It was refused because storage lists fewer objects than before: an administrator may accept the list'),
  })
  .meta({ id: 'CleanupCycle' });
export type CleanupCycle = z.infer<typeof CleanupCycle>;

/** Packs that are needed and gone, and whose loss nobody accepted. */
export const lackingUnaccepted = ({ lacking, lackingAccepted = 0 }: CleanupCycle): number => lacking - lackingAccepted;

/** Removing what no restore point needs any more. */
export const Cleanup = z
  .object({
    last: CleanupCycle.optional().describe('Absent before the first one'),
    isRunning: z.boolean().describe('Somebody is at it this moment'),
    nextAt: instant.describe('When it goes on, or begins anew. A time that is over means: within minutes'),
  })
  .meta({ id: 'Cleanup' });
export type Cleanup = z.infer<typeof Cleanup>;

export const cleanupRoutes = {
  getCleanup: {
    summary: 'What the last cleanup of storage removed, or why it refused to, and when the next one is due',
    allow: ['admin', 'auditor'],
    apps: true,
    answer: ok(Cleanup),
  },
  acceptListing: {
    summary: 'It is known why objects are gone from storage: the next cleanup takes the list as it is',
    allow: admins,
    body: Reason,
    answer: ok(Cleanup),
  },
} as const satisfies Readonly<Record<string, Route>>;
