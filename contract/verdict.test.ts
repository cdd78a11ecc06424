import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceFacts, verdictOf, verdictSentence } from './verdict.ts';
import type { SafetyFacts, TroubleKind } from './verdict.ts';

const worst = ['brokenDependencies', 'refusedPermissions', 'overduePolicies'] as const;
const troubles = [
  ...worst,
  'damaged',
  'failing',
  'failedRuns',
  'stalledRuns',
  'partialRuns',
  'partial',
  'notProtected',
  'paused',
  'latePermissions',
  'approvals',
] as const satisfies readonly TroubleKind[];

/** Every combination of facts: 2 to the power of their number. */
function* everyCombination(): Generator<SafetyFacts> {
  for (let bits = 0; bits < 2 ** (troubles.length + 3); bits++) {
    const has = (at: number): number => (bits >> at) & 1;
    yield {
      ...Object.fromEntries(troubles.map((kind, at) => [kind, has(at)])),
      protected: has(troubles.length),
      underWay: has(troubles.length + 1),
      unseen: has(troubles.length + 2) === 1,
    };
  }
}

describe('the verdict', () => {
  it('is good when everything is, and in no other of all combinations', () => {
    let all = 0;
    for (const facts of everyCombination()) {
      all++;
      const verdict = verdictOf(facts);
      const isTroubled = troubles.some((kind) => facts[kind] === 1);
      const isWhole = facts.protected === 1 && facts.underWay === 0 && facts.unseen === false && !isTroubled;
      assert.equal(verdict.tone === 'good', isWhole, JSON.stringify(facts));
      assert.equal(verdictSentence(verdict).startsWith('Protected'), isWhole, JSON.stringify(facts));
      assert.equal(['bad', 'warn'].includes(verdict.tone), isTroubled, JSON.stringify(facts));
      const isBad = worst.some((kind) => facts[kind] === 1);
      assert.equal(verdict.tone === 'bad', isBad, JSON.stringify(facts));
      assert.deepEqual(
        verdict.troubles.map(({ kind }) => kind),
        troubles.filter((kind) => facts[kind] === 1),
      );
    }
    assert.equal(all, 2 ** 16);
  });

  it('counts every state that should have a copy, and nothing that cannot have one', () => {
    const none = { protected: 3, nothing: 9, excluded: 2, gone: 1, notProtected: 2 };
    assert.equal(verdictOf(resourceFacts(none, 2)).tone, 'good');
    assert.equal(verdictOf(resourceFacts(none, 1)).tone, 'warn');
    for (const state of ['partial', 'failing', 'paused', 'notProtected'])
      assert.equal(verdictOf(resourceFacts({ protected: 3, [state]: 1 }, 0)).tone, 'warn', state);
    for (const state of ['firstBackup', 'waiting'])
      assert.equal(verdictOf(resourceFacts({ protected: 3, [state]: 1 }, 0)).tone, 'busy', state);
    assert.equal(verdictOf(resourceFacts({ excluded: 4 }, 0)).tone, 'none');
  });

  it('counts one as one and several as several, the worst first', () => {
    const base = { protected: 5, underWay: 0 };
    const sentence = (facts: Partial<SafetyFacts>): string => verdictSentence(verdictOf({ ...base, ...facts }));
    assert.equal(
      sentence({ notProtected: 1, overduePolicies: 1 }),
      'Needs attention: 1 policy is overdue, 1 resource is not protected.',
    );
    assert.equal(
      sentence({ notProtected: 2, overduePolicies: 3 }),
      'Needs attention: 3 policies are overdue, 2 resources are not protected.',
    );
  });
});
