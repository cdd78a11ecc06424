import { isFault, type Fault } from '../fault.ts';
import type { Discovery } from '../connector.ts';
import { instant, type ResourceId, type Workload } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { ProtectedResource, ResourceState } from '../model/resource.ts';
import { everyResource } from '../records/everyResource.ts';
import type { BackupServices } from './backupServices.ts';
import { keptRules } from '../retention/heldRetention.ts';
import { resourceIdOf } from './entries.ts';
import { readGroups, type NamedGroups } from './groups.ts';
import { pausedBy, protectionOf, type AsKnown, type GroupMembers, type Matched, type Protection } from './planRun.ts';

/** Workloads that could not be asked, and why. Their resources stay as they were known. */
export type DiscoveryFaults = ReadonlyMap<Workload, Fault>;

/**
 * Asks each workload what exists now and brings the records of the protected resources up to date: new ones are
 * protected as the policies say, those that left are `gone` and keep their backups (one that had none is forgotten), those without a mailbox or drive
 * are not protected and say why. Without `groups` they are read here. May be repeated.
 */
export async function discoverResources(
  services: BackupServices,
  workloads: readonly Workload[],
  groups?: NamedGroups,
): Promise<DiscoveryFaults> {
  const policies = (await services.records.policies.list()).map(({ value }) => value);
  const { members } = groups ?? (await readGroups(services, policies));
  const faults = new Map<Workload, Fault>();
  for (const workload of workloads) {
    try {
      await discoverWorkload(services, workload, policies, members);
    } catch (error) {
      if (!isFault(error)) throw error;
      services.log.warn('backup.discoveryFailed', { workload, kind: error.kind, origin: error.origin });
      faults.set(workload, error);
    }
  }
  return faults;
}

async function discoverWorkload(
  services: BackupServices,
  workload: Workload,
  policies: readonly BackupPolicy[],
  members: GroupMembers,
): Promise<void> {
  const connector = services.connectors.get(workload);
  if (!connector) return;
  const { resources, unreadable } = await everyResource(services.records, { workload });
  const known = new Map(resources.map((resource) => [resource.id, resource]));
  const hidden = new Set(unreadable);
  const seen = new Set<ResourceId>();
  for await (const said of connector.discover(services.signal)) {
    const discovery = asKnown(said, [...known.values()]);
    const id = resourceIdOf(services.repository, workload, discovery.resource.sourceId);
    seen.add(id);
    // What was decided of it nobody can read; made anew it would let go what its old record keeps.
    if (hidden.has(id)) continue;
    const next = recordOf(discovery, id, known.get(id), policies, members, services);
    if (!isSame(known.get(id), next)) await write(services, known.get(id), next);
  }
  // A directory that shows nobody at all is a trouble of the directory, not a company that left.
  if (seen.size === 0 && known.size > 0) {
    services.log.warn('backup.discoveryEmpty', { workload, known: known.size });
    return;
  }
  const goneSince = instant(services.clock.now());
  for (const resource of known.values()) {
    if (seen.has(resource.id) || resource.state === 'gone') continue;
    if (await onlyStoodIn(resource, services)) {
      await services.records.resources.remove(resource.id);
      continue;
    }
    await write(services, resource, { ...resource, state: 'gone', goneSince });
  }
}

/**
 * Only while the record is as this discovery found it. Looking takes long, and a process may have stood still meanwhile:
 * who wrote it since knows better, and the next discovery looks again.
 */
async function write(
  { records, log }: BackupServices,
  before: ProtectedResource | undefined,
  next: ProtectedResource,
): Promise<void> {
  const stored = await (before && records.resources.get(next.id));
  try {
    if (before === undefined) return await records.resources.put(next, '');
    if (stored && isSame(stored.value, before)) return await records.resources.put(next, stored.etag);
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
  }
  log.info('backup.discoveryLate', { resource: next.id });
}

/**
 * A person without a drive stands in for it until there is one. What is not there any more and never held anything is no
 * loss that anybody should be told of.
 */
async function onlyStoodIn(
  { id, state, sourceId, ownerId }: ProtectedResource,
  services: BackupServices,
): Promise<boolean> {
  if (state !== 'notProtected' && state !== 'paused' && !(state === 'failing' && sourceId === ownerId)) return false;
  return (await services.repository.points.head(id)).newestPoint === undefined;
}

/**
 * A place that may not be looked at goes by its owner's id. Where it was known before, that is the one meant: it has not
 * gone, it is refused.
 */
function asKnown(discovery: Discovery, known: readonly ProtectedResource[]): Discovery {
  if (discovery.kind !== 'absent' || !discovery.refused) return discovery;
  const { ownerId, sourceId } = discovery.resource;
  const before = known.filter((one) => ownerId !== undefined && one.ownerId === ownerId && one.state !== 'gone');
  const [only] = before;
  if (only === undefined || before.some((one) => one.sourceId === sourceId)) return discovery;
  return { ...discovery, resource: { ...discovery.resource, sourceId: only.sourceId } };
}

function recordOf(
  discovery: Discovery,
  id: ResourceId,
  known: ProtectedResource | undefined,
  policies: readonly BackupPolicy[],
  members: GroupMembers,
  services: BackupServices,
): ProtectedResource {
  const found = {
    ...discovery.resource,
    id,
    firstSeenAt: known?.firstSeenAt ?? instant(services.clock.now()),
    ...(known?.comparedAt && { comparedAt: known.comparedAt }),
  };
  const matched = { ...decidedBefore(known), ...found };
  const protection = protectionOf(matched, policies, members);
  const kept = keptRules(known, protection.policyId, policies, instant(services.clock.now()));
  if (discovery.kind === 'absent') {
    const state = discovery.refused ? 'failing' : 'notProtected';
    return { ...found, ...policiesOf(protection), ...kept, state, reason: discovery.reason };
  }
  return { ...found, ...kept, ...decided(matched, protection, policies, members) };
}

export const policiesOf = ({ policyId, alsoMatches }: Protection): Pick<AsKnown, 'policyId' | 'alsoMatches'> => ({
  ...(policyId && { policyId }),
  ...(alsoMatches.length > 0 && { alsoMatches }),
});

export const noPolicy = 'No policy includes it';
export const switchedOff = ({ name }: Pick<BackupPolicy, 'name'>): string => `The policy ${name} is switched off`;

/** What `protection` makes of a resource that exists and has something to copy. */
export function decided(
  resource: Matched,
  protection: Protection,
  policies: readonly BackupPolicy[],
  members: GroupMembers,
): Pick<ProtectedResource, 'state' | keyof AsKnown> {
  if (protection.policyId !== undefined) {
    const state = stateAgain(resource.state);
    const keepsReason = state === resource.state && resource.reason !== undefined;
    return { ...policiesOf(protection), state, ...(keepsReason && { reason: resource.reason }) };
  }
  if (protection.excludedBy) return { state: 'excluded', reason: protection.excludedBy.reason };
  const off = pausedBy(resource, policies, members);
  return off ? { state: 'paused', reason: switchedOff(off) } : { state: 'notProtected', reason: noPolicy };
}

/** What was decided of it the last time: see `AsKnown`. */
export function decidedBefore(known: ProtectedResource | undefined): AsKnown {
  if (known === undefined) return {};
  const { policyId, alsoMatches, state, reason } = known;
  return {
    state,
    ...(policyId && { policyId }),
    ...(alsoMatches && { alsoMatches }),
    ...(reason !== undefined && { reason }),
  };
}

/** The state of a resource that exists and that a policy means: as it was, or its first once more. */
function stateAgain(known: ResourceState | undefined): ResourceState {
  switch (known) {
    case 'protected':
    case 'firstBackup':
    case 'waiting':
    case 'partial':
    case 'failing':
      return known;
    case 'gone':
      return 'protected';
    case 'excluded':
    case 'notProtected':
    case 'paused':
    case undefined:
      return 'firstBackup';
  }
}

export const isSame = (a: ProtectedResource | undefined, b: ProtectedResource): boolean => {
  if (a === undefined) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof ProtectedResource>;
  return [...keys].every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
};
