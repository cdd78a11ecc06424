import { covers, isInForce } from '../model/hold.ts';
import type { Instant, PointId, ResourceId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { ChangeWish, WaitingChange } from '../model/waitingChange.ts';
import { readRecord } from '../records/everyResource.ts';
import { noteExpired } from './expiryNotes.ts';
import { allPoints } from './retentionFacts.ts';
import type { ChangeServices } from './waitingChanges.ts';

/** Carries it out, or says why it is void. May be repeated. Fault `conflict`: a backup is under way, try again later. */
export async function giveUp(
  services: ChangeServices,
  { id, askedBy, askedByName, approvedBy, reason = '' }: Extract<WaitingChange, { state: 'approved' }>,
  { resourceId, pointId }: Extract<ChangeWish, { kind: 'giveUpPoint' }>,
  now: Instant,
): Promise<string> {
  const point = await shownPoint(services, resourceId, pointId);
  if (point !== undefined) {
    const refusal = await refusalOf(services, resourceId, pointId, now);
    if (refusal !== undefined) return refusal.words;
    const on = { resource: resourceId, point: pointId, takenAt: point.takenAt, reason, change: id, approvedBy };
    const who = { who: askedBy, ...(askedByName !== undefined && { name: askedByName }) };
    await services.records.audit.append({ at: now, ...who, action: 'point.giveUp', on, result: 'done' });
  }
  await services.repository.expiry.giveUp(resourceId, pointId, (gone) => noteExpired(services, resourceId, gone, now));
  return 'applied';
}

/** As its row shows it; undefined when there is none. */
export const shownPoint = async (
  services: ChangeServices,
  resource: ResourceId,
  id: PointId,
): Promise<RestorePoint | undefined> => (await allPoints(services, resource)).find((point) => point.id === id);

/** Why a point is not given up. */
export async function refusalOf(
  { records, repository }: ChangeServices,
  resourceId: ResourceId,
  point: PointId,
  now: Instant,
): Promise<{ readonly code: string; readonly words: string } | undefined> {
  const resource = await readRecord(records, resourceId);
  if (resource === 'unreadable')
    return { code: 'held', words: 'its record cannot be read, and a legal hold may be in force' };
  const holds = await records.holds.list();
  // Its root may come back from a copy, and what it names is still there: nothing of it goes under a hold.
  if (resource !== undefined && holds.some(({ value }) => covers(value, resource) && isInForce(value, now)))
    return { code: 'held', words: 'a legal hold is in force' };
  if ((await repository.expiry.lossOf(resourceId, point)) === undefined)
    return { code: 'readable', words: 'this restore point can be read' };
  return undefined;
}
