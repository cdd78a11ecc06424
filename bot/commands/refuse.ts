import { instant } from '../../engine/model/ids.ts';
import { noRoleCard } from '../cards/notes.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';

/** A wish that the person's role does not allow: said in words, written down. */
export async function refuseRole(asked: Asked, action: string): Promise<Answer> {
  await audit(asked, action, {}, 'refused');
  return sayCard(noRoleCard(asked.texts, roleWord(asked)));
}

function roleWord({ actor, texts }: Asked): string {
  const [first] = actor.roles;
  return first === undefined ? texts('role.member') : texts(`role.${first}`);
}

/** Who did what through the bot. `on` holds ids and plain words, never content. */
export async function audit(
  { services, actor, now }: Asked,
  action: string,
  on: Readonly<Record<string, string>>,
  result: 'done' | 'refused' = 'done',
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
