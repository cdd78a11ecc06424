import { createCipheriv, createHash } from 'node:crypto';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import {
  formatRecoveryKey,
  makeRecoveryKey,
  parseRecoveryKey,
  publicRecoveryWrapper,
  recoveryKeyWrapper,
} from './recoveryKey.ts';

const random = seededRandom('recovery');
const key = makeRecoveryKey(random);
const shown = formatRecoveryKey(key);

const refusal = (text: string): string => {
  try {
    parseRecoveryKey(text);
  } catch (error) {
    assert.ok(isFault(error, 'invalid'));
    return error.message;
  }
  throw new Error('it was accepted');
};

describe('recovery key', () => {
  it('is 44 characters that read back to the same 32 bytes, with blanks between groups too', () => {
    assert.equal(shown.length, 44);
    assert.deepEqual(parseRecoveryKey(shown), Buffer.from(key));
    assert.deepEqual(parseRecoveryKey(` ${(shown.match(/.{4}/g) ?? []).join(' ')}\n`), Buffer.from(key));
  });

  it('says which group of four cannot be right, and when the length is off', () => {
    assert.match(refusal(`${shown.slice(0, 9)}!${shown.slice(10)}`), /Group 3 of 11 \(characters 9 to 12\)/);
    assert.match(refusal(shown.slice(0, 40)), /40 characters instead of 44/);
    assert.match(refusal(`${shown}AAAA`), /48 characters instead of 44/);
    assert.match(refusal(shown.slice(1)), /43 characters/);
    assert.match(refusal(`${shown.slice(0, 42)}${shown[42] === 'B' ? 'C' : 'B'}=`), /Group 11 of 11/);
  });

  it('wraps and unwraps, and another key or a changed byte is refused', async () => {
    const epochKey = random.bytes(64);
    const wrapped = await recoveryKeyWrapper(key, random).wrap(epochKey);
    assert.deepEqual(Buffer.from(await recoveryKeyWrapper(key, random).unwrap(wrapped)), Buffer.from(epochKey));
    const other = recoveryKeyWrapper(makeRecoveryKey(random), random);
    await assert.rejects(
      other.unwrap(wrapped),
      (error) => isFault(error, 'key-unavailable') && error.origin === 'keys',
    );
    const changed = Uint8Array.from(wrapped);
    changed[20] = (changed[20] ?? 0) ^ 1;
    await assert.rejects(recoveryKeyWrapper(key, random).unwrap(changed), (error) => isFault(error, 'key-unavailable'));
    await assert.rejects(recoveryKeyWrapper(key, random).unwrap(new Uint8Array(3)), (error) =>
      isFault(error, 'key-unavailable'),
    );
  });

  it('is wrapped for by its public part alone, and opens that; nothing else does', async () => {
    const epochKey = random.bytes(64);
    const { keyId, publicPart } = recoveryKeyWrapper(key, random);
    assert.match(publicPart, /^[0-9a-f]{64}$/);
    const without = publicRecoveryWrapper(keyId, publicPart, random);
    const wrapped = await without.wrap(epochKey);
    assert.notDeepEqual(await without.wrap(epochKey), wrapped);
    assert.deepEqual(Buffer.from(await recoveryKeyWrapper(key, random).unwrap(wrapped)), Buffer.from(epochKey));
    await assert.rejects(without.unwrap(wrapped), (error) => isFault(error, 'key-unavailable'));
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Uint8Array.from(wrapped);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at & 7));
      await assert.rejects(recoveryKeyWrapper(key, random).unwrap(changed), (error) =>
        isFault(error, 'key-unavailable'),
      );
    }
  });

  it('opens what was wrapped before it had a public part', async () => {
    const typed = Uint8Array.from({ length: 32 }, (_, at) => at);
    // AES-256-GCM under SHA-256("holdfast recovery wrap" | key), as the format describes the first form.
    const nonce = Buffer.alloc(12, 7);
    const wrapping = createHash('sha256').update('holdfast recovery wrap').update(typed).digest();
    const cipher = createCipheriv('aes-256-gcm', wrapping, nonce).setAAD(Buffer.from('holdfast/1 recovery'));
    const keys = Buffer.alloc(64, 9);
    const wrapped = Buffer.concat([nonce, cipher.update(keys), cipher.final(), cipher.getAuthTag()]);
    assert.deepEqual(await recoveryKeyWrapper(typed, random).unwrap(wrapped), keys);
  });

  it('has a name that tells keys apart', () => {
    const [one, same, other] = [key, key, makeRecoveryKey(random)].map(
      (bytes) => recoveryKeyWrapper(bytes, random).keyId,
    );
    assert.equal(one, same);
    assert.notEqual(one, other);
  });
});
