import type { Resource } from '../../../../contract/resources.ts';

export const ownerOf = (resource: Resource): string => resource.ownerId ?? resource.id;

/** What belongs to one person stands together, where the first of it stood; within it by workload. */
export function byOwner(resources: readonly Resource[]): Resource[] {
  const groups = Map.groupBy(resources, ownerOf);
  return [...groups.values()].flatMap((own) => own.toSorted((a, b) => b.workload.localeCompare(a.workload)));
}
