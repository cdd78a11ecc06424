import { isFault } from '../fault.ts';
import type { Drill } from '../model/drill.ts';
import { isInForce } from '../model/hold.ts';
import type { Instant } from '../model/ids.ts';
import type { Verification } from '../model/verification.ts';
import type { AuditEntry, Records } from '../records/records.ts';
import { allPages } from './allPages.ts';

/** What became of copies that were there before, for whoever wants a summary. */
export interface DigestCare {
  /** Restore points that expired, and what left storage after that. Absent where the audit does not open. */
  readonly gone?: { readonly points: number; readonly objects: number; readonly bytes: number };
  readonly holdsInForce: number;
  /** The newest that looked at everything and came to its end, whenever that was. */
  readonly verification?: { readonly at: Instant; readonly findings: number };
  /** The newest rehearsal that came to its end. */
  readonly drill?: { readonly at: Instant; readonly items: number; readonly failed: number };
}

type CareRecords = Pick<Records, 'audit' | 'holds' | 'inspections'>;

/** `gone` counts [from, to); the rest is as it is now, which is `to` for those who ask in time. */
export async function careOf(records: CareRecords, from: Instant, to: Instant): Promise<DigestCare> {
  const [gone, holds, verification, drill] = await Promise.all([
    goneOf(records, from, to),
    records.holds.list(),
    newest<Verification>(records, 'verify', ({ state, resource }) => state === 'done' && resource === undefined),
    newest<Drill>(records, 'drill', ({ state }) => state === 'done'),
  ]);
  return {
    ...(gone && { gone }),
    holdsInForce: holds.filter(({ value }) => isInForce(value, to)).length,
    ...(verification?.finishedAt && {
      verification: { at: verification.finishedAt, findings: verification.found.items + verification.found.others },
    }),
    ...(drill?.finishedAt && { drill: { at: drill.finishedAt, items: drill.items, failed: drill.failed } }),
  };
}

/** Expiry and cleanup write down what goes; undefined where that was tampered with, which safe mode and verification tell. */
async function goneOf({ audit }: CareRecords, from: Instant, to: Instant): Promise<DigestCare['gone']> {
  const gone = { objects: 0, bytes: 0 };
  const points = new Set<string>();
  try {
    for (let pageToken: string | undefined, more = true; more;) {
      const page = await audit.list(pageToken);
      for (const entry of page.value) if (entry.at >= from && entry.at < to) add(gone, points, entry);
      pageToken = page.nextPageToken;
      // Some entries carry an earlier time than those before them: a page of nothing but older ones ends it.
      more = pageToken !== undefined && page.value.some(({ at }) => at >= from);
    }
  } catch (error) {
    if (!isFault(error, 'corrupt', 'missing')) throw error;
    return undefined;
  }
  return { points: points.size, ...gone };
}

/** A point goes once, and may be told twice. */
function add(gone: { objects: number; bytes: number }, points: Set<string>, { action, on }: AuditEntry): void {
  if (action === 'points.expired') for (const id of on['points']?.split(', ') ?? []) points.add(id);
  if (action !== 'sweep.cycle') return;
  gone.objects += Number(on['deleted'] ?? 0);
  gone.bytes += Number(on['bytes'] ?? 0);
}

async function newest<T>(
  { inspections }: CareRecords,
  kind: 'verify' | 'drill',
  isMeant: (one: T) => boolean,
): Promise<T | undefined> {
  for await (const { value } of allPages((token) => inspections.list(kind, token)))
    if (isMeant(value as T)) return value as T;
  return undefined;
}
