import type { Workload } from '../model/ids.ts';

/** One of each workload at a time: each has a budget of its own in Microsoft 365, and none of them should lie idle. */
export function inTurn<Resource extends { readonly workload: Workload }>(
  resources: readonly Resource[],
): readonly Resource[] {
  const met = new Map<Workload, number>();
  return resources
    .map((resource) => {
      const turn = met.get(resource.workload) ?? 0;
      met.set(resource.workload, turn + 1);
      return { resource, turn };
    })
    .toSorted((a, b) => a.turn - b.turn)
    .map(({ resource }) => resource);
}
