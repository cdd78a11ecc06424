import type { BackupPolicy, HeldRetention } from '../model/policy.ts';

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
  const old = effectiveRetention(before);
  const next: HeldRetention = { ...after.retention, keepGoneDays: after.keepGoneDays };
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
