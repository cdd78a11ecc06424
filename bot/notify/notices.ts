import { z } from 'zod';
import type { FailingItems } from '../../engine/backup/failingItems.ts';
import type { RunReport } from '../../engine/backup/report.ts';
import type { WeeklyDigest } from '../../engine/backup/digest.ts';
import type { Instant, RequestId, UserId } from '../../engine/model/ids.ts';
import type { RestoreRequest } from '../../engine/model/restoreRequest.ts';
import type { StoredRequest } from '../../engine/restore/requestStore.ts';
import { mayHaveWritten } from '../../engine/restore/tellEnd.ts';
import { defaultSettings, type Settings } from '../../contract/settings.ts';
import { holds, mayDecideRequests } from '../access.ts';
import type { BotServices } from '../botServices.ts';
import type { Follow } from '../turn.ts';
import { keyOf, openPlaces, placeNamed, placeOf, type Place } from './references.ts';
import { alarmKinds, isAlarm, isCriticalAlarm, type Alarm } from './alarms.ts';
import { digestMorning } from './digestMorning.ts';

/** What a notice is about; the card is drawn when it is sent, by what is true then. */
export type About =
  | RunReport
  | WeeklyDigest
  | FailingItems
  | Alarm
  | {
      readonly kind: 'approval';
      readonly requestId: RequestId;
      /** It was told before and waits still. */
      readonly again?: true;
    }
  /** A restore came to an end, good or bad. One that is taken up again ends again, at another time. */
  | { readonly kind: 'restored'; readonly requestId: RequestId; readonly finishedAt?: Instant }
  /** Somebody else restored from data of this reader: as it stood at the end that is named. */
  | { readonly kind: 'ownerTold'; readonly requestId: RequestId; readonly finishedAt?: Instant }
  /** The day that ends with `to`. */
  | { readonly kind: 'dailyDigest'; readonly to: Instant };

/** One notice for one place, waiting in the outbox. */
export interface Notice {
  readonly kind: 'notice';
  /** Key of the place. */
  readonly to: string;
  readonly about: About;
  /** Not before this moment (ms). */
  readonly notBefore?: number;
}

/** A card that is kept up to date, waiting in the outbox until what it follows has ended. */
export interface FollowedCard {
  readonly kind: 'follow';
  readonly to: string;
  readonly activityId: string;
  readonly follow: Follow;
  readonly reader: UserId;
  /** When it was shown first (ms). */
  readonly since: number;
}

/** The report of a run that went worse, as it was told: it waits until the policy goes well again. */
export interface OpenTrouble {
  readonly kind: 'trouble';
  readonly to: string;
  /** Its card; absent where it is told in a summary alone. */
  readonly activityId?: string;
  readonly report: RunReport;
  /** When it was told last (ms), and how often again. */
  readonly toldAt?: number;
  readonly again?: number;
}

/** An alarm, as it was told: it waits until that is over. */
export interface OpenAlarm {
  readonly kind: 'alarm';
  readonly to: string;
  /** Its card. */
  readonly activityId: string;
  readonly about: Alarm;
  /** When it was told first, and last (ms). */
  readonly since: number;
  readonly toldAt: number;
  /** How it stood when the card was drawn last. */
  readonly mark: string;
}

const known = z.looseObject({
  kind: z.enum([
    'notice',
    'follow',
    'trouble',
    'runReport',
    'weeklyDigest',
    'dailyDigest',
    'failingItems',
    'alarm',
    ...alarmKinds,
    'approval',
    'restored',
    'ownerTold',
  ]),
});
export type Message = Notice | FollowedCard | OpenTrouble | OpenAlarm | About;

/** What lies in the outbox; undefined for what this version does not know. The engine and the bot wrote it, sealed. */
export const readMessage = (message: unknown): Message | undefined =>
  known.safeParse(message).success ? (message as Message) : undefined;

/**
 * Who is told. One message of the engine becomes one notice for each place, written before the message goes, so that a
 * crash in between tells nobody twice and forgets nobody.
 */
export async function noticesFor(services: BotServices, id: string, about: About): Promise<readonly Notice[]> {
  const settings = await notificationSettings(services);
  if (isAlarm(about)) return alarmNotices(services, about);
  switch (about.kind) {
    case 'runReport': {
      if (settings.report === 'never') return [];
      const isMeant: Parameters<typeof toEverybody>[2] = ({ person }, roles) => person === undefined || roles.admin;
      if (about.because !== 'asked') return toEverybody(services, about, isMeant);
      const own = await toPerson(services, about.startedBy as UserId, about);
      if (settings.report !== 'always') return own;
      const others = await toEverybody(services, { ...about, because: 'always' }, isMeant);
      return [...own, ...others.filter(({ to }) => own.every((notice) => notice.to !== to))];
    }
    case 'failingItems':
      return toEverybody(services, about, (place, roles) => place.person !== undefined && roles.admin);
    case 'dailyDigest':
      return toEverybody(services, about, (place, roles) => place.person === undefined || roles.reader);
    case 'weeklyDigest': {
      if (settings.digest === 'off') return [];
      const date = /^digest-(\d{4}-\d{2}-\d{2})/.exec(id)?.[1];
      const notices = await toEverybody(services, about, (place, roles) => place.person === undefined || roles.reader);
      if (date === undefined) return notices;
      return Promise.all(
        notices.map(async (notice) => ({
          ...notice,
          notBefore: digestMorning(date, settings.digestAt, settings.timeZone ?? (await zoneOf(services, notice.to))),
        })),
      );
    }
    case 'approval': {
      const isDecider: Parameters<typeof toEverybody>[2] = (place, roles) =>
        place.person !== undefined && roles.decider;
      const notices = await toEverybody(services, about, isDecider);
      const notBefore = services.clock.now() + reminderMs;
      return [
        ...notices,
        ...notices.map((notice) => ({ ...notice, about: { ...about, again: true }, notBefore }) as const),
      ];
    }
    case 'restored': {
      const kept = await keptRequest(services, about.requestId);
      const stored: Partial<RestoreRequest> = kept?.request ?? {};
      const { asker, state, decision, owners = [] } = stored;
      // Who approved it has seen it start, and learns when it did not come to its end.
      const approver = state === 'failed' && decision?.approved === true ? [decision.by] : [];
      const people = [...(asker === undefined ? [] : [asker.id]), ...approver];
      const notices = (await Promise.all(people.map((person) => toPerson(services, person, about)))).flat();
      if (kept === undefined || !(await mayHaveWritten(services, about.requestId, kept))) return notices;
      // Whose data it is learns that somebody else took of it; a place that belongs to nobody has no chat.
      // A message that waited stands for the ends that came meanwhile.
      const { finishedAt = about.finishedAt } = stored;
      const end = finishedAt === undefined ? {} : { finishedAt };
      const told: About = { kind: 'ownerTold', requestId: about.requestId, ...end };
      const others = new Set(owners.filter((owner) => owner !== asker?.id));
      const toOwners = await Promise.all([...others].map((owner) => toPerson(services, owner as UserId, told)));
      return [...notices, ...toOwners.flat()];
    }
    case 'ownerTold':
      return [];
  }
}

/** Those who can do something about it; what is critical stands in channels too, where it names nobody. */
async function alarmNotices(services: BotServices, alarm: Alarm): Promise<readonly Notice[]> {
  const isMeant: Parameters<typeof toEverybody>[2] = ({ person }, roles) =>
    person === undefined ? isCriticalAlarm(alarm) : roles.admin;
  const notices = await toEverybody(services, alarm, isMeant);
  if (alarm.kind !== 'changeWaiting') return notices;
  const notBefore = services.clock.now() + reminderMs;
  return [
    ...notices,
    ...notices.map((notice) => ({ ...notice, about: { ...alarm, again: true }, notBefore }) as const),
  ];
}

/** What waits longer is brought to mind once. */
const reminderMs = 24 * 3_600_000;

/** As it is kept, for what is told without anybody's rights: who asked, whose data it is, how many. */
export const storedRequest = async (
  services: Pick<BotServices, 'records'>,
  id: RequestId,
): Promise<Partial<RestoreRequest> | undefined> => (await keptRequest(services, id))?.request;

const keptRequest = async ({ records }: Pick<BotServices, 'records'>, id: RequestId) =>
  (await records.requests.get(id))?.value as StoredRequest | undefined;

async function toPerson({ records }: BotServices, person: UserId, about: About): Promise<readonly Notice[]> {
  const place = await placeOf(records, person);
  return place === undefined || place.blocked === true ? [] : [{ kind: 'notice', to: keyOf(place), about }];
}

async function toEverybody(
  services: BotServices,
  about: About,
  isMeant: (place: Place, roles: { admin: boolean; reader: boolean; decider: boolean }) => boolean,
): Promise<readonly Notice[]> {
  const notices: Notice[] = [];
  for await (const place of openPlaces(services.records)) {
    const { person } = place;
    const actor = person === undefined ? undefined : await services.actor(person.id, person.name);
    // Somebody who left, or lost their roles, is told nothing.
    if (person !== undefined && actor === undefined) continue;
    const roles = {
      admin: actor !== undefined && holds(actor, 'Backup.Admin'),
      reader: actor !== undefined && holds(actor, 'Backup.Admin', 'Backup.Auditor'),
      decider: actor !== undefined && mayDecideRequests(actor),
    };
    if (isMeant(place, roles)) notices.push({ kind: 'notice', to: keyOf(place), about });
  }
  return notices;
}

const zoneOf = async ({ records }: BotServices, to: string): Promise<string> =>
  (await placeNamed(records, to))?.timeZone ?? 'UTC';

/** What an admin decided for everybody. */
export async function notificationSettings({
  records,
}: Pick<BotServices, 'records'>): Promise<Settings['notifications']> {
  return {
    ...defaultSettings.notifications,
    ...(await records.settings.get<Settings['notifications']>('notifications'))?.value,
  };
}
