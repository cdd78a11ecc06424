import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { Fault } from '../fault.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import type { Random } from '../ports/random.ts';

const KEY_BYTES = 32;
const TEXT_LENGTH = 44;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** 32 unpredictable bytes. Whoever holds them and the `repository` container can restore everything. */
export const makeRecoveryKey = (random: Random): Uint8Array => random.bytes(KEY_BYTES);

/** 44 base64 characters, as it is shown once. */
export const formatRecoveryKey = (key: Uint8Array): string => Buffer.from(key).toString('base64');

/** Reads a typed recovery key; white space anywhere is fine. Fault `invalid` saying which group of four characters is off. */
export function parseRecoveryKey(text: string): Uint8Array {
  const typed = text.replace(/\s+/g, '');
  for (let at = 0; at < Math.min(typed.length, TEXT_LENGTH); at += 4) {
    const group = typed.slice(at, at + 4);
    const wanted = at === TEXT_LENGTH - 4 ? /^[A-Za-z0-9+/]{3}=$/ : /^[A-Za-z0-9+/]{4}$/;
    if (!wanted.test(group)) {
      const length =
        typed.length === TEXT_LENGTH ? '' : ` It has ${typed.length} characters instead of ${TEXT_LENGTH}.`;
      throw unreadable(
        `Group ${at / 4 + 1} of 11 (characters ${at + 1} to ${at + 4}) is not part of a recovery key.${length}`,
      );
    }
  }
  if (typed.length !== TEXT_LENGTH) throw unreadable(`It has ${typed.length} characters instead of ${TEXT_LENGTH}.`);
  const key = Buffer.from(typed, 'base64');
  // The last group carries two bits that no key has; a typing error there would else pass unnoticed.
  if (formatRecoveryKey(key) !== typed)
    throw unreadable('Group 11 of 11 (characters 41 to 44) is not part of a recovery key.');
  return key;
}

const unreadable = (what: string): Fault =>
  new Fault('invalid', `The recovery key cannot be read. ${what}`, { origin: 'input' });

/** Wraps keys under the recovery key. Fault `key-unavailable` when another recovery key wrapped them. */
export function recoveryKeyWrapper(key: Uint8Array, random: Random): KeyWrapper {
  const wrapping = createHash('sha256').update('holdfast recovery wrap').update(key).digest();
  const keyId = createHash('sha256').update('holdfast recovery name').update(key).digest('hex').slice(0, 16);
  const bound = Buffer.from('holdfast/1 recovery');

  return {
    kind: 'recovery',
    keyId,
    wrap: (plain) => {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', wrapping, nonce);
      cipher.setAAD(bound);
      return Promise.resolve(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
    },
    unwrap: (wrapped) => {
      try {
        const decipher = createDecipheriv('aes-256-gcm', wrapping, wrapped.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(bound);
        decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
        const plain = decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES));
        decipher.final();
        return Promise.resolve(plain);
      } catch (cause) {
        const message = 'This recovery key does not open the repository. Check that it belongs to it.';
        return Promise.reject(new Fault('key-unavailable', message, { origin: 'keys', cause }));
      }
    },
  };
}
