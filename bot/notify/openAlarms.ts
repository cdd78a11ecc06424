import { randomUUID } from 'node:crypto';
import { isFault } from '../../engine/fault.ts';
import { instant } from '../../engine/model/ids.ts';
import type { BotServices } from '../botServices.ts';
import { changeKept, readKept } from '../keptRows.ts';
import { alarmCard } from './alarmCards.ts';
import { alarmNow, causeOfAlarm, isAlarm, isCriticalAlarm, type Alarm, type AlarmNow } from './alarms.ts';
import type { Courier } from './courier.ts';
import { notificationSettings, readMessage, type Notice, type OpenAlarm } from './notices.ts';
import { isWanted } from './preferences.ts';
import { blockPlace, placeNamed, type Place } from './references.ts';
import { quietFor, type Delivery, type Round } from './round.ts';

/** What is critical and not over is said again so often. */
const repeatMs = 24 * 3_600_000;
/** An alarm older than this is history: its card is left as it is. */
const longestMs = 30 * 24 * 3_600_000;

/** Where is remembered which card tells of this cause; empty when it is over. What is told once needs none. */
export const openCardKey = ({ about, to }: Pick<Notice, 'about' | 'to'>): string | undefined =>
  isAlarm(about) && about.kind !== 'changeWaiting' && about.kind !== 'lastCopyEnds'
    ? `alarm:${causeOfAlarm(about)}@${to}`
    : undefined;

/** Cards of alarms, each in the outbox until it is over. `pace` is waited for before the chat is spoken to. */
export function openAlarms(services: BotServices, courier: Courier, pace: (place: Place) => Promise<void>) {
  const { records, clock, log } = services;

  /** A card tells of `about`: it is kept until that is over, in place of what was kept of an earlier card. */
  async function told(to: string, about: Notice['about'], activityId: string): Promise<void> {
    if (!isAlarm(about)) return;
    const cause = causeOfAlarm(about);
    const earlier = (await records.outbox.list()).flatMap(({ id, message }) => {
      const read = readMessage(message);
      return read?.kind === 'alarm' && read.to === to && causeOfAlarm(read.about) === cause ? [{ id, read }] : [];
    });
    const now = { toldAt: clock.now(), since: clock.now() };
    // What was changed in place, silently, was not said again.
    const { toldAt, since } = earlier.find(({ read }) => read.activityId === activityId)?.read ?? now;
    const mark = JSON.stringify(await alarmNow(services, about));
    await add({ kind: 'alarm', to, activityId, about, toldAt, since, mark });
    for (const { id } of earlier) await records.outbox.done(id);
  }

  const add = (alarm: OpenAlarm): Promise<void> =>
    records.outbox.add(`alarm-${causeOfAlarm(alarm.about)}-${randomUUID()}@${alarm.to}`, alarm);

  /** Its card says in place, and to nobody anew, how it stands now; what is critical is said again each day. */
  async function settle(id: string, alarm: OpenAlarm, now: Round): Promise<keyof Delivery | undefined> {
    if (!now.looksForFixed) return undefined;
    const { to, about, since } = alarm;
    const place = await placeNamed(records, to);
    const stands = await alarmNow(services, about);
    const isOld = clock.now() - since > longestMs;
    if (isOld || place === undefined || place.blocked === true || stands === undefined) return over(id, alarm);
    const mark = JSON.stringify(stands);
    if (stands.overAt === undefined && isDueAgain(alarm)) {
      const came = await tellAgain(id, alarm, { place, stands, now });
      if (came !== undefined) return came;
    }
    if (mark === alarm.mark) return undefined;
    const card = await alarmCard(services, place, about, { stands });
    if (card === undefined) return over(id, alarm);
    try {
      await pace(place);
      await courier.update(place, alarm.activityId, card);
    } catch (error) {
      if (!isFault(error)) throw error;
      if (!isFault(error, 'forbidden', 'not-found')) return 'waiting';
      log.warn('bot.cardGone', { card: id, kind: error.kind });
      await over(id, alarm);
      return 'lost';
    }
    if (stands.overAt === undefined) await replace(id, { ...alarm, mark });
    else await over(id, alarm);
    return 'updated';
  }

  const isDueAgain = ({ about, toldAt }: OpenAlarm): boolean =>
    isCriticalAlarm(about) && clock.now() - toldAt >= repeatMs;

  async function tellAgain(
    id: string,
    alarm: OpenAlarm,
    { place, stands, now }: { readonly place: Place; readonly stands: AlarmNow; readonly now: Round },
  ): Promise<keyof Delivery | undefined> {
    const { to, about, since } = alarm;
    if ((await quietFor(services, place, { to, about }, now)) !== 'none') return undefined;
    if (!(await isWanted(services, to, about, await notificationSettings(services), now.recoveries))) return undefined;
    const card = await alarmCard(services, place, about, { stands, still: instant(since) });
    if (card === undefined) return over(id, alarm);
    try {
      await pace(place);
      const activityId = await courier.send(place, { card });
      await remember({ to, about }, activityId);
      await replace(id, { ...alarm, activityId, toldAt: clock.now(), mark: JSON.stringify(stands) });
    } catch (error) {
      if (!isFault(error)) throw error;
      if (!isFault(error, 'forbidden', 'not-found')) return 'waiting';
      await blockPlace(records, to);
      return 'lost';
    }
    return 'sent';
  }

  async function replace(id: string, alarm: OpenAlarm): Promise<void> {
    await add(alarm);
    await records.outbox.done(id);
  }

  async function over(id: string, { to, about }: OpenAlarm): Promise<undefined> {
    await remember({ to, about }, '');
    await records.outbox.done(id);
  }

  async function remember(notice: { readonly to: string; readonly about: Alarm }, activityId: string): Promise<void> {
    const key = openCardKey(notice);
    if (key !== undefined && (await readKept<string>(records, key)) !== undefined)
      await changeKept<string>(records, key, () => activityId);
  }

  return { told, settle };
}
