import { Cron } from 'croner';
import { instant, type Instant, type PolicyId } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A moment at which a policy was meant to run. Policy and slot together name one run, however often a timer fires. */
export interface DueSlot {
  readonly policy: BackupPolicy;
  readonly slot: Instant;
}

/** When each policy last ran by its schedule: the slot, or the start of that run. */
export type LastRuns = ReadonlyMap<PolicyId, Instant>;

/**
 * The slots whose time has come. Of several missed slots only the newest counts; a slot inside quiet hours waits for
 * their end. Pure: time comes in as a value.
 */
export function dueSlots(policies: readonly BackupPolicy[], lastRuns: LastRuns, now: Instant): DueSlot[] {
  return policies.flatMap((policy) => {
    if (!policy.enabled || isQuiet(policy, now)) return [];
    const slot = newestSlot(policy, now);
    const last = lastRuns.get(policy.id);
    return slot !== undefined && (last === undefined || last < slot) ? [{ policy, slot }] : [];
  });
}

/** The newest moment up to `now` at which the policy was meant to run; undefined before its first. */
export function newestSlot(policy: BackupPolicy, now: Instant): Instant | undefined {
  const created = Date.parse(policy.createdAt);
  const at = Date.parse(now);
  if (at < created) return undefined;
  if ('everyHours' in policy.schedule) {
    const interval = policy.schedule.everyHours * hourMs;
    return instant(created + Math.floor((at - created) / interval) * interval);
  }
  // One millisecond later, so that a timer firing exactly on the minute meets its own slot.
  const reference = new Date(at + 1);
  const newest = Math.max(
    ...localTimes(policy.schedule).map((cron) => cron.previousRuns(1, reference)[0]?.getTime() ?? -Infinity),
  );
  // A new policy protects at once, it does not wait for its first local time.
  return instant(Math.max(newest, created));
}

/** The next moment at which the policy will run by itself, for people to read. */
export function nextSlot(policy: BackupPolicy, now: Instant): Instant | undefined {
  if (!policy.enabled) return undefined;
  if ('everyHours' in policy.schedule) {
    const newest = newestSlot(policy, now);
    return newest === undefined ? policy.createdAt : instant(Date.parse(newest) + policy.schedule.everyHours * hourMs);
  }
  const next = localTimes(policy.schedule).flatMap((cron) => cron.nextRun(new Date(now))?.getTime() ?? []);
  return next.length === 0 ? undefined : instant(Math.min(...next));
}

/** Is it now inside the local hours in which no scheduled run starts? The hours may pass midnight. */
export function isQuiet(policy: BackupPolicy, now: Instant): boolean {
  const { quietHours } = policy;
  if (!quietHours) return false;
  const time = localTime(now, quietHours.timeZone);
  return quietHours.from <= quietHours.to
    ? time >= quietHours.from && time < quietHours.to
    : time >= quietHours.from || time < quietHours.to;
}

export interface OverduePolicy {
  readonly policy: BackupPolicy;
  /** When it should have run at the latest. */
  readonly dueAt: Instant;
  readonly lastRunAt?: Instant;
}

/** Policies that have not run for twice their interval: the timer is dead, or nobody works off its queue. */
export function overduePolicies(policies: readonly BackupPolicy[], lastRuns: LastRuns, now: Instant): OverduePolicy[] {
  return policies.flatMap((policy) => {
    if (!policy.enabled) return [];
    const lastRunAt = lastRuns.get(policy.id);
    const dueAt = instant(Date.parse(lastRunAt ?? policy.createdAt) + 2 * longestGapMs(policy) + quietMs(policy));
    return dueAt < now ? [{ policy, dueAt, ...(lastRunAt && { lastRunAt }) }] : [];
  });
}

/** The longest time that lies between two slots of a policy. */
function longestGapMs(policy: BackupPolicy): number {
  if ('everyHours' in policy.schedule) return policy.schedule.everyHours * hourMs;
  const minutes = policy.schedule.times.map(minutesOf).toSorted((a, b) => a - b);
  const gaps = minutes.map((time, index) => {
    const next = minutes[index + 1];
    return next === undefined ? (minutes[0] ?? 0) + 24 * 60 - time : next - time;
  });
  return gaps.length === 0 ? dayMs : Math.max(...gaps) * 60_000;
}

function quietMs({ quietHours }: BackupPolicy): number {
  if (!quietHours) return 0;
  const length = minutesOf(quietHours.to) - minutesOf(quietHours.from);
  return (length < 0 ? length + 24 * 60 : length) * 60_000;
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** Croner knows what a zone does when its clocks change: a time that is left out runs right after the gap, one that comes twice runs once. */
const localTimes = ({ times, timeZone }: { readonly times: readonly string[]; readonly timeZone: string }): Cron[] =>
  times.map(
    (time) =>
      new Cron(`0 ${Number(time.slice(3, 5))} ${Number(time.slice(0, 2))} * * *`, {
        timezone: timeZone,
        mode: '6-part',
        domAndDow: true,
      }),
  );

/** `HH:MM` on the wall in `timeZone`. */
export const localTime = (at: Instant, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    new Date(at),
  );
