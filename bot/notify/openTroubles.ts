import { isFault } from '../../engine/fault.ts';
import type { BotServices } from '../botServices.ts';
import type { Courier } from './courier.ts';
import { fold, readFolded, unfold } from './dailyCap.ts';
import { getsDigests } from './dailyDigest.ts';
import { runReportCard } from './noticeCards.ts';
import { notificationSettings, type About, type Notice, type OpenTrouble } from './notices.ts';
import { isWanted } from './preferences.ts';
import { blockPlace, placeNamed, type Place } from './references.ts';
import { quietFor, type Delivery, type Round } from './round.ts';
import { isCritical } from './severity.ts';

/** What is critical and not fixed is said again so often. */
const repeatMs = 24 * 3_600_000;
/** A trouble older than this is history: its card is left as it is. */
const longestTroubleMs = 30 * 24 * 3_600_000;

/** Troubles that were told, each in the outbox until it is over. `pace` is waited for before the chat is spoken to. */
export function openTroubles(services: BotServices, courier: Courier, pace: (place: Place) => Promise<void>) {
  const { records, clock, log } = services;

  /** A card, or without one the next summary, tells `about`; where that is a trouble, it is kept until it is over. */
  async function told(to: string, about: About, activityId?: string): Promise<void> {
    if (about.kind !== 'runReport' || about.because !== 'worse') return;
    const card = activityId === undefined ? {} : { activityId };
    const trouble: OpenTrouble = { kind: 'trouble', to, ...card, report: about, toldAt: clock.now() };
    await records.outbox.add(`trouble-${about.run}@${to}`, trouble);
  }

  /** The report of a trouble says in place, and to nobody anew, that it is over. */
  async function settle(id: string, trouble: OpenTrouble, now: Round): Promise<keyof Delivery | undefined> {
    const { to, activityId, report } = trouble;
    if (!now.looksForFixed) return undefined;
    const over = (): Promise<void> => records.outbox.done(id);
    const isOld = clock.now() - Date.parse(report.finishedAt) > longestTroubleMs;
    const fixedAt = isOld ? undefined : (await now.recoveries()).wellSince(report.finishedAt, report.policyId);
    const place = await placeNamed(records, to);
    if (!isOld && place !== undefined && activityId === undefined) {
      if (fixedAt === undefined) return toldAfterAll(id, trouble, place);
      await fold(records, to, report, clock.now(), fixedAt);
      await over();
      return undefined;
    }
    if (!isOld && fixedAt === undefined) return tellAgain(id, trouble, now);
    if (isOld || activityId === undefined || place === undefined || place.blocked === true) {
      await over();
      return undefined;
    }
    try {
      await pace(place);
      await courier.update(place, activityId, await runReportCard(services, place, report, { fixedAt }));
    } catch (error) {
      if (!isFault(error)) throw error;
      if (!isFault(error, 'forbidden', 'not-found')) return 'waiting';
      log.warn('bot.cardGone', { card: id, kind: error.kind });
      await over();
      return 'lost';
    }
    await over();
    return 'updated';
  }

  /** It was left to a summary that does not come any more: it is told by itself. */
  async function toldAfterAll(id: string, { to, report }: OpenTrouble, place: Place): Promise<undefined> {
    const isUntold = (await readFolded(records, place)).some(({ key }) => key === report.run);
    if (!isUntold || (await getsDigests(services, place))) return;
    const notice: Notice = { kind: 'notice', to, about: report };
    await records.outbox.add(`run-${report.run}@${to}`, notice);
    await unfold(records, to, report.run);
    await records.outbox.done(id);
  }

  /**
   * What is critical is said again each day, while it is not fixed and no newer card of its cause is there; never of a
   * policy that is switched off, and one that was removed has no troubles any more.
   */
  async function tellAgain(id: string, trouble: OpenTrouble, now: Round): Promise<keyof Delivery | undefined> {
    const { to, report, toldAt = Date.parse(report.finishedAt), again = 0 } = trouble;
    if (!isCritical(report) || clock.now() - toldAt < repeatMs) return undefined;
    const isOutdated = now.waiting.some(
      ({ message }) =>
        message.kind === 'trouble' &&
        message.to === to &&
        message.report.policyId === report.policyId &&
        message.report.finishedAt > report.finishedAt,
    );
    if (isOutdated) return undefined;
    const policy = (await records.policies.get(report.policyId))?.value;
    if (policy === undefined) {
      await records.outbox.done(id);
      return undefined;
    }
    // Switched on again it goes on from here: a run that fails as the last one did is no new trouble.
    const place = policy.enabled ? await placeNamed(records, to) : undefined;
    if (place === undefined || place.blocked === true) return undefined;
    if ((await quietFor(services, place, { to, about: report }, now)) !== 'none') return undefined;
    if (!(await isWanted(services, to, report, await notificationSettings(services), now.recoveries))) return undefined;
    try {
      await pace(place);
      const card = await runReportCard(services, place, report, { still: true });
      const told = { activityId: await courier.send(place, { card }), toldAt: clock.now(), again: again + 1 };
      await records.outbox.add(`trouble-${report.run}-${again + 1}@${to}`, { ...trouble, ...told });
    } catch (error) {
      if (!isFault(error)) throw error;
      if (!isFault(error, 'forbidden', 'not-found')) return 'waiting';
      await blockPlace(records, to);
      return 'lost';
    }
    await records.outbox.done(id);
    return 'sent';
  }

  return { told, settle };
}
