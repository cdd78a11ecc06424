import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import { memoryBlobStore } from '../testing/memoryBlobStore.ts';
import { virtualClock } from '../testing/virtualClock.ts';
import { checkSkew, storageNow } from './storageClock.ts';

test('the time is that of the storage service, whatever time it was before', async () => {
  const clock = virtualClock({ startAt: '2026-11-20T10:00:00Z' });
  const blobs = memoryBlobStore({ clock });
  assert.equal(await storageNow(blobs), '2026-11-20T10:00:00.000Z');
  await clock.advance(90_000);
  assert.equal(await storageNow(blobs), '2026-11-20T10:01:30.000Z');
});

test('a machine whose clock is more than five minutes wrong decides about no age', () => {
  const storage = instant(Date.parse('2026-11-20T10:00:00Z'));
  const at = (offMs: number) => ({ now: () => Date.parse(storage) + offMs });
  checkSkew(storage, at(300_000));
  checkSkew(storage, at(-300_000));
  assert.throws(
    () => checkSkew(storage, at(301_000)),
    (error) => isFault(error, 'invalid') && error.message.includes('5 minutes ahead'),
  );
  assert.throws(
    () => checkSkew(storage, at(-26 * 3_600_000)),
    (error) => isFault(error, 'invalid') && error.message.includes('1560 minutes behind'),
  );
});
