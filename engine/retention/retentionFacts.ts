import { covers, isInForce } from '../model/hold.ts';
import type { Instant, PointId, ResourceId } from '../model/ids.ts';
import type { BackupPolicy, HeldRetention } from '../model/policy.ts';
import type { RestorePoint } from '../model/point.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { rowsOf, startingWith, textOf } from '../repository/tableRows.ts';
import { allPages } from '../backup/allPages.ts';
import type { RetentionFacts } from './decideRetention.ts';
import { effectiveRetention, heldRules, longest } from './heldRetention.ts';
import type { RetentionServices } from './retentionServices.ts';
import { latest } from './slots.ts';
import { isProtected, type Standing } from './standing.ts';

/**
 * The rules that hold for a resource: of what its record remembers, what an earlier policy left behind, and what its
 * policy says right now, of every rule the longest. So a policy that keeps more counts before anybody wrote it down here.
 */
export function rulesOf(resource: ProtectedResource, policies: readonly BackupPolicy[]): HeldRetention | undefined {
  const policy = policies.find(({ id }) => id === resource.policyId);
  const held = heldRules(resource);
  return longest([
    ...(resource.retention ? [resource.retention] : []),
    ...(held ? [held] : []),
    ...(policy ? [effectiveRetention(policy)] : []),
  ]);
}

/** Everything beside points and rules, as it is at this moment. */
export async function factsOf(
  { records, tables, repository }: Pick<RetentionServices, 'records' | 'tables' | 'repository'>,
  resource: ProtectedResource,
  standing: Standing,
  now: Instant,
): Promise<RetentionFacts> {
  const holds = (await records.holds.list()).map(({ value }) => value);
  const pins = await pinsOf(tables, resource.id, now);
  const brake = (await records.brakes.get(resource.id))?.value;
  const leftSince = isProtected(resource) ? undefined : leftSinceOf(resource, standing);
  return {
    isProtected: isProtected(resource),
    ...(leftSince !== undefined && { leftSince }),
    ...(standing.announcedAt !== undefined && { announcedAt: standing.announcedAt }),
    holds: holds.filter((hold) => covers(hold, resource) && isInForce(hold, now)),
    pins,
    damaged: await damagedPoints(repository, resource.id),
    ...(brake && { brake }),
  };
}

/** Since a pass first saw it unprotected; when it left again since, since then. */
const leftSinceOf = ({ goneSince }: ProtectedResource, { leftSince }: Standing): Instant | undefined =>
  leftSince && latest([leftSince, goneSince]);

/** Points of the resource that a restore request reads, until its pin runs out. */
async function pinsOf(tables: TableStore, resource: ResourceId, now: Instant): Promise<ReadonlySet<PointId>> {
  const pins = new Set<PointId>();
  for await (const row of rowsOf(tables, 'leases', 'pins', startingWith(`${resource}|`)))
    if ((textOf(row, 'expiresAt') ?? '') > now) pins.add(row.key.split('|')[1] as PointId);
  return pins;
}

/** Points that are marked as a whole, and those that show an item on the damage list, accepted as lost or not. */
async function damagedPoints(
  { damage }: RetentionServices['repository'],
  resource: ResourceId,
): Promise<ReadonlySet<PointId>> {
  const points = new Set(await damage.points(resource));
  for await (const item of damage.items(resource)) for (const point of item.points) points.add(point);
  return points;
}

/** All visible points of a resource, newest first. */
export const allPoints = (
  { repository }: { readonly repository: Pick<RetentionServices['repository'], 'points'> },
  resource: ResourceId,
): Promise<RestorePoint[]> =>
  Array.fromAsync(
    allPages(async (token) => {
      const { points, nextPageToken } = await repository.points.list(resource, token);
      return { value: points, ...(nextPageToken !== undefined && { nextPageToken }) };
    }),
  );
