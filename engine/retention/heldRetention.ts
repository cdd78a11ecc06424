import type { Instant, PolicyId } from '../model/ids.ts';
import type { BackupPolicy, HeldRetention } from '../model/policy.ts';
import type { ProtectedResource } from '../model/resource.ts';

/** What is really kept: the rules of the policy, or the longer ones that hold until an administrator accepts these. */
export const effectiveRetention = ({ retention, keepGoneDays, heldRetention }: BackupPolicy): HeldRetention =>
  heldRetention ?? { ...retention, keepGoneDays };

/**
 * What goes on holding when `before` becomes `after`: of every rule the longer one. Undefined when the new rules keep
 * all that is kept now. Pure.
 */
export function heldAfter(
  before: BackupPolicy,
  after: Pick<BackupPolicy, 'retention' | 'keepGoneDays'>,
): HeldRetention | undefined {
  return longerOf(effectiveRetention(before), { ...after.retention, keepGoneDays: after.keepGoneDays });
}

/** Of every rule the longer one; undefined when `next` keeps all that `old` keeps. Pure. */
export function longerOf(old: HeldRetention, next: HeldRetention): HeldRetention | undefined {
  const isShorter =
    (old.forever === true && next.forever !== true) ||
    (next.forever !== true && counted.some((rule) => (next[rule] ?? 0) < (old[rule] ?? 0))) ||
    always.some((rule) => next[rule] < old[rule]);
  if (!isShorter) return undefined;
  const longer = (rule: (typeof counted)[number]) => Math.max(old[rule] ?? 0, next[rule] ?? 0);
  const [hourly, yearly] = [longer('hourly'), longer('yearly')];
  return {
    ...(hourly > 0 ? { hourly } : {}),
    daily: longer('daily'),
    weekly: longer('weekly'),
    monthly: longer('monthly'),
    ...(yearly > 0 ? { yearly } : {}),
    ...(old.forever === true || next.forever === true ? { forever: true } : {}),
    minimumCopies: Math.max(old.minimumCopies, next.minimumCopies),
    keepGoneDays: Math.max(old.keepGoneDays, next.keepGoneDays),
  };
}

/** Rules that say nothing where everything is kept for ever. */
const counted = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
const always = ['minimumCopies', 'keepGoneDays'] as const;

type Kept = Pick<ProtectedResource, 'retention' | 'heldRetention'>;

/**
 * The rules by which the copies of a resource are kept from now on. Without a policy those of its last one go on: to stop
 * backing up shortens nothing. Under another policy the longer of both hold until an administrator accepts, there, the
 * shorter ones. `known` is the resource as it was, `policyId` what protects it now. Pure.
 */
export function keptRules(
  known: (Kept & Pick<ProtectedResource, 'policyId'>) | undefined,
  policyId: PolicyId | undefined,
  policies: readonly BackupPolicy[],
  now: Instant,
): Kept {
  const rulesOf = (id: PolicyId | undefined): HeldRetention | undefined => {
    const policy = policies.find((each) => each.id === id);
    return policy && effectiveRetention(policy);
  };
  const before = known?.retention ?? rulesOf(known?.policyId);
  const policy = policies.find(({ id }) => id === policyId);
  if (policy === undefined)
    return {
      ...(before && { retention: before }),
      ...(known?.heldRetention && { heldRetention: known.heldRetention }),
    };
  const rules = effectiveRetention(policy);
  const isAccepted = (since: Instant): boolean => (policy.retentionAcceptedAt ?? '') >= since;
  const earlier = known?.heldRetention && !isAccepted(known.heldRetention.since) ? known.heldRetention : undefined;
  const moved = known?.policyId !== policyId;
  const old = longest([...(earlier ? [earlier] : []), ...(moved && before ? [before] : [])]);
  const held = old && longerOf(old, rules);
  return {
    retention: rules,
    ...(held && { heldRetention: { ...held, since: moved || !earlier ? now : earlier.since } }),
  };
}

/** The rules of `heldRetention` alone. */
export function heldRules({ heldRetention }: Kept): HeldRetention | undefined {
  if (heldRetention === undefined) return undefined;
  const { since: _since, ...rules } = heldRetention;
  return rules;
}

/** All of them together: of every rule the longest. */
export const longest = (all: readonly HeldRetention[]): HeldRetention | undefined =>
  all.reduce<HeldRetention | undefined>(
    (sum, each) => (sum === undefined ? each : (longerOf(each, sum) ?? sum)),
    undefined,
  );
