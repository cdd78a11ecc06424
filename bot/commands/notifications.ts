import type { CardAction } from '../../contract/cards.ts';
import { instant } from '../../engine/model/ids.ts';
import { holds, mayDecideRequests } from '../access.ts';
import { notificationsCard } from '../cards/notifications.ts';
import { notificationSettings } from '../notify/notices.ts';
import { night, type QuietHours } from '../notify/quietHours.ts';
import { changePreferences, isMuted, openCauses, readPreferences, type Mute } from '../notify/preferences.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import { audit, auditPress, refuseRole } from './refuse.ts';

const dayMs = 24 * 3_600_000;
const mostDays = 30;

/** `notifications`, `mute 1 day`, `mute until fixed`, `unmute`: of this person, or in a channel of the channel. */
export async function notifications(asked: Asked, rest: string, word: string): Promise<Answer> {
  const wanted = word === 'mute' ? wantedMute(rest, asked.now) : word === 'unmute' ? 'none' : undefined;
  if (wanted === undefined || !hears(asked).troubles) return show(asked);
  if (!mayChangeNotifications(asked)) return refuseRole(asked, 'notifications.save');
  const { services, place } = asked;
  const { mute: _, version: __, causes, ...others } = await readPreferences(services.records, place);
  // What was silenced by itself stays so until everything is to be told again.
  const kept = wanted === 'none' || causes === undefined ? others : { ...others, causes };
  await changePreferences(services.records, place, undefined, {
    ...kept,
    ...(wanted === 'none' ? {} : { mute: wanted }),
  });
  await audit(asked, 'notifications.save', { place: whose(asked), mute: wanted === 'none' ? 'none' : until(wanted) });
  return show(asked);
}

/** "1 day", "7 days", "a week", "until fixed"; a day when nothing is said. Undefined for other words. */
function wantedMute(rest: string, now: number): Mute | undefined {
  const said = rest.trim().toLowerCase();
  if (said === '') return { since: now, until: now + dayMs };
  if (/\bfixed\b/.test(said)) return { since: now };
  const [, count = '', unit = ''] = /^(?:for )?(\d{1,3}|a|one) ?(days?|weeks?)$/.exec(said) ?? [];
  if (unit === '') return undefined;
  const days = (/^\d/.test(count) ? Number(count) : 1) * (unit.startsWith('week') ? 7 : 1);
  return { since: now, until: now + Math.max(1, Math.min(days, mostDays)) * dayMs };
}

export const showNotifications = (asked: Asked): Promise<Answer> => show(asked);

/** The press on Save. A card that was drawn before the last change changes nothing. */
export async function saveNotifications(
  asked: Asked,
  action: CardAction & { verb: 'notifications.save' },
): Promise<Answer> {
  if (!mayChangeNotifications(asked)) return refuseRole(asked, action.verb);
  const { services, place, now } = asked;
  const {
    version: _,
    mute: muteBefore,
    quiet: quietBefore,
    ...others
  } = await readPreferences(services.records, place);
  const may = hears(asked);
  const mute =
    action.mute === undefined || action.mute === 'keep' ? muteBefore : chosenMute(action.mute, muteBefore, now);
  const quiet = chosenQuiet(action, quietBefore);
  const changed = await changePreferences(services.records, place, Number(action.version), {
    ...others,
    ...(quiet === undefined || !isOwn(asked) ? {} : { quiet }),
    ...(action.digest === undefined || !may.digest ? {} : { digest: action.digest }),
    ...(action.troubles === undefined || !may.troubles ? {} : { troubles: action.troubles }),
    ...(mute === undefined || !may.troubles ? {} : { mute }),
  });
  const { digest, troubles, quiet: hours } = await readPreferences(services.records, place);
  if (changed)
    await auditPress(asked, action, 'done', {
      place: whose(asked),
      ...(digest === undefined ? {} : { digest }),
      ...(troubles === undefined ? {} : { troubles }),
      mute: mute === undefined ? 'none' : until(mute),
      ...(hours === undefined ? {} : { quiet: `${hours.from}-${hours.to} ${hours.critical}` }),
    });
  return show(asked);
}

function chosenMute(
  chosen: 'none' | 'day' | 'week' | 'fixed',
  before: Mute | undefined,
  now: number,
): Mute | undefined {
  switch (chosen) {
    case 'none':
      return undefined;
    case 'day':
      return { since: now, until: now + dayMs };
    case 'week':
      return { since: now, until: now + 7 * dayMs };
    case 'fixed':
      // Chosen again it goes on from where it began.
      return before !== undefined && before.until === undefined ? before : { since: now };
  }
}

/** Times that were left out are those of before, or of a night. */
function chosenQuiet(
  { quiet, quietFrom, quietTo }: CardAction & { verb: 'notifications.save' },
  before: QuietHours | undefined,
): QuietHours | undefined {
  if (quiet === undefined) return before;
  if (quiet === 'off') return undefined;
  return { from: quietFrom ?? before?.from ?? night.from, to: quietTo ?? before?.to ?? night.to, critical: quiet };
}

const until = (mute: Mute): string => (mute.until === undefined ? 'until fixed' : `until ${instant(mute.until)}`);
const isOwn = ({ conversation }: Asked): boolean => conversation.kind === 'personal';
const whose = (asked: Asked): string => (isOwn(asked) ? 'own' : asked.conversation.kind);

/** A channel's belong to everybody in it: admins change them. */
export const mayChangeNotifications = (asked: Asked): boolean => isOwn(asked) || holds(asked.actor, 'Backup.Admin');

/** What comes to this place by the role of its reader. */
export const hears = (asked: Asked): { readonly digest: boolean; readonly troubles: boolean } => ({
  digest: !isOwn(asked) || holds(asked.actor, 'Backup.Admin', 'Backup.Auditor'),
  troubles: !isOwn(asked) || holds(asked.actor, 'Backup.Admin'),
});

async function show(asked: Asked): Promise<Answer> {
  const { services, texts, actor, place } = asked;
  const shared = await notificationSettings(services);
  const wishes = await readPreferences(services.records, place);
  const may = hears(asked);
  const digest = shared.digest === 'off' ? 'off' : (wishes.digest ?? shared.digest);
  const troubles = shared.report === 'never' ? 'off' : (wishes.troubles ?? 'on');
  const muted = (await isMuted(services, wishes))
    ? wishes.mute?.until === undefined
      ? 'fixed'
      : instant(wishes.mute.until)
    : undefined;
  return sayCard(
    notificationsCard(texts, {
      version: wishes.version,
      where: isOwn(asked) ? 'own' : 'here',
      ...(may.digest ? { digest } : {}),
      plan: {
        day: shared.digestDay,
        at: shared.digestAt,
        ...(shared.timeZone === undefined ? {} : { timeZone: shared.timeZone }),
      },
      ...(may.troubles ? { troubles } : {}),
      approvals: isOwn(asked) && mayDecideRequests(actor),
      ...(isOwn(asked) ? { quiet: wishes.quiet ?? { ...night, critical: 'off' } } : {}),
      ...(muted === undefined ? {} : { muted }),
      snoozed: may.troubles ? (await openCauses(services, wishes)).length : 0,
      mayChange: mayChangeNotifications(asked),
      consoleUrl: services.consoleUrl('overview'),
    }),
  );
}
