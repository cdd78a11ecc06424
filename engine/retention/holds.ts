import { Fault } from '../fault.ts';
import type { HoldTarget, LegalHold } from '../model/hold.ts';
import type { Instant, ResourceId } from '../model/ids.ts';
import type { WaitingChange } from '../model/waitingChange.ts';
import { newId } from '../repository/newId.ts';
import { storageNow } from './storageClock.ts';
import { askForChange, type Administrator, type ChangeServices } from './waitingChanges.ts';

export interface NewHold {
  readonly on: HoldTarget;
  readonly reason: string;
  readonly until?: Instant;
}

/**
 * Holds everything of a person, a site, a team or one resource from now on; of a person or a place also what is found of
 * them later. Faults `not-found` for a resource that nobody knows, `invalid` when it would be over already.
 */
export async function setHold(services: ChangeServices, by: Administrator, wish: NewHold): Promise<LegalHold> {
  const now = await storageNow(services.blobs);
  if (wish.until !== undefined && wish.until <= now)
    throw new Fault('invalid', 'A hold ends in the future, or when it is released.', { origin: 'input' });
  if (
    wish.on.kind === 'resource' &&
    (await services.records.resources.get(wish.on.sourceId as ResourceId)) === undefined
  )
    throw new Fault('not-found', 'There is no mailbox, drive, site or team with this id.', { origin: 'input' });
  const hold: LegalHold = {
    ...wish,
    id: newId(services.random),
    setBy: by.id,
    ...(by.name !== '' && { setByName: by.name }),
    setAt: now,
  };
  const on = {
    hold: hold.id,
    kind: wish.on.kind,
    sourceId: wish.on.sourceId,
    reason: wish.reason,
    ...(wish.until !== undefined && { until: wish.until }),
  };
  const who = { who: by.id, ...(by.name !== '' && { name: by.name }) };
  await services.records.holds.create(hold.id, hold, { at: now, ...who, action: 'hold.set', on, result: 'done' });
  return hold;
}

/** Asks for the release of a hold: another administrator has to agree. Faults `not-found`, `conflict` when it is released. */
export async function askForRelease(
  services: ChangeServices,
  by: Administrator,
  holdId: string,
  reason?: string,
): Promise<WaitingChange> {
  const stored = await services.records.holds.get(holdId);
  if (stored === undefined) throw new Fault('not-found', 'There is no such hold.', { origin: 'input' });
  if (stored.value.releasedAt !== undefined)
    throw new Fault('conflict', 'This hold is released already.', { origin: 'input', code: 'released' });
  return askForChange(services, by, { kind: 'releaseHold', holdId }, reason);
}

/** Expiry of a resource goes on: an administrator looked at what happened. Nothing happens when it is not paused. */
export async function liftBrake(
  { records, blobs }: ChangeServices,
  by: Administrator,
  resource: string,
  reason: string,
): Promise<void> {
  const stored = await records.brakes.get(resource);
  if (stored === undefined) return;
  const { runId, changed, removed, of } = stored.value;
  const on = { resource, run: runId, changed: `${changed}`, removed: `${removed}`, of: `${of}`, reason };
  const who = { who: by.id, ...(by.name !== '' && { name: by.name }) };
  const noted = { at: await storageNow(blobs), ...who, action: 'expiry.resume', on, result: 'done' } as const;
  await records.brakes.remove(resource, stored.etag, noted);
}
