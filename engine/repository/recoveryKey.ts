import { createDecipheriv, createHash } from 'node:crypto';
import { Fault } from '../fault.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import type { Random } from '../ports/random.ts';
import { recoveryBox, sealFor } from './recoveryBox.ts';

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

/** What is wrapped under the recovery key can be wrapped without it: by its public part, which the key records carry. */
export interface RecoveryWrapper extends KeyWrapper {
  readonly kind: 'recovery';
  /** The X25519 public key that follows from the recovery key. */
  readonly publicPart: string;
}

/** Wraps keys for the recovery key and opens them. Fault `key-unavailable` when another recovery key wrapped them. */
export function recoveryKeyWrapper(key: Uint8Array, random: Random): RecoveryWrapper {
  const keyId = digestOf('holdfast recovery name', key).toString('hex').slice(0, 16);
  const box = recoveryBox(digestOf('holdfast recovery box', key));

  return {
    kind: 'recovery',
    keyId,
    publicPart: box.publicPart,
    wrap: (plain) => Promise.resolve(sealFor(box.publicPart, plain, random)),
    unwrap: (wrapped) => {
      try {
        return Promise.resolve(
          wrapped.byteLength === FIRST_FORM_BYTES ? openFirstForm(wrapped, key) : box.open(wrapped),
        );
      } catch (cause) {
        const message = 'This recovery key does not open the repository. Check that it belongs to it.';
        return Promise.reject(new Fault('key-unavailable', message, { origin: 'keys', cause }));
      }
    },
  };
}

/** Wraps for a recovery key of which only the public part is known; opens nothing. */
export const publicRecoveryWrapper = (keyId: string, publicPart: string, random: Random): RecoveryWrapper => ({
  kind: 'recovery',
  keyId,
  publicPart,
  wrap: (plain) => Promise.resolve(sealFor(publicPart, plain, random)),
  unwrap: () =>
    Promise.reject(new Fault('key-unavailable', 'The recovery key itself was not given.', { origin: 'keys' })),
});

const digestOf = (purpose: string, key: Uint8Array): Buffer =>
  createHash('sha256').update(purpose).update(key).digest();

/** Wrapped keys of repositories that were made before a recovery key had a public part: 12 + 64 + 16 bytes. */
const FIRST_FORM_BYTES = 92;

function openFirstForm(wrapped: Uint8Array, key: Uint8Array): Buffer {
  const wrapping = digestOf('holdfast recovery wrap', key);
  const nonce = wrapped.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', wrapping, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from('holdfast/1 recovery'));
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
  const plain = decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES));
  decipher.final();
  return plain;
}
