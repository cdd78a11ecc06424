import { Fault } from '../fault.ts';
import type { ResourceId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { RestoreRequest } from '../model/restoreRequest.ts';
import type { Actor, NewRestoreRequest } from './restoreFlow.ts';
import type { RestoreServices } from './restoreServices.ts';
import { mayAsk, mayKnow } from './rights.ts';
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

/** Rights as they are now: roles may have changed since the request was made. */
export async function checkAsker(actor: Actor, request: RestoreRequest, services: RestoreServices): Promise<void> {
  const ids = request.points.map((point) => point.resourceId);
  const { sources, target } = await placesOf(ids, request, services);
  insist(mayAsk(actor, request, sources, target));
}
