import type { Instant } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { LogHead } from './recordLog.ts';

const prefix = 'records/';

/** `records/{time}-{number}-{random}`: two who try the same number never meet in one blob. */
export const logBlobName = (at: Instant, sequence: number, random: Random): string =>
  `${prefix}${at}-${String(sequence).padStart(12, '0')}-${Buffer.from(random.bytes(4)).toString('hex')}`;

export interface LogBlob {
  readonly name: string;
  readonly sequence: number;
}

/** Blobs of the log in order of their time, of the given months (`2026-11`) or all. */
export async function* logBlobs(blobs: BlobStore, months: readonly string[] = ['']): AsyncIterable<LogBlob> {
  for (const month of months) {
    let pageToken: string | undefined;
    do {
      const page = await blobs.list('repository', `${prefix}${month}`, pageToken);
      for (const { name } of page.blobs) {
        const sequence = /-(\d{12})-[0-9a-f]{8}$/.exec(name)?.[1];
        if (sequence !== undefined) yield { name, sequence: Number(sequence) };
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }
}

/** The highest number among the blobs, and the blobs that carry it; looks from the month of `head` on. */
export async function newestLogged(
  blobs: BlobStore,
  head: LogHead,
  clock: Clock,
): Promise<{ readonly sequence: number; readonly names: readonly string[] }> {
  let newest: { sequence: number; names: string[] } = { sequence: 0, names: [] };
  for await (const { name, sequence } of logBlobs(blobs, monthsSince(head, clock))) {
    if (sequence > newest.sequence) newest = { sequence, names: [name] };
    else if (sequence === newest.sequence) newest.names.push(name);
  }
  return newest;
}

const dayMs = 24 * 3_600_000;

/** Clocks of two machines may differ, so a little more than the time between. */
function monthsSince(head: LogHead, clock: Clock): readonly string[] {
  if (head.blob === undefined) return [''];
  const headAt = Date.parse(head.blob.slice(prefix.length, prefix.length + '2026-11-21T00:00:00.000Z'.length));
  const from = new Date(headAt - 2 * dayMs);
  const to = Math.max(headAt, clock.now()) + 2 * dayMs;
  const months: string[] = [];
  for (let month = Date.UTC(from.getUTCFullYear(), from.getUTCMonth()); month <= to;) {
    const at = new Date(month);
    months.push(at.toISOString().slice(0, 7));
    month = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
  }
  return months;
}
