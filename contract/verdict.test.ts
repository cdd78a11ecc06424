import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inWords, resourceFacts, serverFacts, troubleKinds, verdictOf, verdictSentence } from './verdict.ts';
import { seededRandom } from '../engine/testing/seededRandom.ts';
import type { SafetyFacts } from './verdict.ts';

const worst = ['brokenDependencies', 'refusedPermissions', 'overduePolicies'] as const;
const troubles = troubleKinds;
const others = ['protected', 'underWay', 'unseen'] as const;

/** What these facts must come to: only a whole tenant is good, the worst decides, nothing bad is left out. */
function complaintAbout(facts: SafetyFacts): string | undefined {
  const { tone, troubles: found } = verdictOf(facts);
  const wanted = troubles.filter((kind) => facts[kind] === 1);
  const isWhole = facts.protected === 1 && facts.underWay === 0 && facts.unseen === false && wanted.length === 0;
  if ((tone === 'good') !== isWhole) return 'good';
  if ((tone === 'bad' || tone === 'warn') !== wanted.length > 0) return 'troubled';
  if ((tone === 'bad') !== worst.some((kind) => facts[kind] === 1)) return 'bad';
  if (found.length !== wanted.length || found.some(({ kind }, at) => kind !== wanted[at])) return 'troubles';
  if (isWhole && !verdictSentence({ tone, troubles: found }).startsWith('Protected')) return 'sentence';
  return undefined;
}

/** Every set of up to `most` of `count` things, as bits. */
function* upTo(most: number, count: number, from = 0, chosen = 0): Generator<number> {
  yield chosen;
  if (most === 0) return;
  for (let at = from; at < count; at++) yield* upTo(most - 1, count, at + 1, chosen | (1 << at));
}

describe('the verdict', () => {
  it('is good when everything is, and in no other combination of up to four facts, of all but so many, or by chance', () => {
    const names = [...troubles, ...others];
    const everything = 2 ** names.length - 1;
    const check = (chosen: number): void => {
      const facts = Object.fromEntries(names.map((name, at) => [name, (chosen >> at) & 1]));
      const complaint = complaintAbout({ ...facts, unseen: facts['unseen'] === 1 } as unknown as SafetyFacts);
      if (complaint !== undefined) assert.fail(`${complaint}: ${JSON.stringify(facts)}`);
    };
    let tried = 0;
    for (const chosen of upTo(4, names.length)) {
      check(chosen);
      check(everything - chosen);
      tried += 2;
    }
    assert.ok(tried > 2 * 22 * 21, `${tried}`);
    const random = seededRandom('verdict');
    for (let drawn = 0; drawn < 50_000; drawn++) check(random.below(everything + 1));
  });

  it('says each trouble in words, the number with it, and the way on; none of them reads as good', () => {
    for (const kind of troubles)
      for (const count of [1, 7]) {
        const verdict = verdictOf({ protected: 5, underWay: 0, [kind]: count });
        assert.equal(verdictSentence(verdict), `Needs attention: ${inWords({ kind, count }).text}.`);
        assert.match(inWords({ kind, count }).text, new RegExp(`^${count} `));
        assert.match(inWords({ kind, count }).wayOn, /\.$/);
      }
  });

  it('is no better for a reader than for the server: what only the server counts comes with it', () => {
    const told = [
      { kind: 'damaged', count: 3 },
      { kind: 'pausedExpiry', count: 1 },
      { kind: 'failing', count: 9 },
    ];
    const facts = serverFacts(told);
    assert.deepEqual([facts.damaged, facts.pausedExpiry, facts.failedDrills], [3, 1, 0]);
    assert.ok(!('failing' in facts), 'what a reader counts by itself is not counted twice');
    assert.equal(verdictOf({ ...facts, protected: 5, underWay: 0 }).tone, 'warn');
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

  it('says of each tone what it is, and never that all is well while it is not known to be', () => {
    const sentence = (facts: Partial<SafetyFacts>): string =>
      verdictSentence(verdictOf({ protected: 0, underWay: 0, ...facts }));
    assert.equal(sentence({ protected: 5 }), 'Protected.');
    assert.equal(sentence({}), 'Not protected yet.');
    assert.equal(sentence({ protected: 5, underWay: 1 }), 'Copies are being made.');
    assert.equal(
      sentence({ protected: 5, underWay: 1, unseen: true }),
      'No trouble found, but not everything could be looked at.',
    );
  });

  it('tells losses that were accepted beside it, and calls them no trouble', () => {
    const told = (acceptedLosses: number) => verdictOf({ protected: 5, underWay: 0, acceptedLosses });
    assert.deepEqual(told(2), { tone: 'good', troubles: [], acceptedLosses: 2 });
    assert.deepEqual(told(0), { tone: 'good', troubles: [] });
    assert.equal(verdictSentence(told(0)), 'Protected.');
    assert.equal(
      verdictSentence(told(1)),
      'Protected. 1 item of an older restore point is lost for good, which was accepted.',
    );
    assert.equal(
      verdictSentence(told(2)),
      'Protected. 2 items of older restore points are lost for good, which was accepted.',
    );
  });
});
