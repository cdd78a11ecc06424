import { Fault } from '../fault.ts';
import type { ResourceId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { RestoreRequest } from '../model/restoreRequest.ts';
import type { Actor, NewRestoreRequest } from './restoreFlow.ts';
import type { RestoreServices } from './restoreServices.ts';
import { keptFrom, mayAsk, mayKnow, mayServeThemselves } from './rights.ts';
import type { Verdict } from './rights.ts';

/** What a wish is about: where the data comes from, and another place that it goes to. */
export interface Places {
  readonly sources: readonly ProtectedResource[];
  readonly target?: ProtectedResource;
}

/** Fault `forbidden` with the reason when the verdict is no. */
export function insist(verdict: Verdict): void {
  if (!verdict.allowed) throw new Fault('forbidden', verdict.why, { origin: 'input' });
}

/** The same words for what is not there and for what belongs to somebody else: nobody learns which it is. */
const noSuchResource = (): Fault =>
  new Fault('not-found', 'There is no such resource, or it is not yours. Check the address.', { origin: 'input' });

/** Fault `not-found` when the wish names, as source or as destination, what the actor may not know of. */
export async function insistOnKnown(actor: Actor, wish: NewRestoreRequest, services: RestoreServices): Promise<void> {
  for (const id of new Set(namedIn(wish))) {
    const stored = await services.records.resources.get(id);
    if (stored === undefined || !mayKnow(actor, stored.value)) throw noSuchResource();
  }
}

function namedIn({ selection, destination }: NewRestoreRequest): readonly ResourceId[] {
  const sources =
    'items' in selection
      ? selection.items.map(({ resourceId }) => resourceId)
      : 'folders' in selection
        ? selection.folders.map(({ resourceId }) => resourceId)
        : 'resourceId' in selection
          ? [selection.resourceId]
          : [];
  return destination.kind === 'resource' ? [...sources, destination.resourceId] : sources;
}

/** The places behind resolved ids. Fault `not-found` when one is not known any more. */
export async function placesOf(
  sources: readonly ResourceId[],
  { destination }: Pick<NewRestoreRequest, 'destination'>,
  services: Pick<RestoreServices, 'records'>,
): Promise<Places> {
  const resourceOf = async (id: ResourceId): Promise<ProtectedResource> => {
    const stored = await services.records.resources.get(id);
    if (stored === undefined) throw noSuchResource();
    return stored.value;
  };
  const found: ProtectedResource[] = [];
  for (const id of new Set(sources)) found.push(await resourceOf(id));
  return destination.kind === 'resource'
    ? { sources: found, target: await resourceOf(destination.resourceId) }
    : { sources: found };
}

/** Why the actor may not ask for this, by roles and by what self-service leaves to people; both as they are now. */
export async function judgeAsker(
  actor: Actor,
  wish: Pick<NewRestoreRequest, 'destination' | 'reason'>,
  { sources, target }: Places,
  services: Pick<RestoreServices, 'selfService' | 'connectors'>,
): Promise<Verdict> {
  const rules = await services.selfService();
  const served = mayServeThemselves(actor, wish, rules);
  if (!served.allowed) return served;
  const verdict = mayAsk(actor, wish, sources, target);
  if (!verdict.allowed) return verdict;
  const kept = keptFrom(actor, target === undefined ? sources : [...sources, target], rules);
  if (kept.length === 0) return verdict;
  const names = kept.map((workload) => services.connectors.get(workload)?.description.label ?? workload);
  return {
    allowed: false,
    why: `Your administrators have not switched on self-service for ${names.join(', ')}. Ask them for the restore.`,
  };
}

/** Rights as they are now: roles and settings may have changed since the request was made. */
export async function checkAsker(actor: Actor, request: RestoreRequest, services: RestoreServices): Promise<void> {
  const ids = request.points.map((point) => point.resourceId);
  insist(await judgeAsker(actor, request, await placesOf(ids, request, services), services));
}
