import type { Policy } from '../../../../contract/policies.ts';

/** What the editor holds: the parts of a policy that people change. Numbers stay texts until they are sent. */
export interface Draft {
  readonly name: string;
  readonly enabled: boolean;
  readonly everybody: boolean;
  readonly people: readonly string[];
  readonly otherRules: Policy['scope']['include'];
  readonly exclude: Policy['scope']['exclude'];
  readonly autoInclude: boolean;
  readonly workloads: readonly string[];
  readonly rhythm: 'hours' | 'times';
  readonly everyHours: string;
  readonly times: string;
  readonly timeZone: string;
  readonly forever: boolean;
  readonly slots: Readonly<Record<Slot, string>>;
  readonly minimumCopies: string;
  readonly keepGoneDays: string;
}

export const slots = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Slot = (typeof slots)[number];

/** Which field is wrong, and which sentence says so. */
export type DraftFault =
  'nameMissing' | 'nobody' | 'noWorkload' | 'hours' | 'times' | 'minimumCopies' | 'keepGoneDays' | Slot;

export function draftOf(policy: Policy | undefined, workloads: readonly string[], timeZone: string): Draft {
  const schedule = policy?.schedule ?? { everyHours: 12 };
  const retention = policy?.retention ?? { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1 };
  const include = policy?.scope.include ?? [{ kind: 'all' as const }];
  const written = (count: number | undefined): string => String(count ?? 0);
  return {
    name: policy?.name ?? '',
    enabled: policy?.enabled ?? true,
    everybody: include.some(({ kind }) => kind === 'all'),
    people: include.flatMap((rule) => (rule.kind === 'user' ? [rule.sourceId] : [])),
    otherRules: include.filter(({ kind }) => kind !== 'user' && kind !== 'all'),
    exclude: policy?.scope.exclude ?? [],
    autoInclude: policy?.scope.autoInclude ?? true,
    workloads: policy?.scope.workloads ?? workloads,
    rhythm: 'everyHours' in schedule ? 'hours' : 'times',
    everyHours: 'everyHours' in schedule ? String(schedule.everyHours) : '12',
    times: 'times' in schedule ? schedule.times.join(', ') : '07:00, 19:00',
    timeZone: 'times' in schedule ? schedule.timeZone : timeZone,
    forever: retention.forever === true,
    slots: {
      hourly: written(retention.hourly),
      daily: written(retention.daily),
      weekly: written(retention.weekly),
      monthly: written(retention.monthly),
      yearly: written(retention.yearly),
    },
    minimumCopies: String(retention.minimumCopies),
    keepGoneDays: String(policy?.keepGoneDays ?? 365),
  };
}

const most: Readonly<Record<Slot, number>> = { hourly: 8760, daily: 3650, weekly: 1000, monthly: 600, yearly: 100 };
const isWhole = (written: string, from: number, to: number): boolean =>
  /^\d{1,6}$/.test(written.trim()) && Number(written) >= from && Number(written) <= to;
const timesOf = ({ times }: Draft): string[] => times.split(/[,;\s]+/).filter((time) => time !== '');

/** What has to be put right before the draft can be sent; the server looks again. */
export function faultsOf(draft: Draft): DraftFault[] {
  const times = timesOf(draft);
  const badTimes = times.length === 0 || times.some((time) => !/^([01]\d|2[0-3]):[0-5]\d$/.test(time));
  return [
    ...(draft.name.trim() === '' ? (['nameMissing'] as const) : []),
    ...(!draft.everybody && draft.people.length === 0 && draft.otherRules.length === 0 ? (['nobody'] as const) : []),
    ...(draft.workloads.length === 0 ? (['noWorkload'] as const) : []),
    ...(draft.rhythm === 'hours' && !isWhole(draft.everyHours, 1, 168) ? (['hours'] as const) : []),
    ...(draft.rhythm === 'times' && badTimes ? (['times'] as const) : []),
    ...slots.filter((slot) => !isWhole(draft.slots[slot], 0, most[slot])),
    ...(isWhole(draft.minimumCopies, 1, 1000) ? [] : (['minimumCopies'] as const)),
    ...(isWhole(draft.keepGoneDays, 1, 36_500) ? [] : (['keepGoneDays'] as const)),
  ];
}

/** The draft as the API takes it, for making and for changing a policy. */
export function wishOf(draft: Draft) {
  const count = (slot: Slot): number => Number(draft.slots[slot]);
  const optional = (slot: 'hourly' | 'yearly') => (count(slot) === 0 ? {} : { [slot]: count(slot) });
  return {
    name: draft.name.trim(),
    enabled: draft.enabled,
    scope: {
      include: draft.everybody
        ? [{ kind: 'all' as const }, ...draft.otherRules]
        : [...draft.people.map((sourceId) => ({ kind: 'user' as const, sourceId })), ...draft.otherRules],
      exclude: [...draft.exclude],
      workloads: [...draft.workloads],
      autoInclude: draft.autoInclude,
    },
    schedule:
      draft.rhythm === 'hours'
        ? { everyHours: Number(draft.everyHours) }
        : { times: timesOf(draft), timeZone: draft.timeZone },
    retention: {
      ...optional('hourly'),
      daily: count('daily'),
      weekly: count('weekly'),
      monthly: count('monthly'),
      ...optional('yearly'),
      ...(draft.forever ? { forever: true } : {}),
      minimumCopies: Number(draft.minimumCopies),
    },
    keepGoneDays: Number(draft.keepGoneDays),
  };
}

/** Does the new retention let go of anything that the old one keeps? */
export const isShorter = (before: Policy, draft: Draft): boolean =>
  !draft.forever &&
  (before.retention.forever === true ||
    slots.some((slot) => Number(draft.slots[slot]) < (before.retention[slot] ?? 0)) ||
    Number(draft.minimumCopies) < before.retention.minimumCopies ||
    Number(draft.keepGoneDays) < before.keepGoneDays);
