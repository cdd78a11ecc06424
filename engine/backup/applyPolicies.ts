import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';
import { hasNothingToCopy, type ProtectedResource } from '../model/resource.ts';
import { keptRules } from '../retention/heldRetention.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import { decided, decidedBefore, isSame, noPolicy, policiesOf, switchedOff } from './discover.ts';
import { protectionOf, type GroupMembers } from './planRun.ts';

/** Nobody is asked: who is in a group stays as it was known. */
const asKnown: GroupMembers = new Map();
/** Records looked at and written at the same time. */
const atOnce = 16;

/**
 * Brings the known resources up to date with the policies as they are now, without asking Microsoft 365: what a policy
 * that was switched off, changed or removed leaves behind does not go on counting as protected until some other run
 * looks. Writes only what changes; may be repeated and killed anywhere.
 */
export async function applyPolicies(services: Pick<BackupServices, 'records' | 'clock'>): Promise<void> {
  const { policies: stored, resources } = services.records;
  const policies = (await stored.list()).map(({ value }) => value);
  const now = instant(services.clock.now());
  const apply = async ({ id }: ProtectedResource): Promise<void> => {
    // A run may have written it since the page was read.
    const found = await resources.get(id);
    if (found === undefined) return;
    const { value: current, etag } = found;
    const next = underPolicies(current, policies, now);
    if (isSame(current, next)) return;
    await resources.put(next, etag).catch((error: unknown) => {
      // Somebody wrote it in this very moment; the next timer looks again.
      if (!isFault(error, 'conflict')) throw error;
    });
  };
  let changed: ProtectedResource[] = [];
  for await (const resource of allPages((token) => resources.list({}, token))) {
    if (isSame(resource, underPolicies(resource, policies, now))) continue;
    changed.push(resource);
    if (changed.length < atOnce) continue;
    await Promise.all(changed.map(apply));
    changed = [];
  }
  await Promise.all(changed.map(apply));
}

/** The resource as these policies mean it, as far as that can be said of what is known. Pure. */
export function underPolicies(
  resource: ProtectedResource,
  policies: readonly BackupPolicy[],
  now: ReturnType<typeof instant>,
): ProtectedResource {
  if (resource.state === 'gone') return resource;
  const matched = { ...resource, ...decidedBefore(resource) };
  const protection = protectionOf(matched, policies, asKnown);
  const { policyId } = protection;
  if (resource.policyId === undefined && !mayChange(resource, policies, policyId)) return resource;
  const { policyId: _policy, alsoMatches: _also, state, reason, ...rest } = resource;
  const { retention: _retention, heldRetention: _held, ...bare } = rest;
  const kept = keptRules(resource, policyId, policies, now);
  const isBare = state === 'notProtected' && (hasNothingToCopy(resource) || (reason ?? noPolicy) !== noPolicy);
  if (isBare) return { ...bare, ...kept, ...policiesOf(protection), state, ...(reason !== undefined && { reason }) };
  return { ...bare, ...kept, ...decided(matched, protection, policies, asKnown) };
}

/**
 * May what nobody protects be decided anew? Where that rests on who is in a group, only the next run that looks can say:
 * until then it stays as it is, as long as what it says of itself still holds. What is refused stays so.
 */
function mayChange(
  { state, reason }: ProtectedResource,
  policies: readonly BackupPolicy[],
  policyId: BackupPolicy['id'] | undefined,
): boolean {
  if (state !== 'paused' && state !== 'excluded' && state !== 'notProtected') return false;
  const excludes = (policy: BackupPolicy): boolean => policy.scope.exclude.some(({ kind }) => kind === 'group');
  if (policyId !== undefined) return !policies.some((policy) => policy.enabled && excludes(policy));
  return state === 'paused'
    ? !policies.some((policy) => !policy.enabled && switchedOff(policy) === reason)
    : state === 'excluded' && !policies.some(({ scope }) => scope.exclude.some((rule) => rule.reason === reason));
}
