import type { Policy } from '../../../../contract/policies.ts';
import type { Texts } from '../../app/texts.tsx';

/** A schedule in one sentence. */
export function scheduleWords(text: Texts, schedule: Policy['schedule']): string {
  if ('everyHours' in schedule) return text('schedule.every', { hours: schedule.everyHours });
  const times = new Intl.ListFormat(text.locale).format(schedule.times);
  return text('schedule.times', { times, zone: schedule.timeZone });
}

/** What is kept, in one sentence; slots that keep nothing are left out. */
export function retentionWords(text: Texts, retention: Policy['retention']): string {
  if (retention.forever === true) return text('retention.forever');
  const slots = (['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const).flatMap((slot) => {
    const count = retention[slot] ?? 0;
    return count === 0 ? [] : [text(`retention.${slot}`, { count })];
  });
  return new Intl.ListFormat(text.locale).format(slots);
}

/** Whom it means, in one sentence. */
export function scopeWords(text: Texts, { include, exclude }: Policy['scope']): string {
  const all = include.some(({ kind }) => kind === 'all');
  return all
    ? text('scope.all', { excluded: exclude.length })
    : text('scope.some', { count: include.length, excluded: exclude.length });
}
