import { isDeepStrictEqual } from 'node:util';
import { isFault } from '../fault.ts';
import type { Instant, UserId } from '../model/ids.ts';
import type { BackupPolicy, HeldRetention } from '../model/policy.ts';
import type { ChangeWish, WaitingChange } from '../model/waitingChange.ts';
import { giveUp } from './giveUp.ts';
import { longerOf } from './heldRetention.ts';
import type { ChangeServices } from './waitingChanges.ts';

/** What a wish is about, for the audit. */
export function describe(wish: ChangeWish): Readonly<Record<string, string>> {
  switch (wish.kind) {
    case 'shorterRetention':
      return {
        kind: wish.kind,
        policy: wish.policyId,
        before: JSON.stringify(wish.before),
        after: JSON.stringify(wish.after),
      };
    case 'releaseHold':
      return { kind: wish.kind, hold: wish.holdId };
    case 'rotateKeys':
      return { kind: wish.kind, from: String(wish.from) };
    case 'giveUpPoint':
      return { kind: wish.kind, resource: wish.resourceId, point: wish.pointId };
  }
}

/** Carries a wish out, or says why it is void. May be repeated: what is done already counts as applied. */
export function applyWish(
  services: ChangeServices,
  change: Extract<WaitingChange, { state: 'approved' }>,
  now: Instant,
): Promise<string> {
  const { wish } = change;
  switch (wish.kind) {
    case 'shorterRetention':
      return shorten(services, change, wish);
    case 'releaseHold':
      return release(services, change, wish, now);
    case 'rotateKeys':
      return rotate(services, change, wish);
    case 'giveUpPoint':
      return giveUp(services, change, wish, now);
  }
}

async function rotate(
  services: ChangeServices,
  { askedBy, askedByName }: Extract<WaitingChange, { state: 'approved' }>,
  { from }: Extract<ChangeWish, { kind: 'rotateKeys' }>,
): Promise<string> {
  await services.rotateKeys(whoOf(askedBy, askedByName), from);
  return 'applied';
}

const whoOf = (who: UserId, name: string | undefined) => ({ who, ...(name !== undefined && { name }) });
const approver = (name: string | undefined): Readonly<Record<string, string>> =>
  name === undefined ? {} : { approvedByName: name };

/** The rules of a policy itself, without what holds beside them. */
export const ownRules = ({ retention, keepGoneDays }: BackupPolicy): HeldRetention => ({ ...retention, keepGoneDays });

async function shorten(
  services: ChangeServices,
  { id, askedBy, askedByName, askedAt, approvedBy, approvedByName }: Extract<WaitingChange, { state: 'approved' }>,
  { policyId, before, after }: Extract<ChangeWish, { kind: 'shorterRetention' }>,
): Promise<string> {
  const { records } = services;
  const stored = await records.policies.get(policyId);
  if (stored === undefined) return 'the policy was removed meanwhile';
  const { heldRetention, ...policy } = stored.value;
  if (!isDeepStrictEqual(ownRules(policy), after)) return 'the retention of the policy was changed meanwhile';
  if (heldRetention !== undefined && longerOf(heldRetention, before) !== undefined)
    return 'longer rules hold now than those that were looked at';
  // What came to the policy after it was asked was not looked at: it goes on being held.
  const accepted: BackupPolicy = { ...policy, retentionAcceptedAt: askedAt };
  const isDone = heldRetention === undefined && (policy.retentionAcceptedAt ?? '') >= askedAt;
  if (!isDone) {
    const on = {
      policy: policyId,
      name: policy.name,
      before: JSON.stringify(before),
      after: JSON.stringify(after),
      change: id,
      approvedBy,
      ...approver(approvedByName),
    };
    const noted = {
      at: askedAt,
      ...whoOf(askedBy, askedByName),
      action: 'policy.acceptRetention',
      on,
      result: 'done',
    } as const;
    await records.policies.update(accepted, stored.etag, noted);
  }
  await services.applyPolicies();
  return 'applied';
}

async function release(
  { records }: ChangeServices,
  { id, askedBy, askedByName, approvedBy, approvedByName }: Extract<WaitingChange, { state: 'approved' }>,
  { holdId }: Extract<ChangeWish, { kind: 'releaseHold' }>,
  now: Instant,
): Promise<string> {
  const stored = await records.holds.get(holdId);
  if (stored === undefined) return 'there is no such hold';
  if (stored.value.releasedAt !== undefined) return 'applied';
  const named = askedByName === undefined ? {} : { releasedByName: askedByName };
  const released = { ...stored.value, releasedBy: askedBy, ...named, releasedAt: now };
  const on = { hold: holdId, reason: stored.value.reason, change: id, approvedBy, ...approver(approvedByName) };
  try {
    const noted = { at: now, ...whoOf(askedBy, askedByName), action: 'hold.release', on, result: 'done' } as const;
    await records.holds.update(holdId, released, stored.etag, noted);
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
    if ((await records.holds.get(holdId))?.value.releasedAt === undefined) throw error;
  }
  return 'applied';
}
