import { isFault, type Fault } from '../../engine/fault.ts';
import { instant } from '../../engine/model/ids.ts';
import type { BotServices } from '../botServices.ts';
import { changeKept, readKept } from '../keptRows.ts';
import type { Card } from '../cards/card.ts';
import type { Courier } from './courier.ts';
import { fold, foldedTold, isTooMuch, noteSaid, readFolded } from './dailyCap.ts';
import { noteLost } from './health.ts';
import { getsDigests, spreadDailyDigests } from './dailyDigest.ts';
import { endOfRestore, followed as followedNow, noticeCard } from './noticeCards.ts';
import { tellLeftOver } from './leftOver.ts';
import {
  noticesFor,
  notificationSettings,
  readMessage,
  type FollowedCard,
  type Message,
  type Notice,
} from './notices.ts';
import { openAlarms, openCardKey } from './openAlarms.ts';
import { openTroubles } from './openTroubles.ts';
import { isWanted } from './preferences.ts';
import { lookForRecoveries, type Recoveries } from './recovery.ts';
import { blockPlace, placeNamed, type Place } from './references.ts';
import { quietFor, type Delivery, type Round } from './round.ts';

/** Tries of one notice before it is given up. */
const mostTries = 5;
const firstRetryMs = 15_000;
const longestRetryMs = 15 * 60_000;
/** One message a second to a conversation, twenty a second to the tenant. */
const perConversationMs = 1000;
const perTenantMs = 50;
/** A followed card is drawn anew at most this often. */
const redrawMs = 15_000;
/** A card that follows longer than this is left as it is. */
const longestFollowMs = 4 * 24 * 3_600_000;
/** How often is looked whether a trouble is over, and whether a daily digest is due. */
const lookMs = 60_000;
const dailyLookMs = 5 * 60_000;
/** Ends that were told in place, remembered for each conversation. */
const mostTold = 50;

interface Tries {
  readonly count: number;
  readonly notBefore: number;
}

const isDigest = ({ kind }: Notice['about']): boolean => kind === 'weeklyDigest' || kind === 'dailyDigest';
/** What waits for a reader, or for its end, has been given to its places. */
const isKept = (message: Message): message is Exclude<Message, Notice['about']> =>
  message.kind === 'notice' || message.kind === 'follow' || message.kind === 'trouble' || message.kind === 'alarm';
const isReminder = ({ about }: Notice): boolean =>
  (about.kind === 'approval' || about.kind === 'changeWaiting') && about.again === true;
/** Each end of a restore by itself: one that waits does not stand for the next. */
const ownersPart = ({ about }: Notice): string =>
  about.kind === 'ownerTold' ? `-owner${about.finishedAt === undefined ? '' : Date.parse(about.finishedAt)}` : '';
/** Where is remembered in which card the reader was told of an earlier end of the same, or of the same cause. */
const earlierKey = ({ about, to }: Notice): string | undefined =>
  about.kind === 'ownerTold' ? `owner:${about.requestId}@${to}` : openCardKey({ about, to });

/**
 * Drains the outbox: says who is to be told, tells them, and brings cards that follow something up to date. Called by a
 * timer; what a broken connection keeps from leaving stays and is tried again, up to five times. A backup never waits
 * for any of this. `jitter` answers a number in [0, 1).
 */
export function makeDelivery(
  services: BotServices,
  courier: Courier,
  jitter: () => number = Math.random,
): () => Promise<Delivery> {
  const { records, clock, log } = services;
  const lastSaid = new Map<string, number>();
  const drawn = new Map<string, { readonly mark: string; readonly at: number }>();
  let lastSend = -Infinity;
  let lastDaily = -Infinity;
  let lastLook = -Infinity;
  const troubles = openTroubles(services, courier, pace);
  const alarms = openAlarms(services, courier, pace);

  async function pace(place: Place): Promise<void> {
    const soonest = Math.max(
      (lastSaid.get(place.conversationId) ?? -Infinity) + perConversationMs,
      lastSend + perTenantMs,
    );
    if (soonest > clock.now()) await clock.sleep(soonest - clock.now());
    lastSend = clock.now();
    lastSaid.set(place.conversationId, lastSend);
  }

  async function spread(): Promise<void> {
    for (const { id, message } of await records.outbox.list()) {
      if (message === undefined) log.error('bot.noticeUnreadable', { notice: id });
      const about = readMessage(message);
      if (about === undefined || isKept(about)) continue;
      for (const notice of await noticesFor(services, id, about))
        await records.outbox.add(
          `${id}${isReminder(notice) ? '-again' : ''}${ownersPart(notice)}@${notice.to}`,
          notice,
        );
      await records.outbox.done(id);
    }
  }

  async function tell(id: string, notice: Notice, now: Round): Promise<keyof Delivery | undefined> {
    if (notice.notBefore !== undefined && clock.now() < notice.notBefore) return undefined;
    const tries = await readKept<Tries>(records, `tries:${id}`);
    if (tries !== undefined && clock.now() < tries.notBefore) return 'waiting';
    const place = await placeNamed(records, notice.to);
    const told = place === undefined || place.blocked === true ? 'elsewhere' : await toldAlready(notice, now);
    if (told === 'stillFollowed') return undefined;
    const rest = place === undefined || told !== 'no' ? 'none' : await quietFor(services, place, notice, now);
    if (rest === 'now') return undefined;
    const isAsked =
      told === 'no' &&
      rest !== 'overslept' &&
      (await isWanted(services, notice.to, notice.about, await notificationSettings(services), now.recoveries));
    const isFolded = isAsked && place !== undefined && (await isLeftToDigest(place, notice.about));
    if (isFolded) {
      await fold(records, notice.to, notice.about, clock.now());
      await troubles.told(notice.to, notice.about);
    }
    const folded = isDigest(notice.about) && place !== undefined ? await readFolded(records, place) : [];
    const card =
      place === undefined || !isAsked || isFolded ? undefined : await noticeCard(services, place, notice.about, folded);
    if (place === undefined || card === undefined) {
      await records.outbox.done(id);
      return undefined;
    }
    let activityId: string;
    try {
      await pace(place);
      activityId = await say(place, card, earlierKey(notice));
    } catch (error) {
      if (!isFault(error)) throw error;
      return putOff(id, notice.to, error, tries?.count ?? 0);
    }
    const { about, to } = notice;
    await noteSaid(records, place, about, clock.now());
    await foldedTold(records, place, folded);
    await troubles.told(to, about, activityId);
    await alarms.told(to, about, activityId);
    await records.outbox.done(id);
    return 'sent';
  }

  /**
   * A card that stands in the chat and follows the run or the restore tells its end in place. While it does the notice
   * waits: should the card be gone by then, the notice goes out.
   */
  async function toldAlready({ to, about }: Notice, { waiting }: Round): Promise<'elsewhere' | 'stillFollowed' | 'no'> {
    const subject =
      about.kind === 'runReport' && about.because === 'asked'
        ? { id: about.run, end: about.run }
        : about.kind === 'restored'
          ? { id: about.requestId, end: endOfRestore(about.requestId, about.finishedAt) }
          : undefined;
    if (subject === undefined) return 'no';
    if ((await readKept<readonly string[]>(records, `told:${to}`))?.includes(subject.end) === true) return 'elsewhere';
    const isFollowed = waiting.some(
      ({ message }) => message.kind === 'follow' && message.to === to && message.follow.id === subject.id,
    );
    return isFollowed ? 'stillFollowed' : 'no';
  }

  /** In a card of its own, or in place of what stood there about the same before. Answers the id of the card. */
  async function say(place: Place, card: Card, key: string | undefined): Promise<string> {
    const earlier = key === undefined ? undefined : await readKept<string>(records, key);
    if (earlier !== undefined && earlier !== '')
      try {
        await courier.update(place, earlier, card);
        return earlier;
      } catch (error) {
        if (!isFault(error, 'not-found')) throw error;
        log.warn('bot.cardGone', { card: key ?? '', kind: error.kind });
      }
    const activityId = await courier.send(place, { card });
    if (key !== undefined) await changeKept<string>(records, key, () => activityId);
    return activityId;
  }

  /** One too many for its day is left to the next summary, where there will be one. */
  const isLeftToDigest = async (place: Place, about: Notice['about']): Promise<boolean> =>
    (await isTooMuch(records, place, about, clock.now())) && (await getsDigests(services, place));

  async function putOff(id: string, to: string, fault: Fault, before: number): Promise<keyof Delivery> {
    if (isFault(fault, 'forbidden', 'not-found')) {
      await blockPlace(records, to);
      await records.outbox.done(id);
      log.warn('bot.blocked', { notice: id, kind: fault.kind });
      return 'lost';
    }
    const count = before + 1;
    if (count >= mostTries) {
      await noteLost(records, { id, at: instant(clock.now()), trouble: fault.kind });
      await records.outbox.done(id);
      log.error('bot.noticeLost', { notice: id, kind: fault.kind, tries: count });
      return 'lost';
    }
    const pause = Math.min(longestRetryMs, firstRetryMs * 2 ** (count - 1)) * (0.5 + jitter());
    const notBefore = clock.now() + Math.max(fault.retryAfterMs ?? 0, pause);
    await changeKept<Tries>(records, `tries:${id}`, () => ({ count, notBefore }));
    return 'waiting';
  }

  async function redraw(id: string, card: FollowedCard): Promise<keyof Delivery | undefined> {
    const last = drawn.get(id);
    if (last !== undefined && clock.now() - last.at < redrawMs) return undefined;
    const place = await placeNamed(records, card.to);
    const now = place === undefined ? undefined : await followedNow(services, place, card.reader, card.follow);
    const stop = async (): Promise<void> => {
      drawn.delete(id);
      await records.outbox.done(id);
    };
    if (place === undefined || now === undefined || clock.now() - card.since > longestFollowMs) {
      await stop();
      return undefined;
    }
    const isNew = now.mark !== last?.mark;
    if (isNew) {
      try {
        await pace(place);
        await courier.update(place, card.activityId, await now.draw());
      } catch (error) {
        if (!isFault(error)) throw error;
        // Gone or not ours any more: nobody looks at this card. Anything else passes; the next round draws it anew.
        if (isFault(error, 'forbidden', 'not-found')) {
          log.warn('bot.cardGone', { card: id, kind: error.kind });
          await stop();
          return 'lost';
        }
        drawn.set(id, { mark: last?.mark ?? '', at: clock.now() });
        return 'waiting';
      }
    }
    drawn.set(id, { mark: now.mark, at: clock.now() });
    const { end } = now;
    if (end !== undefined) {
      const told = (known: readonly string[] = []) => [...known, end].slice(-mostTold);
      await changeKept<readonly string[]>(records, `told:${card.to}`, told);
      await stop();
    }
    return isNew ? 'updated' : undefined;
  }

  async function thisRound(): Promise<Round> {
    const looksForFixed = clock.now() - lastLook >= lookMs;
    if (looksForFixed) lastLook = clock.now();
    let looked: Promise<Recoveries> | undefined;
    const waiting = (await records.outbox.list()).flatMap(({ id, message }) => {
      const read = readMessage(message);
      return read === undefined ? [] : [{ id, message: read }];
    });
    return { waiting, looksForFixed, recoveries: () => (looked ??= lookForRecoveries(services)) };
  }

  async function round(): Promise<Delivery> {
    const delivery = { sent: 0, updated: 0, waiting: 0, lost: 0 };
    await spread();
    if (clock.now() - lastDaily >= dailyLookMs) {
      lastDaily = clock.now();
      await spreadDailyDigests(services);
    }
    const now = await thisRound();
    for (const { id, message } of now.waiting) {
      const came =
        message.kind === 'notice'
          ? await tell(id, message, now)
          : message.kind === 'follow'
            ? await redraw(id, message)
            : message.kind === 'trouble'
              ? await troubles.settle(id, message, now)
              : message.kind === 'alarm'
                ? await alarms.settle(id, message, now)
                : undefined;
      if (came !== undefined) delivery[came]++;
    }
    if (now.looksForFixed) for await (const came of tellLeftOver(services, courier, pace, now)) delivery[came]++;
    return delivery;
  }

  // A round may take longer than the timer waits: two at once would tell people twice.
  let atWork: Promise<Delivery> | undefined;
  return () =>
    (atWork ??= round().finally(() => {
      atWork = undefined;
    }));
}
