import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Random } from '../ports/random.ts';
import { deriveKey } from './keyRing.ts';

/** X25519 keys as RFC 8410 writes them, up to the 32 bytes of the key. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** The sealing key is used once: it hangs on a pair that is drawn for one sealing. */
const NONCE = Buffer.alloc(12);
const BOUND = Buffer.from('holdfast/1 recovery box');

/** Opens what was sealed for its public part. */
export interface RecoveryBox {
  /** 64 hex. */
  readonly publicPart: string;
  /** Throws when a bit differs, or when it was sealed for another. */
  open(sealed: Uint8Array): Buffer;
}

/** The box whose X25519 private key is `secret` (32 bytes). */
export function recoveryBox(secret: Uint8Array): RecoveryBox {
  const privateKey = privateKeyOf(secret);
  const mine = publicBytes(privateKey);
  return {
    publicPart: mine.toString('hex'),
    open(sealed) {
      const theirs = Buffer.from(sealed.subarray(0, KEY_BYTES));
      const key = sealingKey(privateKey, publicKeyOf(theirs), theirs, mine);
      const decipher = createDecipheriv('aes-256-gcm', key, NONCE, { authTagLength: TAG_BYTES });
      decipher.setAAD(BOUND);
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const plain = decipher.update(sealed.subarray(KEY_BYTES, -TAG_BYTES));
      decipher.final();
      return plain;
    },
  };
}

/** Seals for `publicPart`: public key drawn for this (32 bytes), ciphertext, tag. */
export function sealFor(publicPart: string, plain: Uint8Array, random: Random): Buffer {
  const theirs = Buffer.from(publicPart, 'hex');
  const drawn = privateKeyOf(random.bytes(KEY_BYTES));
  const mine = publicBytes(drawn);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(drawn, publicKeyOf(theirs), mine, theirs), NONCE);
  cipher.setAAD(BOUND);
  return Buffer.concat([mine, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Hangs on both public keys, so that a sealing belongs to one pair. */
function sealingKey(privateKey: KeyObject, publicKey: KeyObject, drawn: Buffer, box: Buffer): KeyObject {
  const shared = createSecretKey(diffieHellman({ privateKey, publicKey }));
  return deriveKey(shared, Buffer.concat([drawn, box]), 'recovery box');
}

const privateKeyOf = (secret: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, secret]), format: 'der', type: 'pkcs8' });
const publicKeyOf = (bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, bytes]), format: 'der', type: 'spki' });
const publicBytes = (privateKey: KeyObject): Buffer =>
  createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length);
