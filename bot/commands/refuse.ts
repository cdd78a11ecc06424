import type { CardAction } from '../../contract/cards.ts';
import { instant, type UserId } from '../../engine/model/ids.ts';
import type { AuditEntry } from '../../engine/records/records.ts';
import type { BotServices } from '../botServices.ts';
import { noRoleCard, refusedCard } from '../cards/notes.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';

/** A wish that the person's role does not allow: said in words, written down. */
export async function refuseRole(asked: Asked, action: string): Promise<Answer> {
  await audit(asked, action, {}, 'refused');
  return sayCard(noRoleCard(asked.texts, roleWord(asked)));
}

/** A press that is not carried out: said in words, written down. */
export async function refusePress(asked: Asked, press: CardAction, why: string): Promise<Answer> {
  await auditPress(asked, press, 'refused');
  return sayCard(refusedCard(asked.texts, why));
}

/** What became of a press, under the name that the API gives the same deed. */
export async function auditPress(
  asked: Asked,
  press: CardAction,
  result: AuditEntry['result'],
  more: AuditEntry['on'] = {},
): Promise<void> {
  await audit(asked, deeds[press.verb] ?? press.verb, { ...idsOf(press), ...more }, result);
}

/** A press of somebody who is nobody here, or of a button that is none of ours (any more). */
export async function auditUnreadPress(
  { records, clock }: Pick<BotServices, 'records' | 'clock'>,
  who: UserId,
  verb: unknown,
  why: 'guest' | 'unknown',
): Promise<void> {
  const named = typeof verb === 'string' && /^[a-z]+\.[A-Za-z]+$/.test(verb) ? verb.slice(0, 64) : 'unknown';
  await records.audit.append({
    at: instant(clock.now()),
    who,
    action: 'card.press',
    on: { verb: named, why, by: 'bot' },
    result: 'refused',
  });
}

const deeds: Partial<Readonly<Record<CardAction['verb'], string>>> = {
  'approval.approve': 'restore.approve',
  'approval.decline': 'restore.decline',
  'restore.form': 'restore.ask',
  'restore.check': 'restore.ask',
  'backup.ask': 'run.start',
  'backup.confirm': 'run.start',
  'failures.retry': 'run.start',
  'snooze.save': 'notifications.save',
  'snooze.saveAlarm': 'notifications.save',
};

const ids = {
  requestId: 'request',
  runId: 'run',
  policyId: 'policy',
  resourceId: 'resource',
  itemId: 'item',
  changeId: 'change',
} as const;

/** The ids that a card carried: well-formed, not necessarily there. */
const idsOf = (press: CardAction): AuditEntry['on'] =>
  Object.fromEntries(
    Object.entries(ids).flatMap(([field, name]) => {
      const id = (press as Readonly<Record<string, unknown>>)[field];
      return typeof id === 'string' ? [[name, id]] : [];
    }),
  );

function roleWord({ actor, texts }: Asked): string {
  const [first] = actor.roles;
  return first === undefined ? texts('role.member') : texts(`role.${first}`);
}

/** Who did what through the bot. `on` holds ids and plain words, never content. */
export async function audit(
  { services, actor, now }: Asked,
  action: string,
  on: AuditEntry['on'],
  result: AuditEntry['result'] = 'done',
): Promise<void> {
  await services.records.audit.append({
    at: instant(now),
    who: actor.id,
    name: actor.name,
    action,
    on: { ...on, by: 'bot' },
    result,
  });
}
