import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Instant, PolicyId } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';
import { dueSlots, newestSlot, nextSlot, overduePolicies, isQuiet } from './duePolicies.ts';

const at = (text: string): Instant => new Date(text).toISOString() as Instant;
const policy = (change: Partial<BackupPolicy> = {}): BackupPolicy => ({
  id: 'p1' as PolicyId,
  name: 'Everything',
  enabled: true,
  order: 1,
  scope: { include: [{ kind: 'all' }], exclude: [], workloads: ['mail'], autoInclude: true },
  schedule: { everyHours: 12 },
  retention: { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1 },
  keepGoneDays: 365,
  options: {},
  createdAt: at('2026-03-01T10:30:00Z'),
  createdBy: 'system',
  ...change,
});
const slots = (of: BackupPolicy, now: string, last?: string): string[] =>
  dueSlots([of], new Map(last ? [[of.id, at(last)]] : []), at(now)).map(({ slot }) => slot);

describe('due policies', () => {
  it('runs a new policy at once and then every interval', () => {
    assert.deepEqual(slots(policy(), '2026-03-01T10:30:00Z'), [at('2026-03-01T10:30:00Z')]);
    assert.deepEqual(slots(policy(), '2026-03-01T22:29:59Z', '2026-03-01T10:30:00Z'), []);
    assert.deepEqual(slots(policy(), '2026-03-01T22:31:00Z', '2026-03-01T10:30:00Z'), [at('2026-03-01T22:30:00Z')]);
  });

  it('names the same slot however often the timer fires', () => {
    assert.equal(newestSlot(policy(), at('2026-03-05T11:00:00Z')), newestSlot(policy(), at('2026-03-05T21:59:00Z')));
  });

  it('makes up for the newest of several missed slots only', () => {
    assert.deepEqual(slots(policy(), '2026-03-09T09:00:00Z', '2026-03-01T10:30:00Z'), [at('2026-03-08T22:30:00Z')]);
  });

  it('keeps quiet while a policy is off', () => {
    assert.deepEqual(slots(policy({ enabled: false }), '2026-03-05T10:30:00Z'), []);
  });

  it('follows the clock on the wall through both changes of summer time', () => {
    const berlin = policy({ schedule: { times: ['02:30'], timeZone: 'Europe/Berlin' } });
    assert.equal(newestSlot(berlin, at('2026-03-28T12:00:00Z')), at('2026-03-28T01:30:00Z'));
    // On 29 March there is no 02:30: it runs right after the gap, once.
    assert.equal(newestSlot(berlin, at('2026-03-29T12:00:00Z')), at('2026-03-29T01:00:00Z'));
    assert.equal(newestSlot(berlin, at('2026-03-30T12:00:00Z')), at('2026-03-30T00:30:00Z'));
    // On 25 October 02:30 comes twice: it runs once.
    assert.equal(newestSlot(berlin, at('2026-10-25T12:00:00Z')), at('2026-10-25T00:30:00Z'));
  });

  it('meets its own slot when the timer fires on the very minute', () => {
    const daily = policy({ schedule: { times: ['07:00', '19:00'], timeZone: 'UTC' } });
    assert.deepEqual(slots(daily, '2026-03-03T07:00:00Z', '2026-03-02T19:00:00Z'), [at('2026-03-03T07:00:00Z')]);
    assert.equal(nextSlot(daily, at('2026-03-03T07:00:01Z')), at('2026-03-03T19:00:00Z'));
  });

  it('lets a slot inside quiet hours wait for their end, past midnight too', () => {
    const quiet = policy({ quietHours: { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' } });
    assert.deepEqual(slots(quiet, '2026-03-01T22:31:00Z', '2026-03-01T10:30:00Z'), []);
    assert.deepEqual(slots(quiet, '2026-03-02T04:59:00Z', '2026-03-01T10:30:00Z'), []);
    assert.deepEqual(slots(quiet, '2026-03-02T05:01:00Z', '2026-03-01T10:30:00Z'), [at('2026-03-01T22:30:00Z')]);
    const noon = policy({ quietHours: { from: '12:00', to: '13:00', timeZone: 'UTC' } });
    assert.equal(isQuiet(noon, at('2026-03-02T12:59:00Z')), true);
    assert.equal(isQuiet(noon, at('2026-03-02T13:00:00Z')), false);
  });

  it('calls a policy overdue after twice its longest interval, seen without any timer', () => {
    const due = (of: BackupPolicy, now: string, last?: string): string[] =>
      overduePolicies([of], new Map(last ? [[of.id, at(last)]] : []), at(now)).map(({ dueAt }) => dueAt);
    assert.deepEqual(due(policy(), '2026-03-02T10:29:00Z'), []);
    assert.deepEqual(due(policy(), '2026-03-02T10:31:00Z'), [at('2026-03-02T10:30:00Z')]);
    assert.deepEqual(due(policy(), '2026-03-02T10:31:00Z', '2026-03-01T22:30:00Z'), []);
    const office = policy({ schedule: { times: ['08:00', '12:00', '18:00'], timeZone: 'UTC' } });
    assert.deepEqual(due(office, '2026-03-03T21:59:00Z', '2026-03-02T18:00:00Z'), []);
    assert.deepEqual(due(office, '2026-03-03T22:01:00Z', '2026-03-02T18:00:00Z'), [at('2026-03-03T22:00:00Z')]);
    assert.deepEqual(due(policy({ enabled: false }), '2027-03-02T10:31:00Z'), []);
  });
});
