import { Fault, isFault } from '../fault.ts';
import { instant, type Instant, type UserId } from '../model/ids.ts';
import { isOpen, type ChangeWish, type WaitingChange } from '../model/waitingChange.ts';
import type { KeyFlow } from '../keys/keyFlow.ts';
import type { Random } from '../ports/random.ts';
import type { NewAuditEntry, Versioned } from '../records/records.ts';
import { newId } from '../repository/newId.ts';
import { isAlone, type RolePeople } from '../restore/rights.ts';
import { applyWish, describe } from './applyWish.ts';
import type { RetentionServices } from './retentionServices.ts';
import { dayMs } from './slots.ts';
import { storageNow } from './storageClock.ts';

/** So long somebody may agree. */
const openMs = 3 * dayMs;
/** So long after that a change can still be withdrawn before it takes effect. */
const delayMs = dayMs;

export interface ChangeServices extends Pick<RetentionServices, 'repository' | 'records' | 'blobs' | 'log'> {
  readonly random: Random;
  /** Who could agree, as far as Holdfast knows. */
  people(): Promise<RolePeople>;
  /** The known resources are as the policies mean them from now on. */
  applyPolicies(): Promise<void>;
  /** Adds a key after the epoch `from`; does nothing where there is one. */
  rotateKeys: KeyFlow['rotate'];
}

/** Told to administrators: something waits for their consent, or is about to take effect without one. */
export interface ChangeWaiting {
  readonly kind: 'changeWaiting';
  readonly change: string;
}

/** An administrator who asks, agrees or withdraws. */
export interface Administrator {
  readonly id: UserId;
  readonly name: string;
}

/**
 * Asks for what makes protection weaker. A second administrator has to agree; where there is one alone, who said so, it
 * goes without and always waits a day. The same wish that waits already is answered as it is.
 */
export async function askForChange(
  services: ChangeServices,
  asker: Administrator,
  wish: ChangeWish,
  reason?: string,
): Promise<WaitingChange> {
  const { records, random } = services;
  const now = await storageNow(services.blobs);
  // With one whose time is over nobody can agree any more.
  const waiting = (await records.waitingChanges.list()).find(
    ({ value }) => isOpen(value) && !isLapsed(value, now) && JSON.stringify(value.wish) === JSON.stringify(wish),
  );
  if (waiting) return waiting.value;
  const people = await services.people();
  const asked = {
    id: newId(random),
    wish,
    ...(reason !== undefined && { reason }),
    askedBy: asker.id,
    ...(asker.name !== '' && { askedByName: asker.name }),
    askedAt: now,
  };
  const alone = isAlone(people) && people.admins[0] === asker.id;
  const change: WaitingChange = alone
    ? { ...asked, state: 'approved', approvedBy: 'noSecondPerson', approvedAt: now, effectiveAt: later(now, delayMs) }
    : { ...asked, state: 'asked' };
  await records.waitingChanges.create(change.id, change, entry(now, asker, 'change.ask', change));
  await records.outbox.add(`change-${change.id}`, { kind: 'changeWaiting', change: change.id } satisfies ChangeWaiting);
  return change;
}

/**
 * Agrees with what another administrator asked for; who agrees too late is answered that it is void. Faults `forbidden` for
 * an own wish, `conflict` when it is not open any more.
 */
export async function approveChange(services: ChangeServices, by: Administrator, id: string): Promise<WaitingChange> {
  const stored = await find(services, id);
  const { value } = stored;
  if (value.askedBy === by.id)
    throw new Fault('forbidden', 'Nobody agrees with a wish of their own: another administrator has to.', {
      origin: 'input',
    });
  if (value.state !== 'asked') throw notOpen(value);
  const now = await storageNow(services.blobs);
  if (isLapsed(value, now)) return end(services, stored, now, lapsed);
  const approved: WaitingChange = {
    ...value,
    state: 'approved',
    approvedBy: by.id,
    ...(by.name !== '' && { approvedByName: by.name }),
    approvedAt: now,
    effectiveAt: value.wish.kind === 'shorterRetention' ? later(now, delayMs) : now,
  };
  const noted = entry(now, by, 'change.approve', approved);
  const written = await services.records.waitingChanges.update(id, approved, stored.etag, noted);
  if (approved.effectiveAt > now) return approved;
  try {
    return await takeEffect(services, written, now);
  } catch (error) {
    // The consent counts. What it needs is busy or away at this moment: the next tick carries it out.
    if (!isFault(error)) throw error;
    services.log.warn('retention.changeLater', { change: id, kind: error.kind, origin: error.origin });
    return approved;
  }
}

/** Takes it back before it takes effect; any administrator may. Fault `conflict` when it is not open any more. */
export async function withdrawChange(services: ChangeServices, by: Administrator, id: string): Promise<WaitingChange> {
  const stored = await find(services, id);
  const { value } = stored;
  if (!isOpen(value)) throw notOpen(value);
  const now = await storageNow(services.blobs);
  const named = by.name === '' ? {} : { endedByName: by.name };
  const withdrawn: WaitingChange = { ...askedOf(value), state: 'withdrawn', endedAt: now, endedBy: by.id, ...named };
  await services.records.waitingChanges.update(
    id,
    withdrawn,
    stored.etag,
    entry(now, by, 'change.withdraw', withdrawn),
  );
  return withdrawn;
}

/** Carries out what is due, and ends what nobody agreed with in time. For a timer: may fire twice or never, be killed anywhere. */
export async function applyDueChanges(services: ChangeServices): Promise<void> {
  const open = (await services.records.waitingChanges.list()).filter(({ value }) => isOpen(value));
  if (open.length === 0) return;
  const now = await storageNow(services.blobs);
  for (const stored of open) {
    const { value } = stored;
    try {
      if (value.state === 'approved' && value.effectiveAt <= now) await takeEffect(services, stored, now);
      else if (isLapsed(value, now)) await end(services, stored, now, lapsed);
    } catch (error) {
      // Somebody changed it or the policy at this moment, or what it needs is away: the next tick looks again. None keeps the
      // others from their turn.
      if (!isFault(error)) throw error;
      services.log.warn('retention.changeLater', { change: value.id, kind: error.kind, origin: error.origin });
    }
  }
}

const lapsed = 'nobody agreed within three days';
const isLapsed = ({ state, askedAt }: WaitingChange, now: Instant): boolean =>
  state === 'asked' && later(askedAt, openMs) <= now;

async function takeEffect(
  services: ChangeServices,
  stored: Versioned<WaitingChange>,
  now: Instant,
): Promise<WaitingChange> {
  const { value, etag } = stored;
  if (value.state !== 'approved') return value;
  const outcome = await applyWish(services, value, now);
  if (outcome !== 'applied') return end(services, stored, now, outcome);
  const applied: WaitingChange = { ...value, state: 'applied', endedAt: now };
  const noted = { ...entry(now, { id: value.askedBy, name: '' }, 'change.applied', applied), who: 'system' as const };
  await services.records.waitingChanges.update(value.id, applied, etag, noted);
  return applied;
}

async function end(
  { records }: ChangeServices,
  { value, etag }: Versioned<WaitingChange>,
  now: Instant,
  why: string,
): Promise<WaitingChange> {
  const ended: WaitingChange = { ...askedOf(value), state: 'void', endedAt: now, why };
  const noted = { ...entry(now, { id: value.askedBy, name: '' }, 'change.void', ended), who: 'system' as const };
  await records.waitingChanges.update(value.id, ended, etag, noted);
  return ended;
}

async function find({ records }: ChangeServices, id: string): Promise<Versioned<WaitingChange>> {
  const stored = await records.waitingChanges.get(id);
  if (stored) return stored;
  throw new Fault('not-found', 'There is no such change waiting.', { origin: 'input' });
}

const askedOf = ({ id, wish, reason, askedBy, askedByName, askedAt }: WaitingChange) => ({
  id,
  wish,
  ...(reason !== undefined && { reason }),
  askedBy,
  ...(askedByName !== undefined && { askedByName }),
  askedAt,
});

const notOpen = ({ state }: WaitingChange): Fault =>
  new Fault('conflict', `This change is ${state}: nothing can be decided about it any more.`, {
    origin: 'input',
    code: state,
  });

const later = (time: Instant, ms: number): Instant => instant(Date.parse(time) + ms);

function entry(at: Instant, { id, name }: Administrator, action: string, change: WaitingChange): NewAuditEntry {
  const on = {
    change: change.id,
    ...describe(change.wish),
    ...('effectiveAt' in change && { effectiveAt: change.effectiveAt }),
    ...('approvedBy' in change && { approvedBy: change.approvedBy }),
    ...('approvedByName' in change && { approvedByName: change.approvedByName }),
    ...('why' in change && { why: change.why }),
  };
  return { at, who: id, ...(name !== '' && { name }), action, on, result: 'done' };
}
