import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PolicyDraft } from '../../../../contract/policies.ts';
import type { Policy } from '../../../../contract/policies.ts';
import { draftOf, faultsOf, isShorter, wishOf } from './policyDraft.ts';

const policy: Policy = {
  id: 'a'.repeat(32),
  name: 'Everything',
  enabled: true,
  order: 100,
  scope: {
    include: [{ kind: 'all' }, { kind: 'group', sourceId: 'g1' }],
    exclude: [{ kind: 'user', sourceId: 'u1', reason: 'asked' }],
    workloads: ['mail', 'drive'],
    autoInclude: true,
  },
  schedule: { times: ['07:00', '19:30'], timeZone: 'Europe/Berlin' },
  retention: { daily: 30, weekly: 52, monthly: 84, yearly: 3, minimumCopies: 2 },
  keepGoneDays: 365,
  options: {},
  createdAt: '2026-11-21T08:00:00.000Z',
  createdBy: 'system',
  etag: 'W/"1"',
};

it('sends a policy that nobody changed as it was', () => {
  const wish = wishOf(draftOf(policy, [], 'UTC'));
  const { name, enabled, scope, schedule, retention, keepGoneDays } = policy;
  assert.deepEqual(wish, { name, enabled, scope, schedule, retention, keepGoneDays });
});

it('begins a new policy with what the contract takes', () => {
  const wish = wishOf({ ...draftOf(undefined, ['mail'], 'UTC'), name: 'New' });
  assert.equal(PolicyDraft.safeParse(wish).success, true);
});

it('names every field that is wrong', () => {
  const draft = draftOf(policy, [], 'UTC');
  assert.deepEqual(faultsOf(draft), []);
  assert.deepEqual(
    faultsOf({
      ...draft,
      name: ' ',
      everybody: false,
      otherRules: [],
      workloads: [],
      times: '7:00, noon',
      slots: { ...draft.slots, daily: '-1', weekly: '1.5' },
      minimumCopies: '0',
      keepGoneDays: '',
    }),
    ['nameMissing', 'nobody', 'noWorkload', 'times', 'daily', 'weekly', 'minimumCopies', 'keepGoneDays'],
  );
});

it('knows when less is kept than before', () => {
  const draft = draftOf(policy, [], 'UTC');
  assert.equal(isShorter(policy, draft), false);
  assert.equal(isShorter(policy, { ...draft, slots: { ...draft.slots, daily: '60' } }), false);
  assert.equal(isShorter(policy, { ...draft, slots: { ...draft.slots, yearly: '0' } }), true);
  assert.equal(isShorter(policy, { ...draft, keepGoneDays: '30' }), true);
  assert.equal(isShorter({ ...policy, retention: { ...policy.retention, forever: true } }, draft), true);
});
