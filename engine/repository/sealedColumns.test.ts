import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { keyRing } from './keyRing.ts';
import { columnEpochOf, sealedColumns } from './sealedColumns.ts';

const ringOf = (...epochs: readonly number[]) =>
  keyRing(
    {
      tenant: 'contoso',
      repository: 'ab'.repeat(16),
      idKey: Buffer.alloc(32, 9),
      epochs: new Map(epochs.map((epoch) => [epoch, createSecretKey(Buffer.alloc(32, epoch))])),
    },
    async (known) => known,
  );
const columns = sealedColumns(ringOf(1), seededRandom('columns'));
const sealed = columns.seal('r1', 'resources/r1/head', Buffer.from('what'));

describe('a sealed column', () => {
  it('opens in its place alone, and a later key does not keep it from that', () => {
    assert.equal(Buffer.from(columns.open('r1', 'resources/r1/head', sealed)).toString(), 'what');
    const later = sealedColumns(ringOf(1, 2), seededRandom('later'));
    assert.equal(Buffer.from(later.open('r1', 'resources/r1/head', sealed)).toString(), 'what');
    assert.equal(columnEpochOf(sealed), 1);
    assert.equal(columnEpochOf(later.seal('r1', 'resources/r1/head', Buffer.from('what'))), 2);
  });

  it('is damaged in another place, with any byte changed, and cut off anywhere', () => {
    const isDamaged = (scope: string, place: string, bytes: Uint8Array): void =>
      assert.throws(
        () => columns.open(scope, place, bytes),
        (error) => isFault(error, 'corrupt') && error.message.includes(place),
      );
    isDamaged('r2', 'resources/r1/head', sealed);
    isDamaged('r1', 'resources/r1/point', sealed);
    for (let at = 0; at < sealed.length; at++) {
      isDamaged('r1', 'resources/r1/head', sealed.subarray(0, at));
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      isDamaged('r1', 'resources/r1/head', changed);
    }
  });

  it('names no epoch where it is none', () => {
    assert.equal(columnEpochOf(sealed.subarray(0, 32)), undefined);
    assert.equal(columnEpochOf(new Uint8Array(40)), undefined);
  });
});
