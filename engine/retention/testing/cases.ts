import { instant, type Instant, type PointId, type ResourceId, type RunId, type UserId } from '../../model/ids.ts';
import type { Brake, LegalHold } from '../../model/hold.ts';
import type { RestorePoint } from '../../model/point.ts';
import type { HeldRetention } from '../../model/policy.ts';
import type { SeededRandom } from '../../testing/seededRandom.ts';
import type { RetentionFacts } from '../decideRetention.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
const resourceId = 'ab'.repeat(16) as ResourceId;

/** A point by its time; the rest does not matter to retention. */
export const aPoint = (takenAt: string | number, more: Partial<RestorePoint> = {}): RestorePoint => {
  const time = instant(typeof takenAt === 'number' ? takenAt : Date.parse(takenAt));
  return {
    id: Buffer.from(time).toString('hex').slice(0, 48) as PointId,
    resourceId,
    takenAt: time,
    status: 'complete',
    counts: { items: 1, containers: 0, missing: 0 },
    bytes: 1,
    fence: 1,
    ...more,
  };
};

export const protectedNow: RetentionFacts = { isProtected: true, holds: [], pins: new Set(), damaged: new Set() };
export const leftAt = (leftSince: string, more: Partial<RetentionFacts> = {}): RetentionFacts => ({
  ...protectedNow,
  isProtected: false,
  leftSince: leftSince as Instant,
  ...more,
});

export const rulesOf = (more: Partial<HeldRetention> = {}): HeldRetention => ({
  daily: 0,
  weekly: 0,
  monthly: 0,
  minimumCopies: 1,
  keepGoneDays: 365,
  ...more,
});

export const aHold = (more: Partial<LegalHold> = {}): LegalHold => ({
  id: 'e'.repeat(32),
  on: { kind: 'resource', sourceId: resourceId },
  reason: 'Case 12',
  setBy: 'admin' as UserId,
  setAt: instant(0),
  ...more,
});

export const aBrake = (since: Instant): Brake => ({
  resourceId,
  since,
  runId: 'f'.repeat(32) as RunId,
  changed: 400,
  removed: 0,
  of: 1000,
});

/** A resource as chance made it: points of any age and status, rules, and whatever else may be true of it. */
export interface Case {
  readonly points: readonly RestorePoint[];
  readonly rules: HeldRetention;
  readonly now: Instant;
  readonly facts: RetentionFacts;
}

export function anyCase(random: SeededRandom): Case {
  const now = Date.parse('2024-01-01T00:00:00Z') + random.below(900 * 24) * hourMs + random.below(3600) * 1000;
  const span = random.pick([3, 40, 400, 2000]) * dayMs;
  const times = new Set<number>();
  for (let n = random.below(30); n >= 0; n--) times.add(now - Math.floor((random.below(1_000_000) / 1e6) * span));
  const ordered = [...times].toSorted((a, b) => a - b);
  const points = ordered.map((at, index) => {
    const next = ordered[index + 1] ?? now;
    const isConfirmed = random.chance(0.3);
    return aPoint(at, {
      status: random.pick(['complete', 'complete', 'completeWithSkips', 'partial']),
      ...(isConfirmed && { confirmedAt: instant(at + Math.floor((next - at) * (random.below(100) / 100))) }),
    });
  });
  const some = (most: number): number => (random.chance(0.4) ? 0 : random.below(most));
  const rules: HeldRetention = {
    ...(random.chance(0.3) && { hourly: some(72) }),
    daily: some(40),
    weekly: some(60),
    monthly: some(24),
    ...(random.chance(0.3) && { yearly: some(5) }),
    ...(random.chance(0.03) && { forever: true }),
    minimumCopies: 1 + some(4),
    keepGoneDays: 1 + random.below(400),
  };
  const isProtected = random.chance(0.5);
  const leftSince = instant(now - random.below(800) * dayMs);
  const facts: RetentionFacts = {
    isProtected,
    ...(!isProtected && random.chance(0.9) && { leftSince }),
    ...(random.chance(0.4) && { announcedAt: instant(now - random.below(40) * dayMs) }),
    holds: random.chance(0.1)
      ? [aHold(random.chance(0.5) ? { until: instant(now + random.below(9) * dayMs - 3 * dayMs) } : {})]
      : [],
    pins: new Set(random.chance(0.1) ? [random.pick(points).id] : []),
    damaged: new Set(random.chance(0.3) ? points.filter(() => random.chance(0.4)).map(({ id }) => id) : []),
    ...(random.chance(0.05) && { brake: aBrake(instant(now - dayMs)) }),
  };
  return { points: random.chance(0.5) ? points : points.toReversed(), rules, now: instant(now), facts };
}
