import { createHash } from 'node:crypto';
import { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { RequestId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Party, RestoreRequest, SelectedItem } from '../model/restoreRequest.ts';
import { insist, insistOnKnown, judgeAsker, placesOf } from './askerChecks.ts';
import { keepFound } from './foundItems.ts';
import { pin, pinMs } from './pins.ts';
import { changeRequest, newWork } from './requestStore.ts';
import type { StoredRequest } from './requestStore.ts';
import type { Actor, NewRestoreRequest } from './restoreFlow.ts';
import type { RestoreServices } from './restoreServices.ts';
import { keptFrom, mayRestoreFrom, mayServeThemselves } from './rights.ts';
import { pinPoints } from './selectItems.ts';

/**
 * Writes down a wish that its asker may have, with the restore points it means pinned. What a query found among deleted
 * items is gathered in memory, bounded by the limits, and written below the request only once there is one: a wish that
 * is refused, repeated or cut off leaves nothing behind that belongs to no request. Until it is all there nobody takes
 * the request up. Faults: `forbidden` and `not-found` as everywhere, `too-large` when the selection is beyond the limits.
 */
export async function createRequest(
  services: RestoreServices,
  actor: Actor,
  wish: NewRestoreRequest,
  idempotencyKey: string | undefined,
): Promise<{ readonly request: RestoreRequest } | { readonly existing: RequestId }> {
  const { records, clock, repository, limits } = services;
  const rules = await services.selfService();
  insist(mayServeThemselves(actor, wish, rules));
  await insistOnKnown(actor, wish, services);
  const found: SelectedItem[] = [];
  const maySee = (resource: ProtectedResource) =>
    mayRestoreFrom(actor, resource) && keptFrom(actor, [resource], rules).length === 0;
  const search = { repository, records, catalog: repository.catalog, maySee };
  const pinned = await pinPoints(wish.selection, search, limits, (item) => found.push(item));
  const ids = pinned.map((point) => point.resourceId);
  const places = await placesOf(ids, wish, services);
  const { sources, target } = places;
  if (sources.length === 0)
    throw new Fault('not-found', 'The selection is empty: nothing in the backup matches it.', { origin: 'input' });
  insist(await judgeAsker(actor, wish, places, services));
  if (wish.destination.kind !== 'download' && services.noWriteAccess !== undefined)
    throw new Fault('unsupported', services.noWriteAccess, { origin: 'input' });
  const request: RestoreRequest = {
    id: idempotencyKey === undefined ? freshId(services) : keyedId(actor, idempotencyKey),
    state: 'planning',
    asker: { id: actor.id, name: actor.name, roles: actor.roles },
    ...wish,
    createdAt: instant(clock.now()),
    points: pinned.map(({ resourceId, pointId }) => ({ resourceId, pointId })),
    owners: [...new Set(sources.map((source) => source.ownerId).filter((owner) => owner !== undefined))],
    sources: partiesOf(sources),
    ...(target === undefined ? {} : { target: partyOf(target) }),
    version: 1,
  };
  const work = found.length === 0 ? newWork : { ...newWork, gathering: true as const };
  const made = await records.requests.create(
    request.id,
    { request, pinned, work } satisfies StoredRequest,
    idempotencyKey === undefined ? undefined : `${actor.id}\n${idempotencyKey}`,
  );
  if (made.existing !== undefined) return { existing: made.existing };
  await pin(services.tables, request.id, pinned, instant(clock.now() + pinMs));
  if (found.length > 0) {
    const pages = await keepFound(services, request.id, found);
    await changeRequest(services, request.id, (stored) => {
      const { gathering: _, ...rest } = stored.work;
      return { ...stored, found: pages, work: rest };
    });
  }
  return { request };
}

/** As the directory named them at the last discovery: whoever decides later reads the names that were asked about. */
const partyOf = ({ ownerId, sourceId, name, address }: ProtectedResource): Party => ({
  id: ownerId ?? sourceId,
  name,
  ...(address === undefined ? {} : { address }),
});

/** Each person once, however many of their places are meant. */
const partiesOf = (resources: readonly ProtectedResource[]): readonly Party[] => [
  ...new Map(resources.map(partyOf).map((party) => [party.id, party])).values(),
];

const freshId = ({ random }: Pick<RestoreServices, 'random'>): RequestId =>
  Buffer.from(random.bytes(16)).toString('hex') as RequestId;

const keyedId = (actor: Actor, key: string): RequestId =>
  createHash('sha256').update(`${actor.id}\n${key}`).digest('hex').slice(0, 32) as RequestId;
