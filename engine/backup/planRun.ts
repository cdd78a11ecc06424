import type { PolicyId } from '../model/ids.ts';
import type { BackupPolicy, Exclusion, ScopeRule } from '../model/policy.ts';
import type { ProtectedResource } from '../model/resource.ts';

/**
 * Who is in the groups that policies name: group id → user ids. A group that the directory does not hold any more, or
 * that may not be read, is missing here: whom it protected or excluded stays so, for that is no wish to stop protecting.
 */
export type GroupMembers = ReadonlyMap<string, ReadonlySet<string>>;

/** What of a resource decides which policy means it. */
export type Matched = Pick<ProtectedResource, 'workload' | 'kind' | 'sourceId' | 'ownerId' | 'firstSeenAt'> & AsKnown;

/** What was decided before; counts only where a group is missing. */
export type AsKnown = Partial<Pick<ProtectedResource, 'policyId' | 'alsoMatches' | 'state' | 'reason'>>;

/** What the policies, taken together, mean for one resource. */
export interface Protection {
  /** The one policy that applies: the first that matches in the admin's order. */
  readonly policyId?: PolicyId;
  /** Further policies that would match. */
  readonly alsoMatches: readonly PolicyId[];
  /** Present when the first policy that would include it excludes it by name. */
  readonly excludedBy?: Exclusion;
}

/**
 * Decides who protects a resource. A policy that includes and excludes it excludes it; a later policy may still
 * protect it.
 */
export function protectionOf(resource: Matched, policies: readonly BackupPolicy[], members: GroupMembers): Protection {
  let excludedBy: Exclusion | undefined;
  const matching: PolicyId[] = [];
  for (const policy of policies.toSorted((a, b) => a.order - b.order)) {
    if (!policy.enabled || !isIncluded(resource, policy, members)) continue;
    const exclusion = policy.scope.exclude.find(
      (rule) => means(rule, resource, members) || stayedOut(rule, resource, members),
    );
    if (exclusion) excludedBy ??= exclusion;
    else matching.push(policy.id);
  }
  const [policyId, ...alsoMatches] = matching;
  return policyId === undefined ? { alsoMatches: [], ...(excludedBy && { excludedBy }) } : { policyId, alsoMatches };
}

/** The policy that would protect it and is switched off: nobody is meant to copy it just now. */
export function pausedBy(
  resource: Matched,
  policies: readonly BackupPolicy[],
  members: GroupMembers,
): BackupPolicy | undefined {
  const switchedOff = policies.filter(({ enabled }) => !enabled).map((policy) => ({ ...policy, enabled: true }));
  const { policyId } = protectionOf(resource, switchedOff, members);
  return switchedOff.find(({ id }) => id === policyId);
}

/** The resources that a run of `policy` backs up, with those left out and why they are. */
export function resourcesOf(
  policy: BackupPolicy,
  policies: readonly BackupPolicy[],
  resources: readonly ProtectedResource[],
  members: GroupMembers,
): ProtectedResource[] {
  return resources.filter(
    (resource) =>
      resource.state !== 'gone' &&
      resource.state !== 'notProtected' &&
      resource.state !== 'paused' &&
      protectionOf(resource, policies, members).policyId === policy.id,
  );
}

export interface ProtectionChange {
  readonly resource: ProtectedResource;
  readonly change: 'gains' | 'loses' | 'moves';
  readonly before?: PolicyId;
  readonly after?: PolicyId;
}

/** What saving `changed` (undefined policies: removing `id`) would do: who gains, loses or changes protection. */
export function rehearse(
  policies: readonly BackupPolicy[],
  changed: BackupPolicy | { readonly id: PolicyId; readonly removed: true },
  resources: readonly ProtectedResource[],
  members: GroupMembers,
): ProtectionChange[] {
  const others = policies.filter((policy) => policy.id !== changed.id);
  const after = 'removed' in changed ? others : [...others, changed];
  return resources
    .filter((resource) => resource.state !== 'gone')
    .flatMap((resource) => {
      const was = protectionOf(resource, policies, members).policyId;
      const will = protectionOf(resource, after, members).policyId;
      if (was === will) return [];
      const change = was === undefined ? 'gains' : will === undefined ? 'loses' : 'moves';
      return [{ resource, change, ...(was && { before: was }), ...(will && { after: will }) }];
    });
}

/** Groups whose members must be known before these policies can be applied. */
export const groupsNamed = (policies: readonly BackupPolicy[]): ReadonlySet<string> =>
  new Set(
    policies
      .flatMap(({ scope }) => [...scope.include, ...scope.exclude])
      .flatMap((rule) => (rule.kind === 'group' ? [rule.sourceId] : [])),
  );

function isIncluded(resource: Matched, policy: BackupPolicy, members: GroupMembers): boolean {
  if (!policy.scope.workloads.includes(resource.workload)) return false;
  // Who is named in person is meant, whenever they came; the rest comes by itself only where the admin wants that.
  const comesByItself = policy.scope.autoInclude || resource.firstSeenAt <= policy.createdAt;
  return policy.scope.include.some(
    (rule) =>
      (means(rule, resource, members) && (comesByItself || (rule.kind !== 'all' && rule.kind !== 'group'))) ||
      stayedIn(rule, resource, policy, members),
  );
}

/** Meant by this policy when its group could still be read: protected by it, or left out by it. */
const stayedIn = (rule: ScopeRule, resource: Matched, { id, scope }: BackupPolicy, members: GroupMembers): boolean =>
  rule.kind === 'group' &&
  !members.has(rule.sourceId) &&
  (resource.policyId === id ||
    (resource.alsoMatches ?? []).includes(id) ||
    (resource.state === 'excluded' && scope.exclude.some(({ reason }) => reason === resource.reason)));

/** Left out for this rule's reason when its group could still be read. */
const stayedOut = (rule: Exclusion, resource: Matched, members: GroupMembers): boolean =>
  rule.kind === 'group' &&
  !members.has(rule.sourceId) &&
  resource.state === 'excluded' &&
  resource.reason === rule.reason;

function means(rule: ScopeRule | Exclusion, resource: Matched, members: GroupMembers): boolean {
  switch (rule.kind) {
    case 'all':
      return true;
    case 'group':
      return (
        resource.sourceId === rule.sourceId ||
        (resource.ownerId !== undefined && (members.get(rule.sourceId)?.has(resource.ownerId) ?? false))
      );
    case 'user':
      return resource.ownerId === rule.sourceId || resource.sourceId === rule.sourceId;
    case 'site':
    case 'team':
      return resource.sourceId === rule.sourceId;
  }
}
