import type { CardAction } from '../../contract/cards.ts';
import { isFault } from '../../engine/fault.ts';
import { covers, type LegalHold } from '../../engine/model/hold.ts';
import type { UserId } from '../../engine/model/ids.ts';
import { isOpen, type WaitingChange } from '../../engine/model/waitingChange.ts';
import type { Actor } from '../../engine/restore/restoreFlow.ts';
import { holds } from '../access.ts';
import type { BotServices } from '../botServices.ts';
import type { Card } from '../cards/card.ts';
import { changeCard, type ShownChange } from '../cards/change.ts';
import { allResources } from '../resources.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import { auditPress, refusePress, refuseRole } from './refuse.ts';

type ChangePress = CardAction & { readonly verb: 'change.show' | 'change.approve' | 'change.withdraw' };

/**
 * The presses on a change that makes protection weaker. Who may is decided here and behind it at each press, whatever the
 * card showed; one that lost a race is answered by what is.
 */
export async function pressChange(asked: Asked, action: ChangePress): Promise<Answer> {
  const { services, texts, actor } = asked;
  const { changeId } = action;
  if (!holds(actor, 'Backup.Admin')) return refuseRole(asked, action.verb);
  const before = await changeNamed(services, changeId);
  if (before === undefined) return refusePress(asked, action, texts('change.unknown'));
  if (action.verb === 'change.show') return shown(asked, before);
  if (action.verb === 'change.approve' && before.askedBy === actor.id)
    return refusePress(asked, action, texts('change.own'));
  // A card of an earlier state does nothing more.
  if (action.version !== before.state) return answerLate(asked, action, before);
  try {
    const { id, name } = actor;
    const after =
      action.verb === 'change.approve'
        ? await services.retention.approve({ id, name }, changeId)
        : await services.retention.withdraw({ id, name }, changeId);
    return await shown(asked, after);
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
    return answerLate(asked, action, (await changeNamed(services, changeId)) ?? before);
  }
}

/** What is, instead of what was pressed. Whoever pressed twice did it once; anybody else was refused. */
async function answerLate(asked: Asked, action: ChangePress, change: WaitingChange): Promise<Answer> {
  if (!isRepeated(action, change, asked.actor))
    await auditPress(asked, action, 'refused', { state: change.state, why: 'late' });
  return shown(asked, change);
}

const isRepeated = ({ verb }: ChangePress, change: WaitingChange, { id }: Actor): boolean =>
  verb === 'change.approve'
    ? 'approvedBy' in change && change.approvedBy === id
    : change.state === 'withdrawn' && change.endedBy === id;

const shown = async (asked: Asked, change: WaitingChange): Promise<Answer> =>
  sayCard(await changeCardFor(asked, change));

const changeNamed = async ({ records }: BotServices, id: string): Promise<WaitingChange | undefined> =>
  (await records.waitingChanges.get(id))?.value;

/** A change as it is now, for one administrator. */
export async function changeCardFor(
  { services, texts, actor }: Pick<Asked, 'services' | 'texts' | 'actor'>,
  change: WaitingChange,
  told?: { readonly again?: true },
): Promise<Card> {
  return changeCard(texts, await withNames({ services, texts }, change), {
    consoleUrl: services.consoleUrl('activity/approvals'),
    isAsker: change.askedBy === actor.id,
    ...(told === undefined ? {} : { told }),
  });
}

/** What waits for an administrator, the newest first: their consent, or their last chance to withdraw it. */
export async function waitingChanges(
  asked: Pick<Asked, 'services' | 'texts' | 'actor'>,
): Promise<readonly ShownChange[]> {
  if (!holds(asked.actor, 'Backup.Admin')) return [];
  const open = (await asked.services.records.waitingChanges.list()).map(({ value }) => value).filter(isOpen);
  const newest = open.toSorted((a, b) => b.askedAt.localeCompare(a.askedAt));
  return Promise.all(newest.map((change) => withNames(asked, change)));
}

async function withNames(
  { services, texts }: Pick<Asked, 'services' | 'texts'>,
  change: WaitingChange,
): Promise<ShownChange> {
  const nameOf = async (person: string): Promise<string> =>
    (await services.actor(person as UserId, texts('change.somebody')))?.name ?? texts('change.somebody');
  const about = await subjectOf(services, change);
  return {
    change,
    asker: change.askedByName ?? (await nameOf(change.askedBy)),
    ...('approvedBy' in change && change.approvedBy !== 'noSecondPerson'
      ? { approver: await nameOf(change.approvedBy) }
      : {}),
    ...('endedBy' in change ? { ender: await nameOf(change.endedBy) } : {}),
    ...(about === undefined ? {} : { about }),
  };
}

/** The policy by its name; a hold by whom or what it means, or else by its reason. */
async function subjectOf(services: BotServices, { wish }: WaitingChange): Promise<string | undefined> {
  const { records } = services;
  if (wish.kind === 'shorterRetention') return (await records.policies.get(wish.policyId))?.value.name;
  if (wish.kind === 'giveUpPoint') return (await records.resources.get(wish.resourceId))?.value.name;
  if (wish.kind !== 'releaseHold') return undefined;
  const hold = (await records.holds.get(wish.holdId))?.value;
  return hold === undefined ? undefined : ((await heldName(services, hold)) ?? hold.reason);
}

async function heldName({ records }: BotServices, hold: LegalHold): Promise<string | undefined> {
  for await (const resource of allResources(records)) if (covers(hold, resource)) return resource.name;
  return undefined;
}
