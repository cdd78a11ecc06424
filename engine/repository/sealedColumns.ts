import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Fault } from '../fault.ts';
import type { Random } from '../ports/random.ts';
import { deriveKey } from './keyRing.ts';
import type { KeyRing } from './keyRing.ts';
import { lru } from './lru.ts';
import { TAG_BYTES } from './objectSeal.ts';

const COLUMN_FORMAT = 1;
const NONCE_AT = 5;
const SEALED_AT = 17;
const KEPT_KEYS = 1_000;

/** Seals small things: format (1 byte), epoch (4), random nonce (12), ciphertext with tag. One key per scope and epoch. */
export interface SealedColumns {
  seal(scope: string, place: string, bytes: Uint8Array): Uint8Array;
  /** Fault `corrupt` when a bit, the scope or the place differs. */
  open(scope: string, place: string, sealed: Uint8Array): Uint8Array;
}

/** Epoch that a sealed column names, unchecked; undefined for bytes that are none. */
export const columnEpochOf = (sealed: Uint8Array): number | undefined =>
  sealed.byteLength < SEALED_AT + TAG_BYTES || sealed[0] !== COLUMN_FORMAT
    ? undefined
    : new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength).getUint32(1);

export function sealedColumns(ring: KeyRing, random: Random): SealedColumns {
  const keys = lru<KeyObject>(KEPT_KEYS);
  const keyOf = (epoch: number, scope: string): KeyObject => {
    const name = `${epoch}/${scope}`;
    const key = keys.get(name) ?? deriveKey(ring.epochKey(epoch), scope, 'column');
    keys.set(name, key);
    return key;
  };
  const bound = (epoch: number, scope: string, place: string): Buffer =>
    Buffer.from(JSON.stringify(['column', COLUMN_FORMAT, ring.tenant, ring.repository, epoch, scope, place]));

  return {
    seal(scope, place, bytes) {
      const head = Buffer.alloc(NONCE_AT);
      head.writeUInt8(COLUMN_FORMAT, 0);
      head.writeUInt32BE(ring.epoch, 1);
      const nonce = random.bytes(SEALED_AT - NONCE_AT);
      const cipher = createCipheriv('aes-256-gcm', keyOf(ring.epoch, scope), nonce);
      cipher.setAAD(bound(ring.epoch, scope, place));
      return Buffer.concat([head, nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    open(scope, place, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const damaged = (cause?: unknown): Fault =>
        new Fault('corrupt', `A sealed column of ${place} is damaged. Rebuild the catalog, or bring the row back.`, {
          origin: 'storage',
          cause,
        });
      const epoch = columnEpochOf(bytes);
      if (epoch === undefined) throw damaged();
      try {
        const decipher = createDecipheriv('aes-256-gcm', keyOf(epoch, scope), bytes.subarray(NONCE_AT, SEALED_AT), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(bound(epoch, scope, place));
        decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
        const plain = decipher.update(bytes.subarray(SEALED_AT, bytes.length - TAG_BYTES));
        decipher.final();
        return plain;
      } catch (cause) {
        throw damaged(cause);
      }
    },
  };
}
