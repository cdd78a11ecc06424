import { instant, type Instant, type PointId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { RetentionRules } from '../model/policy.ts';
import { rhythms, type Rhythm } from './periods.ts';

/** Said of a point that stays because the one that would stand for it lost something. */
export const inPlaceOfDamaged = 'in place of a damaged one';

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
 * to the last time the source was seen to be unchanged since. Where the point of a slot is one of `damaged`, the one that it
 * would keep if there were no such stays beside it: neither holds all that the other does. Pure.
 */
export function slotsOf(
  newestFirst: readonly RestorePoint[],
  rules: RetentionRules,
  now: Instant,
  damaged: ReadonlySet<PointId>,
): ReadonlyMap<PointId, readonly SlotReason[]> {
  const kept = new Map<PointId, SlotReason[]>();
  const add = (id: PointId, reason: SlotReason): unknown => kept.set(id, [...(kept.get(id) ?? []), reason]);
  for (const rhythm of rhythms) {
    const count = rules[rhythm.rule] ?? 0;
    if (count === 0) continue;
    const inSlots = chosenIn(rhythm, newestFirst, count, now);
    const endOf = (periods: readonly number[]): Instant => rhythm.startOf(Math.max(...periods) + count);
    for (const [id, periods] of periodsOf(inSlots))
      add(id, { text: `${rhythm.rule} ${inWords(rhythm, periods)}`, until: endOf(periods) });
    const hurt = inSlots.filter(([, { id }]) => damaged.has(id));
    if (hurt.length === 0) continue;
    const without = chosenIn(
      rhythm,
      newestFirst.filter(({ id }) => !damaged.has(id)),
      count,
      now,
    );
    const hurtPeriods = new Set(hurt.map(([period]) => period));
    for (const [id, periods] of periodsOf(without.filter(([period]) => hurtPeriods.has(period)))) {
      add(id, { text: `${rhythm.rule} ${inWords(rhythm, periods)}`, until: endOf(periods) });
      add(id, { text: inPlaceOfDamaged, until: endOf(periods) });
    }
  }
  return kept;
}

type Chosen = readonly (readonly [period: number, point: RestorePoint])[];

/**
 * The points that the periods within the rule keep: of each the best that was taken in it, and the best that was seen to be
 * still true in it. So a period whose only own point is partial keeps that and the complete one that was still true.
 */
function chosenIn(rhythm: Rhythm, newestFirst: readonly RestorePoint[], count: number, now: Instant): Chosen {
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
  return [...own, ...stillTrue];
}

function periodsOf(chosen: Chosen): ReadonlyMap<PointId, readonly number[]> {
  const periods = new Map<PointId, Set<number>>();
  for (const [period, { id }] of chosen) periods.set(id, (periods.get(id) ?? new Set()).add(period));
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
