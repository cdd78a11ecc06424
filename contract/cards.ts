import { z } from 'zod';
import { hexId } from './primitives.ts';

const version = z.union([z.string().min(1).max(200), z.number().int().min(0)]);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
/** Alarms that can be silent for a while, by their causes. */
const alarmCause = z.enum(['expiryPaused', 'sweepRefused', 'drillFailed', 'damageFound']);
const searchText = z.string().min(1).max(400);

/**
 * What a button of a card sends. Ids and the version the card was drawn at, never permissions: every press is
 * authorised anew and does nothing twice for one (id, verb, version).
 */
export const CardAction = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('help.show') }),
  z.strictObject({ verb: z.literal('status.show') }),
  z.strictObject({ verb: z.literal('failures.show') }),
  z.strictObject({ verb: z.literal('report.show') }),
  z.strictObject({ verb: z.literal('approvals.show') }),
  z.strictObject({ verb: z.literal('coverage.show') }),
  z.strictObject({ verb: z.literal('notifications.show') }),
  z.strictObject({
    verb: z.literal('notifications.save'),
    version,
    digest: z.enum(['weekly', 'daily', 'off']).optional(),
    troubles: z.enum(['on', 'off']).optional(),
    mute: z.enum(['none', 'keep', 'day', 'week', 'fixed']).optional(),
    /** `off` ends the quiet hours, `hold` and `pass` (of what is critical) set them from `quietFrom` to `quietTo`. */
    quiet: z.enum(['off', 'hold', 'pass']).optional(),
    quietFrom: timeOfDay.optional(),
    quietTo: timeOfDay.optional(),
  }),
  z.strictObject({ verb: z.literal('failures.retry'), runId: hexId, resourceId: hexId.optional() }),
  z.strictObject({ verb: z.literal('snooze.ask'), runId: hexId, resourceId: hexId.optional() }),
  z.strictObject({
    verb: z.literal('snooze.save'),
    runId: hexId,
    resourceId: hexId.optional(),
    for: z.enum(['day', 'week', 'fixed']),
  }),
  z.strictObject({ verb: z.literal('backup.ask') }),
  z.strictObject({
    verb: z.literal('backup.confirm'),
    policyId: hexId.optional(),
    resourceId: hexId.optional(),
    version,
  }),
  z.strictObject({ verb: z.literal('backup.dismiss') }),
  z.strictObject({ verb: z.literal('run.show'), runId: hexId }),
  z.strictObject({ verb: z.literal('run.cancel'), runId: hexId, version }),
  z.strictObject({ verb: z.literal('run.report'), runId: hexId }),
  z.strictObject({
    verb: z.literal('search.run'),
    q: searchText,
    deleted: z.boolean().optional(),
    person: z.string().max(512).optional(),
  }),
  z.strictObject({
    verb: z.literal('restore.form'),
    resourceId: hexId,
    itemId: hexId,
    at: z.string().max(64).optional(),
  }),
  z.strictObject({
    verb: z.literal('restore.check'),
    resourceId: hexId,
    itemId: hexId,
    at: z.string().max(64).optional(),
    version,
    destination: z.enum(['original', 'newFolder', 'download']).optional(),
    conflict: z.enum(['keepBoth', 'skipIfSame', 'replaceOlder', 'replace']).optional(),
    reason: z.string().max(1000).optional(),
  }),
  z.strictObject({ verb: z.literal('restore.show'), requestId: hexId }),
  z.strictObject({ verb: z.literal('restore.run'), requestId: hexId, version }),
  z.strictObject({ verb: z.literal('restore.cancel'), requestId: hexId, version }),
  z.strictObject({ verb: z.literal('restore.withdraw'), requestId: hexId, version }),
  z.strictObject({ verb: z.literal('restore.undo'), requestId: hexId, version }),
  z.strictObject({
    verb: z.literal('approval.approve'),
    requestId: hexId,
    version,
    reason: z.string().max(1000).optional(),
  }),
  z.strictObject({
    verb: z.literal('approval.decline'),
    requestId: hexId,
    version,
    reason: z.string().max(1000).optional(),
  }),
  z.strictObject({ verb: z.literal('snooze.askAlarm'), cause: alarmCause }),
  z.strictObject({ verb: z.literal('snooze.saveAlarm'), cause: alarmCause, for: z.enum(['day', 'week']) }),
  z.strictObject({ verb: z.literal('change.show'), changeId: hexId }),
  z.strictObject({ verb: z.literal('change.approve'), changeId: hexId, version }),
  z.strictObject({ verb: z.literal('change.withdraw'), changeId: hexId, version }),
]);
export type CardAction = z.infer<typeof CardAction>;
export type CardVerb = CardAction['verb'];
