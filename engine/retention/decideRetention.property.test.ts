import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isInForce } from '../model/hold.ts';
import { instant, type Instant, type PointId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { decideRetention } from './decideRetention.ts';
import { longerOf } from './heldRetention.ts';
import { anyCase, aPoint, dayMs, type Case } from './testing/cases.ts';

const cases = 3000;
const isWhole = ({ status }: RestorePoint): boolean => status !== 'partial';
const keptIn = ({ points, rules, now, facts }: Case): Set<PointId> =>
  new Set(decideRetention(points, rules, now, facts).points.flatMap(({ keep, point }) => (keep ? [point.id] : [])));

function everyCase(seed: string, check: (one: Case, random: ReturnType<typeof seededRandom>) => void): void {
  const random = seededRandom(seed);
  for (let n = 0; n < cases; n++) {
    const one = anyCase(random);
    try {
      check(one, random);
    } catch (cause) {
      throw new Error(
        `Case ${n} of ${seed}: ${JSON.stringify({ ...one, pins: [...one.facts.pins], damaged: [...one.facts.damaged] })}`,
        { cause },
      );
    }
  }
}

/** Periods counted with the calendar of the platform instead of arithmetic: labels of the last `count` periods. */
const labels: Readonly<Record<string, (ms: number) => string>> = {
  hourly: (ms) => new Date(ms).toISOString().slice(0, 13),
  daily: (ms) => new Date(ms).toISOString().slice(0, 10),
  weekly: (ms) => {
    const date = new Date(ms);
    const monday = Date.UTC(
      date.getUTCFullYear(),
      date.getUTCMonth(),
      date.getUTCDate() - ((date.getUTCDay() + 6) % 7),
    );
    return new Date(monday).toISOString().slice(0, 10);
  },
  monthly: (ms) => new Date(ms).toISOString().slice(0, 7),
  yearly: (ms) => new Date(ms).toISOString().slice(0, 4),
};
function windowOf(rule: string, count: number, now: number): Set<string> {
  const label = labels[rule] ?? String;
  const seen = new Set<string>();
  // Steps of about half a period back meet every one.
  const step = { hourly: 0.5, daily: 12, weekly: 72, monthly: 24 * 14, yearly: 24 * 180 }[rule] ?? 0.5;
  for (let ms = now; seen.size < count; ms -= step * 3_600_000) seen.add(label(ms));
  return seen;
}

describe('whatever the points, rules and facts', () => {
  it('each slot keeps its newest complete point, or its newest partial one where it has none (I21)', () => {
    everyCase('slots', (one) => {
      const kept = keptIn(one);
      const now = Date.parse(one.now);
      for (const rule of ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const) {
        const count = one.rules[rule] ?? 0;
        if (count === 0) continue;
        const label = labels[rule] ?? String;
        const window = windowOf(rule, count, now);
        const inSlot = Map.groupBy(
          one.points.filter(({ takenAt }) => window.has(label(Date.parse(takenAt)))),
          ({ takenAt }) => label(Date.parse(takenAt)),
        );
        for (const points of inSlot.values()) {
          const newestFirst = points.toSorted((a, b) => (a.takenAt > b.takenAt ? -1 : 1));
          const best = newestFirst.find(isWhole) ?? newestFirst[0];
          assert.ok(best && kept.has(best.id), `${rule} ${best?.takenAt}`);
          const unhurt = newestFirst.filter(({ id }) => !one.facts.damaged.has(id));
          const copy = unhurt.find(isWhole) ?? unhurt[0];
          if (one.facts.damaged.has(best.id)) assert.ok(copy === undefined || kept.has(copy.id), `${rule}, damaged`);
        }
      }
    });
  });

  it('the newest of all and, while protected, the newest complete one stay; nothing goes under hold, pin or brake (I21, I22)', () => {
    everyCase('stays', (one) => {
      const { points, facts, now, rules } = one;
      const kept = keptIn(one);
      const newestFirst = points.toSorted((a, b) => (a.takenAt > b.takenAt ? -1 : 1));
      const [newest] = newestFirst;
      const whole = newestFirst.find(isWhole);
      assert.ok(newest);
      if (facts.isProtected) {
        assert.ok(kept.has(newest.id));
        if (whole) assert.ok(kept.has(whole.id));
        const least = Math.min(rules.minimumCopies, points.length);
        assert.ok(kept.size >= least);
      } else if (!kept.has(newest.id)) {
        assert.ok(facts.leftSince && Date.parse(facts.leftSince) + rules.keepGoneDays * dayMs <= Date.parse(now));
        assert.ok(facts.announcedAt && Date.parse(facts.announcedAt) + 14 * dayMs <= Date.parse(now));
        assert.ok(
          [...kept].every((id) => facts.pins.has(id)),
          'the newest goes last of all',
        );
      }
      const isHeld = facts.holds.some((hold) => isInForce(hold, now));
      if (isHeld || facts.brake || rules.forever) assert.equal(kept.size, points.length);
      for (const pin of facts.pins) assert.ok(kept.has(pin));
    });
  });

  it('damage lets nothing go, and what is whole outlives what is damaged as the last copy', () => {
    everyCase('damage', (one) => {
      const kept = keptIn(one);
      const { damaged } = one.facts;
      for (const id of keptIn({ ...one, facts: { ...one.facts, damaged: new Set() } })) assert.ok(kept.has(id));
      const newestFirst = one.points.toSorted((a, b) => (a.takenAt > b.takenAt ? -1 : 1));
      const unhurt = newestFirst.filter(({ id }) => !damaged.has(id));
      const copy = unhurt.find(isWhole) ?? unhurt[0];
      const [newest] = newestFirst;
      if (newest && kept.has(newest.id) && !one.facts.pins.has(newest.id) && damaged.has(newest.id))
        assert.ok(copy === undefined || kept.has(copy.id));
    });
  });

  it('every point has a reason, and the day it is told to go is the first on which it may', () => {
    everyCase('reasons', ({ points, rules, now, facts }) => {
      for (const verdict of decideRetention(points, rules, now, facts).points) {
        assert.ok(verdict.because.length > 0 && verdict.because.every((reason) => reason !== ''));
        if (!verdict.keep || verdict.expiresAt === undefined) continue;
        const at = (ms: number): boolean | undefined =>
          decideRetention(points, rules, instant(ms), facts).points.find(({ point }) => point === verdict.point)?.keep;
        assert.equal(at(Date.parse(verdict.expiresAt) - 1), true);
        assert.equal(at(Date.parse(verdict.expiresAt)), false);
      }
    });
  });

  it('what time let go never comes back, and neither order nor longer rules lose a point', () => {
    everyCase('time', (one, random) => {
      const kept = keptIn(one);
      const reversed = keptIn({ ...one, points: one.points.toReversed() });
      assert.deepEqual(reversed, kept);
      const longer = {
        ...one.rules,
        daily: one.rules.daily + random.below(9),
        keepGoneDays: one.rules.keepGoneDays + 5,
      };
      assert.equal(longerOf(longer, one.rules) === undefined || longer.daily >= one.rules.daily, true);
      for (const id of kept) assert.ok(keptIn({ ...one, rules: longer }).has(id));
      const later = instant(Date.parse(one.now) + random.below(100) * dayMs) as Instant;
      const { brake: _brake, ...facts } = one.facts;
      const bare = { ...one, facts: { ...facts, holds: [], pins: new Set<PointId>() } };
      const now = keptIn(bare);
      for (const id of keptIn({ ...bare, now: later })) assert.ok(now.has(id));
    });
  });

  it('a flood of points in the present hour costs no point of another period', () => {
    everyCase('flood', (one, random) => {
      if (!one.facts.isProtected) return;
      const now = Date.parse(one.now);
      const flood = Array.from({ length: 1 + random.below(40) }, (_, n) =>
        aPoint(now - n * 7, { status: random.pick(['complete', 'partial']) }),
      );
      const label = labels['hourly'] ?? String;
      const older = one.points.filter(
        ({ takenAt, confirmedAt = takenAt }) => label(Date.parse(confirmedAt)) !== label(now),
      );
      const before = decideRetention(older, one.rules, one.now, one.facts).points;
      const after = keptIn({ ...one, points: [...older, ...flood] });
      for (const { point, keep, because } of before) {
        const present = ['daily', 'weekly', 'monthly', 'yearly'].map((rule) => labels[rule]?.(now));
        const bySlot = because.some((reason) => /^(daily|weekly|monthly|yearly|hourly) /.test(reason));
        const sharesPeriod = ['daily', 'weekly', 'monthly', 'yearly'].some(
          (rule, index) => labels[rule]?.(Date.parse(point.confirmedAt ?? point.takenAt)) === present[index],
        );
        if (keep && bySlot && !sharesPeriod) assert.ok(after.has(point.id), point.takenAt);
      }
    });
  });
});
