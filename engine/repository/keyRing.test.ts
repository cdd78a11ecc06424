import assert from 'node:assert/strict';
import { createSecretKey, hkdfSync } from 'node:crypto';
import { it } from 'node:test';
import { seededRandom } from '../testing/seededRandom.ts';
import { deriveKey } from './keyRing.ts';

it('keys of objects are HKDF-SHA256 of the epoch key, as the format says', () => {
  const random = seededRandom('keys of objects');
  for (const purpose of ['content', 'meta', 'slice', 'root', 'column', 'key record']) {
    for (const salt of [random.bytes(16), '', 'resource', 'a'.repeat(200)]) {
      const epochKey = random.bytes(32);
      const wanted = Buffer.from(hkdfSync('sha256', epochKey, salt, `holdfast/1 ${purpose}`, 32));
      assert.deepEqual(deriveKey(createSecretKey(epochKey), salt, purpose).export(), wanted);
    }
  }
});
