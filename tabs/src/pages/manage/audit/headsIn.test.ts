import assert from 'node:assert/strict';
import { it } from 'node:test';
import { headsIn } from './headsIn.ts';

const hash = 'ab'.repeat(32);

it('reads heads as summaries write them, a line each', () => {
  assert.deepEqual(headsIn(`Audit log: 1,204 entries, ends with ${hash}\n\n  7 ${hash.toUpperCase()}  `), [
    { count: 1204, hash },
    { count: 7, hash },
  ]);
  assert.deepEqual(headsIn(`Protokoll: 1.204 Einträge, endet mit ${hash}`), [{ count: 1204, hash }]);
  assert.deepEqual(headsIn(' \n'), []);
});

it('says that a line is no head instead of leaving it out', () => {
  assert.equal(headsIn(`7 ${hash}\nsomething else`), undefined);
  assert.equal(headsIn(hash), undefined);
  assert.equal(headsIn(`7 ${hash.slice(1)}`), undefined);
});
