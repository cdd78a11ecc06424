import { isFault } from '../../engine/fault.ts';
import type { RunReport } from '../../engine/backup/report.ts';
import type { RequestId, UserId } from '../../engine/model/ids.ts';
import type { RestoreRequest } from '../../engine/model/restoreRequest.ts';
import type { Actor } from '../../engine/restore/restoreFlow.ts';
import type { BotServices } from '../botServices.ts';
import type { Card } from '../cards/card.ts';
import { failuresCard, digestCard, reportCard } from '../cards/report.ts';
import { ownerCard } from '../cards/owner.ts';
import { approvalBaseCard } from '../cards/approvals.ts';
import { hasEnded } from '../cards/job.ts';
import { runCard } from '../commands/backup.ts';
import { digestOfDays } from '../commands/report.ts';
import { restoreCard } from '../commands/restore.ts';
import type { Texts } from '../texts.ts';
import type { Follow } from '../turn.ts';
import { alarmCard } from './alarmCards.ts';
import { alarmNow, isAlarm, type AlarmNow } from './alarms.ts';
import { readsDigests } from './dailyDigest.ts';
import type { Folded } from './dailyCap.ts';
import { storedRequest, type About } from './notices.ts';
import { textsOf, type Place } from './references.ts';

/** The card of a notice as things are now; undefined when there is nothing to tell any more. */
export async function noticeCard(
  services: BotServices,
  place: Place,
  about: About,
  /** What a summary tells beside its numbers. */
  folded: readonly Folded[] = [],
): Promise<Card | undefined> {
  const texts = textsOf(place);
  if (isAlarm(about)) {
    const stands = await alarmNow(services, about);
    // Over before it was told.
    if (stands === undefined || stands.overAt !== undefined) return undefined;
    if ('again' in about && !isWaitingFor(stands, place)) return undefined;
    return alarmCard(services, place, about, { stands });
  }
  switch (about.kind) {
    case 'runReport':
      return runReportCard(services, place, about);
    case 'weeklyDigest':
      return digestCard(texts, about, {
        consoleUrl: services.consoleUrl('activity'),
        scheduled: 'weekly',
        left: await foldedLines(services, texts, folded),
      });
    case 'dailyDigest':
      // Whoever lost the role since it was put down is told nothing.
      return (await readsDigests(services, place))
        ? digestCard(texts, await digestOfDays(services, Date.parse(about.to), 1), {
            consoleUrl: services.consoleUrl('activity'),
            scheduled: 'daily',
            left: await foldedLines(services, texts, folded),
          })
        : undefined;
    case 'failingItems':
      return failuresCard(texts, causes(texts, about.items), {
        consoleUrl: services.consoleUrl(`activity/${about.run}`),
        more: 0,
        told: true,
        trouble: { runId: about.run, resourceId: about.resource },
        mayRetry: true,
        maySnooze: true,
      });
    case 'approval': {
      const request = await requestFor(services, place, about.requestId);
      if (request?.state !== 'waiting' || request.asker.id === place.person?.id) return undefined;
      return approvalBaseCard(texts, {
        requestId: request.id,
        asker: request.asker.name,
        createdAt: request.createdAt,
        userIds: place.person === undefined ? [] : [place.person.chatId],
        consoleUrl: services.consoleUrl('activity/approvals'),
        ...(about.again === undefined ? {} : { again: about.again }),
      });
    }
    case 'ownerTold': {
      const request = await storedRequest(services, about.requestId);
      // Taken up again meanwhile: its last end tells all of it.
      const isPast = about.finishedAt !== undefined && request?.finishedAt !== about.finishedAt;
      return request === undefined || isPast
        ? undefined
        : ownerCard(texts, request, { consoleUrl: services.consoleUrl('overview') });
    }
    case 'restored': {
      const request = await requestFor(services, place, about.requestId);
      return request === undefined || place.person === undefined
        ? undefined
        : (await followed(services, place, place.person.id, { kind: 'restore', id: request.id }))?.draw();
    }
  }
}

/** Does a change wait for somebody of this place to agree with it? */
const isWaitingFor = ({ facts }: AlarmNow, { person }: Place): boolean =>
  facts.kind === 'changeWaiting' && facts.change.state === 'asked' && facts.change.askedBy !== person?.id;

/** What was put aside for a summary that does not come any more, beside the numbers of the last day. */
export const leftOverCard = async (services: BotServices, place: Place, folded: readonly Folded[]): Promise<Card> => {
  const texts = textsOf(place);
  return digestCard(texts, await digestOfDays(services, services.clock.now(), 1), {
    consoleUrl: services.consoleUrl('activity'),
    left: await foldedLines(services, texts, folded),
  });
};

/** The report of a run; `fixedAt`: when the policy went well again; `still`: it was told before and did not. */
export async function runReportCard(
  services: BotServices,
  place: Place,
  report: RunReport,
  since: { readonly fixedAt?: string | undefined; readonly still?: true } = {},
): Promise<Card> {
  const named = place.person !== undefined;
  return reportCard(
    textsOf(place),
    { ...report, runId: report.run, troubled: named ? await troubledNames(services, report) : [] },
    {
      named,
      consoleUrl: services.consoleUrl(`activity/${report.run}`),
      ...(report.because === 'asked' ? {} : { because: report.because }),
      ...(since.fixedAt === undefined ? {} : { fixedAt: since.fixedAt }),
      ...(since.still === undefined ? {} : { still: since.still }),
      ...(report.because === 'worse' ? { mayRetry: true, maySnooze: true } : {}),
    },
  );
}

async function foldedLines({ records }: BotServices, texts: Texts, folded: readonly Folded[]) {
  const lines = await Promise.all(
    folded.map(async ({ about, at }) => {
      if (about.kind === 'more') return [];
      if (about.kind === 'runReport') {
        const name = (await records.policies.get(about.policyId))?.value.name ?? texts('backup.scope');
        const said = { name, status: texts(`status.${about.status}`), moment: texts.moment(at) };
        return about.fixedAt === undefined
          ? [texts('digest.left.run', said)]
          : [texts('digest.left.fixed', { ...said, fixed: texts.moment(about.fixedAt) })];
      }
      if (about.kind === 'sweepRefused') return [texts('digest.left.sweepRefused', { moment: texts.moment(at) })];
      const name = (await records.resources.get(about.resource))?.value.name ?? texts('backup.scope');
      if (about.kind === 'lastCopyEnds')
        return [texts('digest.left.lastCopyEnds', { name, day: texts.day(about.endsAt) })];
      return [texts('digest.left.items', { name, count: about.count })];
    }),
  );
  const more = folded.reduce((sum, { about }) => sum + (about.kind === 'more' ? about.count : 0), 0);
  return { lines: lines.flat(), more };
}

async function troubledNames({ records }: BotServices, { troubled }: RunReport) {
  return Promise.all(
    troubled.slice(0, 5).map(async ({ resourceId, reason }) => {
      const name = (await records.resources.get(resourceId))?.value.name;
      return { ...(name === undefined ? {} : { name }), ...(reason === undefined ? {} : { reason }) };
    }),
  );
}

function causes(texts: Texts, items: readonly { readonly reason?: string }[]) {
  const byReason = Map.groupBy(items, ({ reason }) => reason ?? texts('report.noReason'));
  return [...byReason]
    .map(([reason, group]) => ({ reason, count: group.length, what: 'items' as const, examples: [] }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 5);
}

/** The request with the rights that its reader has at this moment; undefined when they may not see it. */
async function requestFor(services: BotServices, place: Place, id: RequestId): Promise<RestoreRequest | undefined> {
  if (place.person === undefined) return undefined;
  const actor = await services.actor(place.person.id, place.person.name);
  return actor === undefined ? undefined : requestOf(services, actor, id);
}

async function requestOf(services: BotServices, actor: Actor, id: RequestId): Promise<RestoreRequest | undefined> {
  try {
    return await services.restore.get(actor, id);
  } catch (error) {
    if (isFault(error, 'not-found', 'forbidden')) return undefined;
    throw error;
  }
}

export interface Followed {
  /** Equal marks draw equal cards: nothing has to be read for a card that stays as it is. */
  readonly mark: string;
  /** Names the end that what it followed has come to; absent before. */
  readonly end?: string;
  draw(): Promise<Card>;
}

/** What a card follows, as it is now. Undefined when its reader may not see it any more. */
export async function followed(
  services: BotServices,
  place: Place,
  reader: UserId,
  follow: Follow,
): Promise<Followed | undefined> {
  const actor = await services.actor(reader, place.person?.name ?? '');
  if (actor === undefined) return undefined;
  const facing = { services, texts: textsOf(place), actor, now: services.clock.now() };
  if (follow.kind === 'run') {
    const stored = (await services.records.runs.get(follow.id))?.value;
    if (stored === undefined) return undefined;
    const [run] = await services.describeRuns([stored]);
    const { state, status, counts } = run ?? stored;
    const mark = JSON.stringify([state, status, counts, run?.resumesAt]);
    return { mark, ...(hasEnded({ state }) && { end: follow.id }), draw: () => runCard(facing, stored) };
  }
  const request = await requestOf(services, actor, follow.id);
  if (request === undefined) return undefined;
  const { state, version, counts, undone, undo, delayed } = request;
  const ended = follow.undo === true ? undone !== undefined || undo?.state === 'failed' : !moving.includes(state);
  return {
    mark: JSON.stringify([state, version, counts, undone, undo, delayed]),
    ...(ended && { end: endOfRestore(request.id, request.finishedAt) }),
    draw: () => restoreCard(facing, request),
  };
}

/** A restore that is taken up again ends twice; each end is told. */
export const endOfRestore = (id: RequestId, finishedAt = ''): string => `${id} ${finishedAt}`;

const moving: readonly RestoreRequest['state'][] = ['planning', 'waiting', 'approved', 'running'];
