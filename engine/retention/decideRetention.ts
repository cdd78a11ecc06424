import { isInForce, type Brake, type LegalHold } from '../model/hold.ts';
import type { Instant, PointId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { HeldRetention } from '../model/policy.ts';
import { daysAfter, inPlaceOfDamaged, isComplete, latest, slotsOf } from './slots.ts';

/** The end of a last copy is told so long before. */
export const noticeDays = 14;

/** What counts beside points and rules. All times are the storage account's. */
export interface RetentionFacts {
  /** A policy means it and it can be backed up. */
  readonly isProtected: boolean;
  /** Since when nobody protects it: gone, excluded, switched off, out of scope. */
  readonly leftSince?: Instant;
  /** When the coming end of its last copy was told. */
  readonly announcedAt?: Instant;
  /** Holds that mean this resource; those that are over count no more. */
  readonly holds: readonly LegalHold[];
  /** Points that a restore reads. */
  readonly pins: ReadonlySet<PointId>;
  /** Points of which something is known to be lost or damaged: they are no copy for another one to go by. */
  readonly damaged: ReadonlySet<PointId>;
  readonly brake?: Brake;
}

export type PointVerdict =
  | {
      readonly point: RestorePoint;
      readonly keep: true;
      readonly because: readonly string[];
      /** When it goes at the latest if nothing else happens; absent where nothing that is known ends its stay. */
      readonly expiresAt?: Instant;
    }
  | { readonly point: RestorePoint; readonly keep: false; readonly because: readonly string[] };

export interface Decision {
  /** Newest first, one for each point. */
  readonly points: readonly PointVerdict[];
  /** When the last copy of a resource that nobody protects goes; announced `noticeDays` before. */
  readonly lastCopyEnds?: Instant;
}

/** Why a point stays, and how long that reason lasts; without `until` nobody knows. */
interface Reason {
  readonly text: string;
  readonly until?: Instant;
}

/**
 * Says of each restore point of one resource why it stays, or why it may go. `rules` are those that hold: the longer of
 * what a policy says now and what nobody has let go yet; without any everything stays. Nothing goes in its first day: who
 * finds out at noon what happened in the morning has the points of the morning. `now` is the storage clock. Pure.
 */
export function decideRetention(
  points: readonly RestorePoint[],
  rules: HeldRetention | undefined,
  now: Instant,
  facts: RetentionFacts,
): Decision {
  const newestFirst = points.toSorted((a, b) => (a.takenAt > b.takenAt ? -1 : 1));
  const slots = rules === undefined ? new Map() : slotsOf(newestFirst, rules, now, facts.damaged);
  const present = rules === undefined ? undefined : lastCopies(newestFirst, rules, facts, slots);
  const forAll = reasonsForAll(rules, now, facts);
  const verdicts = newestFirst.map((point): PointVerdict => {
    const standing = (present?.reasons.get(point.id) ?? []).filter(({ until }) => until === undefined || until > now);
    const reasons: Reason[] = [...standing, ...(slots.get(point.id) ?? []), ...forAll];
    const grown = daysAfter(point.takenAt, 1);
    if (grown > now) reasons.push({ text: 'less than a day old', until: grown });
    if (facts.pins.has(point.id)) reasons.push({ text: 'being restored' });
    if (point.takenAt > now) reasons.push({ text: 'newer than the clock of the storage account' });
    if (reasons.length === 0 && facts.brake) reasons.push({ text: paused(facts.brake) });
    if (reasons.length === 0) return { point, keep: false, because: [whyItGoes(point, newestFirst, facts, rules)] };
    const expiresAt = reasons.every(({ until }) => until !== undefined)
      ? latest(reasons.map(({ until }) => until))
      : undefined;
    return {
      point,
      keep: true,
      because: [...new Set(reasons.map(({ text }) => text))],
      ...(expiresAt !== undefined && !facts.brake && { expiresAt }),
    };
  });
  const ends = forAll.length === 0 && !facts.brake ? present?.ends : undefined;
  return { points: verdicts, ...(ends !== undefined && { lastCopyEnds: ends }) };
}

/**
 * Copies that stay because others are fewer or older: the newest, the newest complete, the minimum; where one of them is
 * damaged, the newest that is not as well. While the resource is protected that has no end. Afterwards it ends `keepGoneDays` after the resource left, never before every slot is
 * over, and never without having been told `noticeDays` before.
 */
function lastCopies(
  newestFirst: readonly RestorePoint[],
  rules: HeldRetention,
  { isProtected, leftSince, announcedAt, damaged }: RetentionFacts,
  slots: ReturnType<typeof slotsOf>,
): { readonly reasons: ReadonlyMap<PointId, readonly Reason[]>; readonly ends?: Instant } {
  const reasons = new Map<PointId, Reason[]>();
  const because = (point: RestorePoint | undefined, text: string, until: Instant | undefined): void => {
    if (point === undefined) return;
    reasons.set(point.id, [...(reasons.get(point.id) ?? []), { text, ...(until !== undefined && { until }) }]);
  };
  const copiesEnd = isProtected || leftSince === undefined ? undefined : daysAfter(leftSince, rules.keepGoneDays);
  const lastSlotEnds = latest([...slots.values()].flatMap((all) => all.map(({ until }) => until)));
  const ends = copiesEnd && latest([copiesEnd, lastSlotEnds]);
  // The newest goes last of all, and only after the notice has been out for its time.
  const told = announcedAt === undefined ? undefined : daysAfter(announcedAt, noticeDays);
  const newestEnds = ends && told && latest([ends, told]);
  const gone = leftSince === undefined ? '' : `, ${rules.keepGoneDays} days after it left on ${dayOf(leftSince)}`;
  because(newestFirst[0], isProtected ? 'newest' : `newest${gone}`, newestEnds);
  const complete = newestFirst.filter(isComplete);
  because(
    complete[0],
    isProtected ? 'newest complete of a protected resource' : `newest complete${gone}`,
    complete[0] === newestFirst[0] ? newestEnds : copiesEnd,
  );
  const best = [...complete, ...newestFirst.filter((point) => !isComplete(point))];
  const whole = best.filter(({ id }) => !damaged.has(id));
  if ([newestFirst[0], complete[0]].some((point) => point !== undefined && damaged.has(point.id)))
    because(whole[0], inPlaceOfDamaged, newestEnds);
  for (const point of new Set([...best.slice(0, rules.minimumCopies), ...whole.slice(0, rules.minimumCopies)])) {
    // One copy is what the newest is already.
    if (rules.minimumCopies > 1)
      because(point, `minimum copies (${rules.minimumCopies})`, point === newestFirst[0] ? newestEnds : copiesEnd);
  }
  return { reasons, ...(ends !== undefined && newestFirst.length > 0 && { ends }) };
}

const heldBy = 'legal hold ';

/** Does this reason of a verdict tell a legal hold? Those who are told of none see the others alone. */
export const isHoldReason = (reason: string): boolean => reason.startsWith(heldBy);

/** What keeps every point of the resource. */
function reasonsForAll(rules: HeldRetention | undefined, now: Instant, { holds }: RetentionFacts): readonly Reason[] {
  const held = holds
    .filter((hold) => isInForce(hold, now))
    .map(({ reason, until }): Reason => ({
      text: `${heldBy}${reason}${until === undefined ? '' : ` until ${dayOf(until)}`}`,
      ...(until !== undefined && { until }),
    }));
  if (rules === undefined) return [...held, { text: 'no rule says how long it is kept' }];
  return rules.forever === true ? [...held, { text: 'kept for ever' }] : held;
}

const paused = ({ since, changed, removed, of }: Brake): string =>
  `expiry is paused: on ${dayOf(since)} a run changed ${changed} and removed ${removed} of ${of} items`;

function whyItGoes(
  point: RestorePoint,
  newestFirst: readonly RestorePoint[],
  { leftSince }: RetentionFacts,
  rules: HeldRetention | undefined,
): string {
  if (point === newestFirst[0] && leftSince !== undefined)
    return `the last copy, ${rules?.keepGoneDays ?? 0} days after it left on ${dayOf(leftSince)}`;
  return isComplete(point)
    ? 'no rule keeps it any more'
    : 'partial, and no rule keeps it: a complete one stands for each of its periods, or they are over';
}

const dayOf = (time: Instant): string => time.slice(0, 10);
