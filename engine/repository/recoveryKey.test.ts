import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { formatRecoveryKey, makeRecoveryKey, parseRecoveryKey, recoveryKeyWrapper } from './recoveryKey.ts';

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

  it('has a name that tells keys apart', () => {
    const [one, same, other] = [key, key, makeRecoveryKey(random)].map(
      (bytes) => recoveryKeyWrapper(bytes, random).keyId,
    );
    assert.equal(one, same);
    assert.notEqual(one, other);
  });
});
