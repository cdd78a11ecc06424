import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { instant, type Instant } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import { decideRetention, type Decision } from './decideRetention.ts';
import { aBrake, aHold, aPoint, dayMs, hourMs, leftAt, protectedNow, rulesOf } from './testing/cases.ts';

const now = '2026-11-21T12:00:00.000Z' as Instant;
const brief = ({ points }: Decision): unknown[] =>
  points.map((verdict) => [verdict.point.takenAt.slice(0, 16), verdict.keep, verdict.because.join('; ')]);
const kept = ({ points }: Decision): string[] =>
  points.filter(({ keep }) => keep).map(({ point }) => point.takenAt.slice(0, 16));
/** Every 12 hours for so many days back from `now`. */
const twiceADay = (days: number): RestorePoint[] =>
  Array.from({ length: days * 2 }, (_, n) => aPoint(Date.parse(now) - n * 12 * hourMs - hourMs));

describe('retention', () => {
  it('keeps the newest point of each day, week and month, counted back from now, and says which', () => {
    const points = [
      '2026-11-21T06:00',
      '2026-11-21T03:00',
      '2026-11-20T18:00',
      '2026-11-20T06:00',
      '2026-11-19T06:00',
      '2026-11-15T06:00',
      '2026-11-09T06:00',
      '2026-10-31T23:59',
      '2026-10-02T06:00',
      '2026-09-30T06:00',
    ].map((at) => aPoint(`${at}Z`));
    const decision = decideRetention(points, rulesOf({ daily: 2, weekly: 2, monthly: 2 }), now, protectedNow);
    assert.deepEqual(brief(decision), [
      [
        '2026-11-21T06:00',
        true,
        'newest; newest complete of a protected resource; daily 2026-11-21; weekly 2026-W47; monthly 2026-11; less than a day old',
      ],
      ['2026-11-21T03:00', true, 'less than a day old'],
      ['2026-11-20T18:00', true, 'daily 2026-11-20; less than a day old'],
      ['2026-11-20T06:00', false, 'no rule keeps it any more'],
      ['2026-11-19T06:00', false, 'no rule keeps it any more'],
      ['2026-11-15T06:00', true, 'weekly 2026-W46'],
      ['2026-11-09T06:00', false, 'no rule keeps it any more'],
      ['2026-10-31T23:59', true, 'monthly 2026-10'],
      ['2026-10-02T06:00', false, 'no rule keeps it any more'],
      ['2026-09-30T06:00', false, 'no rule keeps it any more'],
    ]);
    const [, , yesterday, , , lastWeek, , october] = decision.points;
    const endOf = (verdict: unknown): unknown => (verdict as { expiresAt?: Instant }).expiresAt;
    assert.equal(endOf(yesterday), '2026-11-22T00:00:00.000Z');
    assert.equal(endOf(lastWeek), '2026-11-23T00:00:00.000Z');
    assert.equal(endOf(october), '2026-12-01T00:00:00.000Z');
    assert.equal(endOf(decision.points[0]), undefined);
  });

  it('answers what the worked example in docs/retention.md says', () => {
    const text = readFileSync(new URL('../../docs/retention.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| \w{3} (\d\d) (Oct|Nov), (\d\d:\d\d) +\| (\w+) +\| (.+?) +\|/gm)].map(
      ([, day, month, time, status, because]) => ({
        point: aPoint(`2026-${month === 'Oct' ? 10 : 11}-${day}T${time}Z`, {
          status: status as 'complete' | 'partial',
        }),
        because,
      }),
    );
    assert.equal(rows.length, 8);
    const rules = rulesOf({ daily: 3, weekly: 2, monthly: 2 });
    const { points } = decideRetention(
      rows.map(({ point }) => point),
      rules,
      now,
      protectedNow,
    );
    assert.deepEqual(
      points.map(({ keep, because }) => (keep ? because.join('; ') : '–')),
      rows.map(({ because }) => because),
    );
  });

  it('writes weeks as ISO 8601 does, also where the year turns', () => {
    const points = ['2021-01-03T12:00', '2020-12-31T12:00', '2020-12-27T12:00', '2024-12-30T12:00'].map((at) =>
      aPoint(`${at}Z`),
    );
    const weeks = (at: string): string[] =>
      decideRetention(points, rulesOf({ weekly: 3000, minimumCopies: 1 }), at as Instant, leftAt(at)).points.flatMap(
        ({ because }) => because.filter((reason) => reason.startsWith('weekly')),
      );
    assert.deepEqual(weeks('2025-01-02T00:00:00.000Z'), ['weekly 2025-W01', 'weekly 2020-W53', 'weekly 2020-W52']);
  });

  it('keeps the complete point of a slot however many partial ones come after it, and a partial one where there is no other', () => {
    const points = [
      aPoint('2026-11-20T06:00Z'),
      aPoint('2026-11-20T18:00Z', { status: 'partial' }),
      aPoint('2026-11-19T06:00Z', { status: 'partial' }),
      aPoint('2026-11-19T18:00Z', { status: 'partial' }),
      aPoint('2026-11-21T06:00Z', { status: 'partial' }),
    ];
    const later = '2026-11-22T12:00:00.000Z' as Instant;
    const decision = decideRetention(points, rulesOf({ daily: 4 }), later, protectedNow);
    assert.deepEqual(kept(decision), ['2026-11-21T06:00', '2026-11-20T06:00', '2026-11-19T18:00']);
    assert.match(decision.points[0]?.because.join() ?? '', /^newest,daily 2026-11-21$/);
    assert.match(decision.points[2]?.because.join() ?? '', /newest complete of a protected resource/);
  });

  it('counts a point for every day on which the source was seen to be unchanged since', () => {
    const points = [
      aPoint('2026-11-21T06:00Z'),
      aPoint('2026-11-01T06:00Z', { confirmedAt: '2026-11-19T06:00:00.000Z' as Instant }),
    ];
    const decision = decideRetention(points, rulesOf({ daily: 7 }), now, protectedNow);
    assert.deepEqual(decision.points[1], {
      point: points[1],
      keep: true,
      because: ['daily 2026-11-15 to 2026-11-19'],
      expiresAt: '2026-11-26T00:00:00.000Z',
    });
  });

  it('lets no flood of points push good ones out', () => {
    const rules = rulesOf({ daily: 30, weekly: 8 });
    const good = twiceADay(60);
    const before = kept(decideRetention(good, rules, now, protectedNow));
    const flood = Array.from({ length: 5000 }, (_, n) =>
      aPoint(Date.parse(now) - n * 100, { status: n % 2 ? 'partial' : 'complete' }),
    );
    const after = new Set(kept(decideRetention([...good, ...flood], rules, now, protectedNow)));
    assert.deepEqual(
      before.filter((point) => !after.has(point)),
      [],
    );
    const dayAfter = instant(Date.parse(now) + dayMs);
    const left = new Set(kept(decideRetention([...good, ...flood], rules, dayAfter, protectedNow)));
    const undisturbed = kept(decideRetention(good, rules, dayAfter, protectedNow));
    assert.deepEqual(
      undisturbed.filter((point) => !left.has(point)),
      ['2026-11-21T11:00'],
      'only the one of that day is replaced',
    );
  });

  it('never lets the newest complete point of a protected resource go, nor the minimum of copies', () => {
    const old = [1, 2, 3, 4].map((n) => aPoint(Date.parse(now) - n * 900 * dayMs));
    const partial = aPoint('2026-11-21T06:00Z', { status: 'partial' });
    const none = rulesOf();
    assert.deepEqual(kept(decideRetention([...old, partial], none, now, protectedNow)).length, 2);
    const three = decideRetention([...old, partial], rulesOf({ minimumCopies: 3 }), now, protectedNow);
    assert.deepEqual(
      three.points.map(({ keep }) => keep),
      [true, true, true, true, false],
    );
    assert.deepEqual(three.points[2]?.because, ['minimum copies (3)']);
  });

  it('keeps everything under a hold, for ever, with a brake on, and where no rules are known', () => {
    const points = twiceADay(20).slice(2);
    const all = points.length;
    const decide = (facts: object, rules = rulesOf()) =>
      decideRetention(points, rules, now, {
        ...leftAt('2020-01-01T00:00:00.000Z'),
        announcedAt: '2020-02-01T00:00:00.000Z' as Instant,
        ...facts,
      });
    const held = decide({ holds: [aHold({ until: '2026-12-24T00:00:00.000Z' as Instant })] });
    assert.equal(kept(held).length, all);
    assert.equal(held.lastCopyEnds, undefined);
    assert.ok(held.points.every(({ because }) => because.includes('legal hold Case 12 until 2026-12-24')));
    assert.equal(kept(decide({ holds: [aHold({ until: now })] })).length, 0, 'a hold that is over holds nothing');
    assert.equal(kept(decide({ holds: [aHold({ releasedAt: now })] })).length, 0);
    assert.equal(kept(decide({}, rulesOf({ forever: true }))).length, all);
    const braked = decide({ brake: aBrake(now) });
    assert.equal(kept(braked).length, all);
    assert.deepEqual(braked.points[3]?.because, [
      'expiry is paused: on 2026-11-21 a run changed 400 and removed 0 of 1000 items',
    ]);
    assert.equal(kept(decideRetention(points, undefined, now, leftAt('2020-01-01T00:00:00.000Z'))).length, all);
    const pinned = points[5] as RestorePoint;
    assert.deepEqual(kept(decide({ pins: new Set([pinned.id]) })), [pinned.takenAt.slice(0, 16)]);
  });

  it('lets the last copy go keepGoneDays after its owner left, 14 days after that was told, and after every slot', () => {
    const points = twiceADay(3);
    const rules = rulesOf({ daily: 5, keepGoneDays: 30 });
    const at = (time: string, announcedAt?: string): Decision =>
      decideRetention(points, rules, time as Instant, {
        ...leftAt('2026-11-21T12:00:00.000Z'),
        ...(announcedAt !== undefined && { announcedAt: announcedAt as Instant }),
      });
    const ends = '2026-12-21T12:00:00.000Z';
    assert.equal(at(now).lastCopyEnds, ends);
    assert.equal(kept(at('2026-12-01T00:00:00.000Z')).length, 1);
    assert.equal(kept(at('2027-06-01T00:00:00.000Z')).length, 1, 'nobody was told');
    const told = '2026-12-15T00:00:00.000Z';
    assert.equal(kept(at('2026-12-28T23:59:59.000Z', told)).length, 1);
    const gone = at('2026-12-29T00:00:00.000Z', told);
    assert.deepEqual(gone.points[0]?.because, ['the last copy, 30 days after it left on 2026-11-21']);
    assert.equal(kept(gone).length, 0);
    // A month that still keeps it does so, however long ago its owner left.
    const months = decideRetention(
      points,
      rulesOf({ monthly: 12, keepGoneDays: 30 }),
      now,
      leftAt('2026-11-01T00:00:00.000Z'),
    );
    assert.equal(months.lastCopyEnds, '2027-11-01T00:00:00.000Z');
  });

  it('lets a damaged point stand for no other: beside it stays the newest one that is whole', () => {
    const [p1, p2, older] = [aPoint('2026-11-17T06:00Z'), aPoint('2026-11-19T06:00Z'), aPoint('2026-11-09T06:00Z')];
    const rules = rulesOf({ weekly: 2, minimumCopies: 1, keepGoneDays: 30 });
    const left = (damaged: readonly RestorePoint[], at: string = now): Decision =>
      decideRetention([p1, p2, older], rules, at as Instant, {
        ...leftAt('2026-11-20T00:00:00.000Z'),
        damaged: new Set(damaged.map(({ id }) => id)),
      });
    assert.deepEqual(kept(left([])), ['2026-11-19T06:00', '2026-11-09T06:00']);
    const hurt = left([p2]);
    assert.deepEqual(kept(hurt), ['2026-11-19T06:00', '2026-11-17T06:00', '2026-11-09T06:00']);
    assert.deepEqual(hurt.points[1]?.because, ['in place of a damaged one', 'weekly 2026-W47']);
    // Where all of them are, none is better than the newest.
    assert.deepEqual(kept(left([p1, p2, older])), kept(left([])));
    // It goes when the damaged one does, not before.
    const years = '2029-01-01T00:00:00.000Z';
    assert.deepEqual(kept(left([p2], years)), ['2026-11-19T06:00', '2026-11-17T06:00']);
    const protectedStill = decideRetention([p1, p2], rulesOf(), years as Instant, {
      ...protectedNow,
      damaged: new Set([p2.id]),
    });
    assert.deepEqual(protectedStill.points[1]?.because, ['in place of a damaged one']);
  });
});
