import { instant, type Instant, type PointId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { RetentionRules } from '../model/policy.ts';
import { rhythms, type Rhythm } from './periods.ts';

/** A calendar period that keeps a point: `daily 2026-11-20`, until the period falls out of the rule. */
export interface SlotReason {
  readonly text: string;
  readonly until: Instant;
}

export const isComplete = ({ status }: Pick<RestorePoint, 'status'>): boolean => status !== 'partial';

/**
 * Which points the slots of `rules` keep at `now`, and until when. A slot is a calendar period in UTC, counted back from
 * the present one: how many points there are never matters, so that a flood of new ones pushes none out. It keeps its
 * newest complete point, or its newest partial one where it has none. A point stands for every period from its reading
 * to the last time the source was seen to be unchanged since. Pure.
 */
export function slotsOf(
  newestFirst: readonly RestorePoint[],
  rules: RetentionRules,
  now: Instant,
): ReadonlyMap<PointId, readonly SlotReason[]> {
  const kept = new Map<PointId, SlotReason[]>();
  for (const rhythm of rhythms) {
    const count = rules[rhythm.rule] ?? 0;
    if (count === 0) continue;
    for (const [id, periods] of keptBy(rhythm, newestFirst, count, now)) {
      const until = rhythm.startOf(Math.max(...periods) + count);
      kept.set(id, [...(kept.get(id) ?? []), { text: `${rhythm.rule} ${inWords(rhythm, periods)}`, until }]);
    }
  }
  return kept;
}

/**
 * The periods within the rule that each point is kept for: those that it was taken in, and those in which the source was
 * seen to be as in it. So a period whose only own point is partial keeps that and the complete one that was still true.
 */
function keptBy(
  rhythm: Rhythm,
  newestFirst: readonly RestorePoint[],
  count: number,
  now: Instant,
): ReadonlyMap<PointId, readonly number[]> {
  const present = rhythm.numberOf(Date.parse(now));
  const own = new Map<number, RestorePoint>();
  const stillTrue = new Map<number, RestorePoint>();
  for (const point of newestFirst) {
    const taken = rhythm.numberOf(Date.parse(point.takenAt));
    const last = Math.min(rhythm.numberOf(Date.parse(lastSeen(point))), present);
    for (let period = Math.max(taken, present - count + 1); period <= last; period++) {
      if (period === taken) prefer(own, period, point);
      prefer(stillTrue, period, point);
    }
  }
  const periods = new Map<PointId, Set<number>>();
  for (const [period, { id }] of [...own, ...stillTrue]) periods.set(id, (periods.get(id) ?? new Set()).add(period));
  return new Map([...periods].map(([id, all]) => [id, [...all]]));
}

/** The first one counts, as the newest comes first; a complete one replaces a partial one. */
function prefer(chosen: Map<number, RestorePoint>, period: number, point: RestorePoint): void {
  const other = chosen.get(period);
  if (other === undefined || (isComplete(point) && !isComplete(other))) chosen.set(period, point);
}

const lastSeen = ({ takenAt, confirmedAt = takenAt }: RestorePoint): Instant =>
  confirmedAt > takenAt ? confirmedAt : takenAt;

function inWords(rhythm: Rhythm, periods: readonly number[]): string {
  const [first, last] = [Math.min(...periods), Math.max(...periods)];
  return first === last ? rhythm.nameOf(first) : `${rhythm.nameOf(first)} to ${rhythm.nameOf(last)}`;
}

/** The later of times that may be missing. */
export const latest = (times: readonly (Instant | undefined)[]): Instant | undefined =>
  times.reduce<Instant | undefined>((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);

export const dayMs = 86_400_000;
export const daysAfter = (time: Instant, days: number): Instant => instant(Date.parse(time) + days * dayMs);
