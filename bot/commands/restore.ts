import type { CardAction } from '../../contract/cards.ts';
import { defaultSettings, type Settings } from '../../contract/settings.ts';
import { isFault } from '../../engine/fault.ts';
import type { ItemId, RequestId, ResourceId } from '../../engine/model/ids.ts';
import type { Entry } from '../../engine/model/item.ts';
import type { Destination, RestoreRequest, RestoreResult } from '../../engine/model/restoreRequest.ts';
import type { Actor } from '../../engine/restore/restoreFlow.ts';
import { mayDecide } from '../../engine/restore/rights.ts';
import { mayDecideRequests, sightOf } from '../access.ts';
import type { Card } from '../cards/card.ts';
import { refusedCard } from '../cards/notes.ts';
import { approvalListCard, mostListed } from '../cards/approvals.ts';
import { requestCard, restoreFormCard, type RequestFacing } from '../cards/restore.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import { waitingChanges } from './changes.ts';
import { audit, auditPress, refusePress, refuseRole } from './refuse.ts';

/** How long a person waits for the check before the card itself goes on: so many looks, so far apart. */
const looks = 8;
const lookMs = 350;

type Verb<Name extends CardAction['verb']> = CardAction & { verb: Name };

/** What, from which copy, where to: one form. Draws nothing for what this person may not see. */
export async function restoreForm(asked: Asked, action: Verb<'restore.form'>): Promise<Answer> {
  const { services, texts, actor, drafts } = asked;
  const resourceId = action.resourceId as ResourceId;
  const itemId = action.itemId as ItemId;
  const resource = (await services.records.resources.get(resourceId))?.value;
  const sight = await sightOf(services.records, actor);
  // Whoever may not see it learns nothing, not even that it exists.
  if (resource === undefined || !sight.maySeeNames(resource)) return refusePress(asked, action, texts('restore.gone'));
  const found = await entryAt(asked, resourceId, itemId, action.at);
  if (found === undefined) return sayCard(refusedCard(texts, texts('restore.gone')));
  const draft = await drafts.open(actor.id, {
    kind: 'restore',
    resourceId,
    itemId,
    ...(action.at === undefined ? {} : { at: action.at }),
  });
  const isOwn = resource.ownerId === actor.id;
  return sayCard(
    restoreFormCard(texts, {
      draft,
      resourceId,
      itemId,
      name: found.entry.name,
      owner: resource.name,
      workload: resource.workload,
      copyAt: found.takenAt,
      size: found.entry.size,
      isOwn,
      mayDownload: !isOwn || (await selfService(asked)).download,
    }),
  );
}

const selfService = async ({ services }: Asked): Promise<Settings['selfService']> => ({
  ...defaultSettings.selfService,
  ...(await services.records.settings.get<Settings['selfService']>('selfService'))?.value,
});

async function entryAt(
  { services }: Asked,
  resource: ResourceId,
  item: ItemId,
  at = 'latest',
): Promise<{ readonly entry: Entry; readonly takenAt: string } | undefined> {
  try {
    const point = await services.points.find(resource, at);
    const entry = await (await services.points.open(resource, point.id)).item(item);
    return entry === undefined ? undefined : { entry, takenAt: point.takenAt };
  } catch (error) {
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}

/**
 * The press on "Check": makes the request, plans it, shows what would happen. What is restored comes from the draft
 * that was kept when the form was drawn; what a changed card says instead does not count.
 */
export async function checkRestore(asked: Asked, action: Verb<'restore.check'>): Promise<Answer> {
  const { services, texts, actor, drafts, now } = asked;
  const id = String(action.version);
  const draft = await drafts.find(actor.id, id);
  if (draft?.kind !== 'restore') return refusePress(asked, action, texts('press.expired'));
  const resource = (await services.records.resources.get(draft.resourceId))?.value;
  const sight = await sightOf(services.records, actor);
  if (resource === undefined || !sight.maySeeNames(resource)) return refusePress(asked, action, texts('restore.gone'));
  const kind = action.destination ?? 'newFolder';
  if (kind === 'download' && resource.ownerId === actor.id && !(await selfService(asked)).download)
    return refusePress(asked, action, texts('restore.noDownload'));
  const reason = action.reason?.trim() ?? '';
  const { resourceId, itemId, at } = draft;
  const request = await services.restore.create(
    actor,
    {
      selection: { items: [{ resourceId, itemId, ...(at === undefined ? {} : { at }) }] },
      destination: { kind } satisfies Destination,
      conflict: action.conflict ?? 'keepBoth',
      includePermissions: false,
      ...(reason === '' ? {} : { reason }),
    },
    // The form as it was filled in: the same press again finds the same request, a changed wish makes its own.
    `card/${id}/${kind}/${action.conflict ?? 'keepBoth'}`,
  );
  // The same press again is the same wish: it was written down.
  if (Date.parse(request.createdAt) >= now)
    await audit(asked, 'restore.ask', { request: request.id, destination: kind, owners: request.owners.join(' ') });
  return showRequest(asked, await planned(asked, request));
}

/** Waits a little, so that most people see the check at once; a long one goes on in the card. */
async function planned({ services, actor }: Asked, request: RestoreRequest): Promise<RestoreRequest> {
  let current = request;
  for (let look = 0; current.state === 'planning' && look < looks; look++) {
    await services.clock.sleep(lookMs);
    current = await services.restore.get(actor, request.id);
  }
  return current;
}

const moving: readonly RestoreRequest['state'][] = ['planning', 'approved', 'running', 'waiting'];

/** The card of a request for this person, and from now on while something happens to it. */
export async function showRequest(asked: Asked, request: RestoreRequest, undoing = false): Promise<Answer> {
  const card = await restoreCard(asked, request);
  const { id } = request;
  if (undoing && isTakenBack(request) && request.undone === undefined)
    return sayCard(card, { kind: 'restore', id, undo: true });
  return sayCard(card, moving.includes(request.state) ? { kind: 'restore', id } : undefined);
}

export const showRestore = async (asked: Asked, id: RequestId): Promise<Answer> =>
  showRequest(asked, await asked.services.restore.get(asked.actor, id));

type RequestPress = Verb<
  'restore.run' | 'restore.cancel' | 'restore.withdraw' | 'restore.undo' | 'approval.approve' | 'approval.decline'
>;

/** The presses on a request. Each is authorised anew by the restore flow; one that lost a race is answered by what is. */
export async function pressRestore(asked: Asked, action: RequestPress): Promise<Answer> {
  const { services, actor } = asked;
  const id = action.requestId as RequestId;
  try {
    const before = await services.restore.get(actor, id);
    // A card of an earlier state does nothing more.
    if (action.version !== before.version) return await answerLate(asked, action, before);
    const after = await carryOut(asked, action, id, before);
    if (after.version !== before.version || (action.verb === 'restore.undo' && !isTakenBack(before)))
      await auditPress(asked, action, 'done', {
        state: after.state,
        ...(after.plan?.noSecondPerson === true ? { noSecondPerson: 'true' } : {}),
      });
    return await showRequest(asked, after, action.verb === 'restore.undo');
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
    return answerLate(asked, action, await services.restore.get(actor, id));
  }
}

/** What is, instead of what was pressed. Whoever pressed twice did it once; anybody else was refused. */
async function answerLate(asked: Asked, action: RequestPress, request: RestoreRequest): Promise<Answer> {
  if (!isRepeated(action.verb, request, asked.actor))
    await auditPress(asked, action, 'refused', { state: request.state, why: 'late' });
  return showRequest(asked, request);
}

const isTakenBack = ({ undo, undone }: RestoreRequest): boolean => undone !== undefined || undo?.state === 'running';

/** Did this person bring the request where this press would have brought it? */
function isRepeated(verb: RequestPress['verb'], { state, asker, decision }: RestoreRequest, actor: Actor): boolean {
  switch (verb) {
    case 'restore.run':
      return asker.id === actor.id && ['waiting', 'approved', 'running', 'done'].includes(state);
    case 'restore.withdraw':
      return state === 'withdrawn' && asker.id === actor.id;
    case 'restore.cancel':
      return state === 'cancelled' && asker.id === actor.id;
    case 'restore.undo':
      return state === 'done' && asker.id === actor.id;
    case 'approval.approve':
    case 'approval.decline':
      return decision?.by === actor.id && decision.approved === (verb === 'approval.approve');
  }
}

function carryOut(
  { services, actor, texts }: Asked,
  action: RequestPress,
  id: RequestId,
  before: RestoreRequest,
): Promise<RestoreRequest> {
  switch (action.verb) {
    case 'restore.run':
      return services.restore.run(actor, id);
    case 'restore.cancel':
      return services.restore.cancel(actor, id);
    case 'restore.withdraw':
      return services.restore.withdraw(actor, id);
    case 'restore.undo':
      return services.restore.undo(actor, id);
    case 'approval.approve':
      return services.restore.approve(actor, id, before.version);
    case 'approval.decline':
      return services.restore.decline(actor, id, action.reason?.trim() ?? texts('approval.noReason'), before.version);
  }
}

/** A request as it is now, for one person: names of items only for who asked, names of owners for who decides. */
export async function restoreCard(
  { services, texts, actor, now }: Pick<Asked, 'services' | 'texts' | 'actor' | 'now'>,
  request: RestoreRequest,
): Promise<Card> {
  const isAsker = request.asker.id === actor.id;
  const view = isAsker ? 'asker' : mayDecide(actor, request).allowed ? 'decider' : 'other';
  const failed = (request.counts?.failed ?? 0) > 0 ? await failedResults(services, actor, request.id) : [];
  const itemName = isAsker ? await firstItemName(services, request) : undefined;
  const facing: RequestFacing = {
    view,
    viewer: actor.id,
    ownerNames: await ownerNames(services, request),
    ...(itemName === undefined ? {} : { itemName }),
    failed,
    now,
    consoleUrl: services.consoleUrl(`restore/request/${request.id}`),
  };
  return requestCard(texts, request, facing);
}

async function failedResults(
  services: Asked['services'],
  actor: Asked['actor'],
  id: RequestId,
): Promise<readonly RestoreResult[]> {
  const page = await services.restore.results(actor, id);
  return page.value.filter(({ outcome }) => outcome === 'failed');
}

async function ownerNames({ records }: Asked['services'], request: RestoreRequest): Promise<readonly string[]> {
  const names = await Promise.all(
    request.points
      .slice(0, 5)
      .map(async ({ resourceId }) => (await records.resources.get(resourceId))?.value.name ?? ''),
  );
  return [...new Set(names)].filter((name) => name !== '');
}

async function firstItemName({ points }: Asked['services'], request: RestoreRequest): Promise<string | undefined> {
  const [item] = 'items' in request.selection ? request.selection.items : [];
  const point = request.points.find(({ resourceId }) => resourceId === item?.resourceId);
  if (item === undefined || point === undefined) return undefined;
  try {
    return (await (await points.open(point.resourceId, point.pointId)).item(item.itemId))?.name;
  } catch (error) {
    // An old request may outlive its restore point.
    if (isFault(error, 'not-found', 'missing')) return undefined;
    throw error;
  }
}

/** Requests that wait for this person's decision. */
export async function approvals(asked: Asked): Promise<Answer> {
  const { services, texts, actor } = asked;
  if (!mayDecideRequests(actor)) return refuseRole(asked, 'approvals.show');
  const waiting: RestoreRequest[] = [];
  let token: string | undefined;
  do {
    const page = await services.restore.list(actor, { waitingForMe: true }, token);
    waiting.push(...page.value);
    token = waiting.length > mostListed ? undefined : page.nextPageToken;
  } while (token !== undefined);
  const changes = await waitingChanges(asked);
  return sayCard(
    approvalListCard(
      texts,
      waiting.slice(0, mostListed).map((request) => ({
        requestId: request.id,
        asker: request.asker.name,
        count: (request.plan?.add ?? 0) + (request.plan?.keepBoth ?? 0) + (request.plan?.replace ?? 0),
        createdAt: request.createdAt,
      })),
      { consoleUrl: services.consoleUrl('activity/approvals'), more: waiting.length > mostListed, changes },
    ),
  );
}
