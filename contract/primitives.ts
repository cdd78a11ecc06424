import { z } from 'zod';

/** 32 hex: ids of policies, runs, resources, items, points and restore requests. */
export const hexId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits');

/** ISO 8601 UTC, as in `2026-11-21T10:42:00.000Z`. */
export const instant = z.iso.datetime();

/** Any ISO 8601 time that names its zone; used where people and programs send times. */
export const anyTime = z.iso.datetime({ offset: true });

/** An object id of Entra. */
export const graphId = z.string().min(1).max(512);

export const count = z.number().int().min(0);

/** `latest`, the id of a restore point, or a time: the newest restore point taken at or before it. */
export const moment = z
  .union([z.literal('latest'), hexId, anyTime])
  .describe('`latest`, the id of a restore point, or an ISO 8601 time');

/** One page of a list. Another page follows exactly when there is a `nextPageToken`. */
export const listOf = <Element extends z.ZodType>(element: Element) =>
  z.object({ value: z.array(element), nextPageToken: z.string().optional() });

/** What every list takes. */
export const paging = {
  pageToken: z.string().min(1).max(4096).optional().describe('`nextPageToken` of the page before'),
  pageSize: z.coerce
    .number<number | string>()
    .int()
    .min(1)
    .max(200)
    .optional()
    .describe('At most this many (1–200, default 50)'),
};

/** `true` or `false` in a query. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** Times of day `HH:MM` and IANA zones. */
export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 07:00');
export const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
