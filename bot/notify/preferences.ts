import { instant, type PolicyId } from '../../engine/model/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { BotServices } from '../botServices.ts';
import { changeKept, readKept, type KeptRecords } from '../keptRows.ts';
import type { About } from './notices.ts';
import type { QuietHours } from './quietHours.ts';
import { causeOf, policyOf } from './severity.ts';
import { lookForRecoveries, type Recoveries } from './recovery.ts';

/** Silence about troubles, from `since` (ms) until `until` (ms); without it until a backup went well again. */
export interface Mute {
  readonly since: number;
  readonly until?: number;
  /** The policy that must go well again; without it any. */
  readonly policyId?: PolicyId;
}

/** What one person, or the people of one channel, want to be told without asking. What is absent follows the tenant. */
export interface Preferences {
  /** Grows with each change: a press on an older card changes nothing. */
  readonly version: number;
  readonly digest?: Settings['notifications']['digest'];
  readonly troubles?: 'on' | 'off';
  readonly mute?: Mute;
  readonly quiet?: QuietHours;
  /** Silence about single causes, see `causeOf`. */
  readonly causes?: Readonly<Record<string, Mute>>;
}

/** The same with silence about one cause; silences that ended are left out. */
export function withCause(
  { causes = {}, ...wishes }: Omit<Preferences, 'version'>,
  cause: string,
  mute: Mute,
  now: number,
): Omit<Preferences, 'version'> {
  const kept = Object.entries(causes).filter(([, { until }]) => until === undefined || until > now);
  return { ...wishes, causes: Object.fromEntries([...kept, [cause, mute] as const].slice(-mostCauses)) };
}
const mostCauses = 50;

const none: Preferences = { version: 0 };
const prefix = 'preferences:';
/** Whose wishes lie under this key of the kept rows; undefined for other rows. */
export const placeOfPreferences = (key: string): string | undefined =>
  key.startsWith(prefix) ? key.slice(prefix.length) : undefined;

/** `place` names a conversation, see `keyOf`. */
export const readPreferences = async (records: KeptRecords, place: string): Promise<Preferences> =>
  (await readKept<Preferences>(records, `${prefix}${place}`)) ?? none;

/** Changes them once; `version` of the card that was pressed: a stale one changes nothing. True when it changed. */
export async function changePreferences(
  records: KeptRecords,
  place: string,
  version: number | undefined,
  change: Omit<Preferences, 'version'>,
): Promise<boolean> {
  let changed = false;
  await changeKept<Preferences>(records, `${prefix}${place}`, (current = none) => {
    changed = version === undefined || version === current.version;
    return changed ? { ...change, version: current.version + 1 } : current;
  });
  return changed;
}

/** Is this silence still kept? It ends by itself: at its time, or when a backup went well after it began. */
export async function isMuted(
  services: Pick<BotServices, 'records' | 'clock'>,
  { mute }: Pick<Preferences, 'mute'>,
  about?: About,
  recoveries: () => Promise<Recoveries> = () => lookForRecoveries(services),
): Promise<boolean> {
  if (mute === undefined) return false;
  if (mute.until !== undefined) return services.clock.now() < mute.until;
  const policy = about?.kind === 'runReport' ? about.policyId : mute.policyId;
  return (await recoveries()).wellSince(instant(mute.since), policy) === undefined;
}

async function isTroubleWanted(
  services: Pick<BotServices, 'records' | 'clock'>,
  wishes: Preferences,
  about: About,
  recoveries?: () => Promise<Recoveries>,
): Promise<boolean> {
  if (wishes.troubles === 'off' || (await isMuted(services, wishes, about, recoveries))) return false;
  const mute = wishes.causes?.[causeOf(about) ?? ''];
  return mute === undefined || !(await isMuted(services, { mute }, about, recoveries));
}

/** Causes about which there is silence now. */
export async function openCauses(
  services: Pick<BotServices, 'records' | 'clock'>,
  { causes = {} }: Preferences,
): Promise<readonly string[]> {
  const looked = Object.keys(causes).length === 0 ? undefined : await lookForRecoveries(services);
  const isOpen = (cause: string, { since, until, policyId }: Mute): boolean =>
    until === undefined
      ? looked?.wellSince(instant(since), policyId ?? policyOf(cause)) === undefined
      : services.clock.now() < until;
  return Object.entries(causes).flatMap(([cause, mute]) => (isOpen(cause, mute) ? [cause] : []));
}

/** Do the people of this place want to be told of it? What somebody waits for, or asked for, always. */
export async function isWanted(
  services: Pick<BotServices, 'records' | 'clock'>,
  place: string,
  about: About,
  shared: Settings['notifications'],
  recoveries?: () => Promise<Recoveries>,
): Promise<boolean> {
  const wishes = await readPreferences(services.records, place);
  switch (about.kind) {
    case 'weeklyDigest':
      return (wishes.digest ?? shared.digest) === 'weekly';
    case 'dailyDigest':
      return (wishes.digest ?? shared.digest) === 'daily';
    case 'runReport':
      if (about.because === 'asked') return true;
      return isTroubleWanted(services, wishes, about, recoveries);
    case 'failingItems':
    case 'expiryPaused':
    case 'sweepRefused':
    case 'drillFailed':
    case 'damageFound':
    case 'lastCopyEnds':
      return isTroubleWanted(services, wishes, about, recoveries);
    case 'approval':
    case 'restored':
    case 'ownerTold':
    case 'recoveryKeyUnproven':
    case 'changeWaiting':
      return true;
  }
}
