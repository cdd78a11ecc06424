import { Fault } from '../fault.ts';
import type { PointId, ResourceId } from '../model/ids.ts';
import type { WaitingChange } from '../model/waitingChange.ts';
import { refusalOf, shownPoint } from './giveUp.ts';
import { storageNow } from './storageClock.ts';
import { askForChange, type Administrator, type ChangeServices } from './waitingChanges.ts';

/**
 * Asks that a restore point is given up whose root is lost for good, so that the sweep can go on: another administrator
 * has to agree. Faults `not-found`, `conflict` (`readable`: its root opens; `held`: a legal hold is in force).
 */
export async function askToGiveUp(
  services: ChangeServices,
  by: Administrator,
  resourceId: ResourceId,
  pointId: PointId,
  reason: string,
): Promise<WaitingChange> {
  if ((await shownPoint(services, resourceId, pointId)) === undefined)
    throw new Fault('not-found', 'There is no such restore point.', { origin: 'input' });
  const refusal = await refusalOf(services, resourceId, pointId, await storageNow(services.blobs));
  if (refusal !== undefined) throw new Fault('conflict', refusal.words, { origin: 'input', code: refusal.code });
  return askForChange(services, by, { kind: 'giveUpPoint', resourceId, pointId }, reason);
}
