import type { Run } from '../../../../contract/runs.ts';
import { addDays, dayOf, dayOfIso } from '../../parts/calendar/days.ts';
import type { Day } from '../../parts/calendar/days.ts';

export type DayMood = 'good' | 'issues' | 'failed' | 'none';

export interface RunDay {
  readonly day: Day;
  readonly mood: DayMood;
  readonly runs: number;
}

const moodOf = ({ status, state }: Run): DayMood => {
  if (status === 'failed') return 'failed';
  if (status === 'partial' || state === 'stalled') return 'issues';
  return 'good';
};
const worse: readonly DayMood[] = ['failed', 'issues', 'good', 'none'];

/** The last days up to today, each as bad as its worst run. A run that goes on counts as good until it ends. */
export function runDays(runs: readonly Run[], count: number, now: Date): RunDay[] {
  const byDay = Map.groupBy(runs, ({ startedAt }) => dayOfIso(startedAt));
  const first = addDays(dayOf(now), 1 - count);
  return Array.from({ length: count }, (_, at) => {
    const day = addDays(first, at);
    const own = byDay.get(day) ?? [];
    const moods = own.map(moodOf);
    return { day, runs: own.length, mood: worse.find((mood) => moods.includes(mood)) ?? 'none' };
  });
}
