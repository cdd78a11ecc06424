import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldRetention, RetentionRules } from '../model/policy.ts';
import { aPolicy } from '../testing/recordsWorld.ts';
import { effectiveRetention, heldAfter } from './heldRetention.ts';

const rules: RetentionRules = { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1 };
const policy = aPolicy('p', { retention: rules, keepGoneDays: 365 });
const after = (retention: Partial<RetentionRules>, keepGoneDays = 365) => ({
  retention: { ...rules, ...retention },
  keepGoneDays,
});
const whole: HeldRetention = { ...rules, keepGoneDays: 365 };

test('keeping as much or more holds nothing back', () => {
  assert.equal(heldAfter(policy, after({})), undefined);
  assert.equal(heldAfter(policy, after({ daily: 31, yearly: 7, minimumCopies: 2 }, 400)), undefined);
  assert.equal(heldAfter(policy, after({ daily: 0, weekly: 0, monthly: 0, forever: true })), undefined);
});

test('of every rule the longer one holds, whichever of them became shorter', () => {
  assert.deepEqual(heldAfter(policy, after({ daily: 7, weekly: 60 })), { ...whole, weekly: 60 });
  assert.deepEqual(heldAfter(policy, after({}, 30)), whole);
  const forever = { ...policy, retention: { ...rules, forever: true } };
  assert.deepEqual(heldAfter(forever, after({ daily: 90 })), { ...whole, daily: 90, forever: true });
});

test('what holds goes on holding through further changes, until nothing is shorter any more', () => {
  const held = heldAfter(policy, after({ daily: 7 }));
  assert.ok(held);
  const shorter = { ...policy, ...after({ daily: 7 }), heldRetention: held };
  assert.deepEqual(effectiveRetention(shorter), whole);
  assert.deepEqual(heldAfter(shorter, after({ daily: 7, weekly: 4 })), whole);
  assert.equal(heldAfter(shorter, after({ daily: 30 })), undefined);
});
