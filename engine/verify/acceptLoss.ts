import { Fault } from '../fault.ts';
import { instant, type ItemId, type UserId } from '../model/ids.ts';
import type { ProtectedResource, ResourceState } from '../model/resource.ts';
import type { Finding } from '../model/verification.ts';
import type { AcceptedObject } from '../repository/acceptedObjects.ts';
import { isAcceptedLoss, type DamagedItem } from '../repository/damage.ts';
import { isAcceptedObject, isLostObject } from './acceptedFindings.ts';
import { standingFindings } from './standingFindings.ts';
import type { VerifyServices } from './verifyServices.ts';

type Services = Pick<VerifyServices, 'repository' | 'records' | 'clock'>;

export interface LossOrder {
  readonly reason: string;
  /** Without them everything of the resource that nothing heals any more. */
  readonly items?: readonly ItemId[];
}

/** How many items and objects were accepted, and how many damaged items are not. */
export interface LossAccepted {
  readonly accepted: number;
  readonly objects: number;
  readonly left: number;
}

/** So many ids stand in the audit; the count is always whole. */
const NAMED = 20;
/** The next backup looks after what the newest restore point lost. */
const backedUp: ReadonlySet<ResourceState> = new Set(['protected', 'firstBackup', 'waiting', 'partial', 'failing']);

/**
 * Nothing heals it by itself any more: only older restore points lost it, or Microsoft 365 does not have it any more, or
 * nobody backs it up.
 */
export const isLostForGood = (
  { inNewest, goneSince }: Pick<DamagedItem, 'inNewest' | 'goneSince'>,
  { state }: Pick<ProtectedResource, 'state'>,
): boolean => !inNewest || goneSince !== undefined || !backedUp.has(state);

/**
 * Somebody accepts, for a reason, that restore points do not give these items back. Audited before it counts. They stay on
 * the list and in what is shown, and nobody is warned of them; of other points of the same items, and of other items, they
 * are. Faults `not-found` for what is not on the list, `conflict` (`healable`: the next backup fetches it again; `nothing`:
 * there is nothing to accept).
 */
export async function acceptLoss(
  services: Services,
  by: { readonly id: UserId; readonly name: string },
  resource: ProtectedResource,
  { reason, items }: LossOrder,
): Promise<LossAccepted> {
  const { repository, records, clock } = services;
  const listed = await Array.fromAsync(repository.damage.items(resource.id));
  const lost = listed.filter((item) => !isAcceptedLoss(item) && isLostForGood(item, resource));
  const meant = items === undefined ? lost : chosen(lost, listed, items);
  const settled = new Set([...listed.filter(isAcceptedLoss), ...meant].map(({ itemId }) => itemId));
  const objects = await lostObjects(services, resource, (finding) =>
    items === undefined ? true : holdsOnly(finding, listed, settled),
  );
  if (meant.length === 0 && objects.length === 0)
    throw new Fault('conflict', 'There is nothing here whose loss could be accepted.', {
      origin: 'input',
      code: 'nothing',
    });
  const at = instant(clock.now());
  const on = {
    resource: resource.id,
    items: String(meant.length),
    objects: String(objects.length),
    which: meant
      .slice(0, NAMED)
      .map(({ itemId }) => itemId)
      .join(' '),
    reason,
  };
  const named = by.name === '' ? {} : { name: by.name };
  await records.audit.append({ at, who: by.id, ...named, action: 'loss.accept', on, result: 'done' });
  const loss = { by: by.id, ...(by.name !== '' && { byName: by.name }), at, reason };
  const accepted = await repository.damage.accept(
    resource.id,
    meant.map(({ itemId }) => itemId),
    loss,
    (item) => isLostForGood(item, resource),
  );
  await repository.acceptedObjects.accept(objects, loss);
  const unreadable = await repository.damage.unreadable(resource.id);
  const left = listed.length - accepted.length - listed.filter(isAcceptedLoss).length + unreadable.length;
  return { accepted: accepted.length, objects: objects.length, left };
}

function chosen(
  lost: readonly DamagedItem[],
  listed: readonly DamagedItem[],
  items: readonly ItemId[],
): readonly DamagedItem[] {
  const known = new Map(listed.map((item) => [item.itemId, item]));
  const unknown = items.find((id) => !known.has(id));
  if (unknown !== undefined)
    throw new Fault('not-found', `Item ${unknown} is not on the list of what is damaged.`, { origin: 'input' });
  const may = new Set(lost.map(({ itemId }) => itemId));
  const open = items.flatMap((id) => known.get(id) ?? []).filter((item) => !isAcceptedLoss(item));
  const healable = open.find(({ itemId }) => !may.has(itemId));
  if (healable !== undefined)
    throw new Fault('conflict', `Item ${healable.itemId} is no loss: the next backup fetches it again.`, {
      origin: 'input',
      code: 'healable',
    });
  return [...new Set(open)];
}

/** All that is known to be lost with this object is accepted, and nothing of it is without a name. */
const holdsOnly = (
  { packs = [], unnamed = 0 }: Finding,
  listed: readonly DamagedItem[],
  settled: ReadonlySet<ItemId>,
): boolean => {
  const held = listed.filter((item) => item.packs.some((pack) => packs.includes(pack)));
  return unnamed === 0 && held.length > 0 && held.every(({ itemId }) => settled.has(itemId));
};

/** What is known of this resource to be lost that is about no single item, that no backup heals and nobody accepted yet. */
async function lostObjects(
  { records, repository }: Services,
  resource: ProtectedResource,
  isMeant: (finding: Finding) => boolean,
): Promise<readonly AcceptedObject[]> {
  const accepted = await Array.fromAsync(repository.acceptedObjects.list());
  const objects = new Map<string, AcceptedObject>();
  for (const finding of await standingFindings(records)()) {
    const { resourceId, object, points, packs = [], unnamed = 0, inNewest = false } = finding;
    if (!isLostObject(finding) || resourceId !== resource.id || isAcceptedObject(finding, accepted)) continue;
    if (!isMeant(finding) || !isLostForGood({ inNewest }, resource)) continue;
    const before = objects.get(object);
    objects.set(object, {
      resource: resource.id,
      object,
      points: [...new Set([...(before?.points ?? []), ...points])],
      packs: [...new Set([...(before?.packs ?? []), ...packs])],
      unnamed: Math.max(before?.unnamed ?? 0, unnamed),
    });
  }
  return [...objects.values()];
}
