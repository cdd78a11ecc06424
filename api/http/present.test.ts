import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant } from '../../engine/model/ids.ts';
import { decideRetention } from '../../engine/retention/decideRetention.ts';
import { aHold, aPoint, protectedNow, rulesOf } from '../../engine/retention/testing/cases.ts';
import { presentPoint } from './present.ts';

const now = instant(Date.UTC(2026, 5, 30, 12));
const points = ['2026-06-30T09:00:00Z', '2026-06-28T09:00:00Z', '2026-01-01T09:00:00Z'].map((at) => aPoint(at));
const holds = [aHold({ until: instant(Date.UTC(2027, 0, 1)) })];
const shown = (facts: object, seesHolds: boolean) =>
  decideRetention(points, rulesOf({ daily: 7 }), now, { ...protectedNow, ...facts }).points.map((verdict) => {
    const { keptBecause, expiresAt } = presentPoint(verdict.point, verdict, seesHolds);
    return [keptBecause?.map((reason) => reason.split(' ')[0]), expiresAt?.slice(0, 10)];
  });

it('of a held point, who may not be told of holds sees what else keeps it, and nothing that is not so', () => {
  const [, daily, old] = shown({ holds }, true);
  assert.deepEqual(
    [daily?.[0], old],
    [
      ['daily', 'legal'],
      [['legal'], '2027-01-01'],
    ],
  );
  const [newest, ...others] = shown({ holds }, false);
  assert.deepEqual(newest, shown({}, false)[0]);
  assert.deepEqual(others, [
    [['daily'], undefined],
    [undefined, undefined],
  ]);
  assert.deepEqual(shown({}, false)[2], [[], undefined], 'what goes is said to go');
});
