import type { Instant } from '../../engine/model/ids.ts';
import { holds } from '../access.ts';
import type { BotServices } from '../botServices.ts';
import { alarmCard as drawAlarm } from '../cards/alarm.ts';
import type { Card } from '../cards/card.ts';
import { changeCardFor } from '../commands/changes.ts';
import { alarmNow, type Alarm, type AlarmFacts, type AlarmNow } from './alarms.ts';
import { textsOf, type Place } from './references.ts';

/** The card of an alarm for one place; undefined for whom it is not meant any more. */
export async function alarmCard(
  services: BotServices,
  place: Place,
  alarm: Alarm,
  told: {
    readonly stands?: AlarmNow;
    /** It was told before, first at this time. */
    readonly still?: Instant;
  } = {},
): Promise<Card | undefined> {
  const { person } = place;
  const actor = person === undefined ? undefined : await services.actor(person.id, person.name);
  // Whoever lost the role since it was put down is told nothing.
  if (person !== undefined && (actor === undefined || !holds(actor, 'Backup.Admin'))) return undefined;
  const stands = told.stands ?? (await alarmNow(services, alarm));
  if (stands === undefined) return undefined;
  const { facts, overAt } = stands;
  const texts = textsOf(place);
  if (facts.kind === 'changeWaiting')
    return actor === undefined
      ? undefined
      : changeCardFor({ services, texts, actor }, facts.change, 'again' in alarm ? { again: true } : {});
  return drawAlarm(texts, facts, {
    named: person !== undefined,
    consoleUrl: services.consoleUrl(placeOf(facts)),
    ...(overAt === undefined ? {} : { overAt }),
    ...(told.still === undefined ? {} : { still: told.still }),
  });
}

/** Where in the console something can be done about it. */
function placeOf(facts: Exclude<AlarmFacts, { kind: 'changeWaiting' }>): string {
  switch (facts.kind) {
    case 'lastCopyEnds':
      return `protection/resource/${facts.resource}`;
    case 'expiryPaused':
      return facts.count > 1 ? 'protection' : `protection/resource/${facts.resource}`;
    case 'sweepRefused':
      return 'manage/cleanup';
    case 'drillFailed':
      return `manage/drills/${facts.drill}`;
    case 'damageFound':
      return `manage/verification/${facts.verification}`;
    case 'recoveryKeyUnproven':
      return 'manage/keys';
  }
}
