import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../engine/testing/seededRandom.ts';
import { isFault } from '../engine/fault.ts';
import { escapeKey, openKey } from './tableKeys.ts';

describe('keys of table rows', () => {
  const random = seededRandom('keys');
  const letters = Array.from({ length: 0x100 }, (_, i) => String.fromCharCode(i)).concat('é', '键', '\uffff');
  const keys = Array.from({ length: 5000 }, () =>
    Array.from({ length: 1 + random.below(4) }, () => random.pick(letters)).join(''),
  );

  it('come back as they were and hold nothing that Azure forbids', () => {
    for (const key of keys) {
      const escaped = escapeKey(key);
      assert.equal(openKey(escaped), key);
      assert.doesNotMatch(escaped, /[/\\#?%'}\p{Cc}]/u);
      assert.ok(escaped.length <= 2 * key.length);
    }
  });

  it('keep their order', () => {
    assert.deepEqual(keys.map(escapeKey).toSorted().map(openKey), keys.toSorted());
  });

  it('stay as they are when they hold ids and times', () => {
    const key = '2026-03-01T00:00:00_0123456789abcdef|x';
    assert.equal(escapeKey(key), key.replace('|', '|0'));
  });

  it('are corrupt when nobody here can have written them', () => {
    assert.throws(
      () => openKey('a.'),
      (e) => isFault(e, 'corrupt'),
    );
    assert.throws(
      () => openKey('a.Z'),
      (e) => isFault(e, 'corrupt'),
    );
  });
});
