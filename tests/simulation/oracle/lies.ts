import type { SimTenant } from '../tenant/simTenant.ts';

/**
 * May a restore point be wrong about this item, because Microsoft 365 said what is not so? Only until a full compare: what is
 * found then is held against the source without any excuse.
 */
export function isExcused({ calls, history }: SimTenant, resource: string, sourceId: string): boolean {
  const misled = new Set<string>();
  for (const { hidden, troubles, outcome, item, resource: place } of calls) {
    if (place !== resource) continue;
    for (const id of hidden) misled.add(id);
    if (outcome === 404 && troubles.includes('status')) misled.add(item ?? resource);
  }
  if (misled.size === 0) return false;
  if (misled.has(resource)) return true;
  // With a folder goes what is in it, wherever in its life it was there.
  const seen = new Set<string>();
  const isMisled = (id: string): boolean => {
    if (seen.has(id)) return false;
    seen.add(id);
    return (
      misled.has(id) || history.statesOf(resource, id).some(({ parent }) => parent !== undefined && isMisled(parent))
    );
  };
  return isMisled(sourceId);
}
