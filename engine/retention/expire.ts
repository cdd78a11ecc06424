import { isFault } from '../fault.ts';
import type { Instant, PointId, ResourceId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { ProtectedResource } from '../model/resource.ts';
import { mostAtOnce } from '../repository/expiry.ts';
import { decideRetention, noticeDays, type Decision, type RetentionFacts } from './decideRetention.ts';
import { noteExpired, noteExpiring } from './expiryNotes.ts';
import { clearRefusal, noteRefusal } from './expiryRefusals.ts';
import { allPoints, factsOf, rulesOf } from './retentionFacts.ts';
import type { RetentionServices } from './retentionServices.ts';
import { daysAfter, latest } from './slots.ts';
import { isProtected, readStanding, writeStanding, type Standing } from './standing.ts';
import { checkSkew, storageNow } from './storageClock.ts';

/** What one pass over a resource came to. */
export type Pass =
  | { readonly kind: 'passed'; readonly kept: number; readonly expired: readonly PointId[] }
  /** Nothing was decided: `why` in words, for the log and for people; see `listRefusals`. */
  | { readonly kind: 'refused'; readonly why: string };

/** Told once, 14 days before the last copy of somebody who left goes. */
export interface LastCopyEnds {
  readonly kind: 'lastCopyEnds';
  readonly resource: ResourceId;
  readonly leftSince: Instant;
  readonly endsAt: Instant;
}

/**
 * One pass over one resource: what retention lets go stops being visible. Judges by the storage clock alone, looks at
 * holds, pins, brake, policy and state anew right before each point goes, and writes down what goes before it does.
 * Nothing else makes points disappear; no blob is removed here. May be repeated, be killed anywhere and run twice at once.
 * Where something of the resource does not open, it answers so: no other try of today would find anything else.
 */
export async function expireResource(services: RetentionServices, id: ResourceId): Promise<Pass> {
  const now = await refusalOf(services);
  if (typeof now === 'object') {
    await noteRefusal(services, undefined, now.why);
    return now;
  }
  await clearRefusal(services, undefined);
  try {
    const passed = await passOver(services, id, now);
    await clearRefusal(services, id);
    return passed;
  } catch (error) {
    if (!isFault(error, 'corrupt', 'missing', 'unsupported')) throw error;
    await noteRefusal(services, id, error.message);
    return refused(services, error.message, id);
  }
}

async function passOver(services: RetentionServices, id: ResourceId, now: Instant): Promise<Pass> {
  const resource = (await services.records.resources.get(id))?.value;
  if (resource === undefined) return { kind: 'refused', why: 'its record is missing' };
  const points = await allPoints(services, id);
  const standing = await lookedAt(services, resource, now);
  const decision = await decide(services, resource, points, standing, now);
  await announce(services, resource, decision, standing, now);

  const unfinished = await services.repository.expiry.unfinished(id);
  const going = goingOf(decision);
  const ids = unfinished.length > 0 ? unfinished : going.slice(0, mostAtOnce).map((point) => point.id);
  if (ids.length === 0) return { kind: 'passed', kept: points.length, expired: [] };
  if (unfinished.length === 0) await noteExpiring(services, resource, going.slice(0, mostAtOnce));
  const expired = await services.repository.expiry.expire(
    id,
    ids,
    (point) => mayGo(services, id, points, point, now),
    (gone) => noteExpired(services, id, gone, now),
  );
  services.log.info('retention.expired', { resource: id, points: expired.length, asked: ids.length });
  if (unfinished.length > 0 || going.length > mostAtOnce) await services.queue.send('sweep', { expire: id });
  return { kind: 'passed', kept: points.length - expired.length, expired };
}

/** The time by the storage clock, or why nothing may be decided. */
async function refusalOf(services: RetentionServices): Promise<Instant | Extract<Pass, { kind: 'refused' }>> {
  if (await services.isInSafeMode()) return refused(services, 'the records are not whole');
  const now = await storageNow(services.blobs);
  try {
    checkSkew(now, services.clock);
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return refused(services, error.message);
  }
  return now;
}

function refused({ log }: RetentionServices, why: string, resource?: ResourceId): Extract<Pass, { kind: 'refused' }> {
  log.error('retention.refused', { why, ...(resource && { resource }) });
  return { kind: 'refused', why };
}

/** What earlier passes saw, with what this one sees. */
async function lookedAt({ tables }: RetentionServices, resource: ProtectedResource, now: Instant): Promise<Standing> {
  const before = await readStanding(tables, resource.id);
  const after: Standing = isProtected(resource) ? {} : { ...before, leftSince: before.leftSince ?? now };
  await writeStanding(tables, resource.id, before, after);
  return after;
}

async function decide(
  services: RetentionServices,
  resource: ProtectedResource,
  points: readonly RestorePoint[],
  standing: Standing,
  now: Instant,
): Promise<Decision> {
  const policies = (await services.records.policies.list()).map(({ value }) => value);
  const facts: RetentionFacts = await factsOf(services, resource, standing, now);
  return decideRetention(points, rulesOf(resource, policies), now, facts);
}

/** Oldest first, so that the newest is the last to go. */
const goingOf = ({ points }: Decision): readonly RestorePoint[] =>
  points.flatMap(({ keep, point }) => (keep ? [] : [point])).toReversed();

/** The whole decision once more, on what is true now: a hold that was set a moment ago wins. */
async function mayGo(
  services: RetentionServices,
  id: ResourceId,
  points: readonly RestorePoint[],
  point: PointId,
  now: Instant,
): Promise<boolean> {
  const resource = (await services.records.resources.get(id))?.value;
  if (resource === undefined || (await services.isInSafeMode())) return false;
  const decision = await decide(services, resource, points, await readStanding(services.tables, id), now);
  return decision.points.some((verdict) => verdict.point.id === point && !verdict.keep);
}

/** Tells of the coming end of a last copy, and takes that back when it is put off. */
async function announce(
  { records, tables }: RetentionServices,
  { id }: ProtectedResource,
  { lastCopyEnds }: Decision,
  standing: Standing,
  now: Instant,
): Promise<void> {
  const { leftSince, announcedAt, ...rest } = standing;
  const isDue = lastCopyEnds !== undefined && leftSince !== undefined && daysAfter(now, noticeDays) >= lastCopyEnds;
  if (!isDue) {
    await writeStanding(tables, id, standing, { ...rest, ...(leftSince && { leftSince }) });
    return;
  }
  if (announcedAt !== undefined) return;
  const endsAt = latest([lastCopyEnds, daysAfter(now, noticeDays)]) ?? lastCopyEnds;
  const notice: LastCopyEnds = { kind: 'lastCopyEnds', resource: id, leftSince, endsAt };
  await records.outbox.add(`lastCopy-${id}-${lastCopyEnds}`, notice);
  await writeStanding(tables, id, standing, { ...standing, announcedAt: now });
}
