import type { Resource } from '../../../contract/resources.ts';

export const ownerOf = (resource: Resource): string => resource.ownerId ?? resource.id;

/** What belongs to one person, people by name as their language sorts it; within it by workload. */
export function byOwner(resources: readonly Resource[], locale: string): (readonly Resource[])[] {
  const { compare } = new Intl.Collator(locale);
  const nameOf = ([first]: readonly Resource[]): string => first?.name ?? '';
  return [...Map.groupBy(resources, ownerOf).values()]
    .map((own) => own.toSorted((a, b) => b.workload.localeCompare(a.workload)))
    .toSorted((a, b) => compare(nameOf(a), nameOf(b)));
}
