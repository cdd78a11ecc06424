import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { handledOf } from './requestFacts.ts';

describe('how far a restore is', () => {
  it('counts an item once, also one that stands beside or in place of what was there', () => {
    const counts = { total: 9, changedByService: 1, bytes: 4_000 };
    assert.equal(handledOf({ ...counts, restored: 6, keptBoth: 3, replaced: 2, skipped: 2, failed: 1 }), 9);
  });
});
