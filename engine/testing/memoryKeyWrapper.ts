import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import { Fault } from '../fault.ts';

export interface MemoryKeyWrapper extends KeyWrapper {
  /** From now on nothing can be unwrapped (a disabled vault key), until called with true. */
  enable(isEnabled: boolean): void;
}

/** A wrapping key in memory, made from `name`: two with one name open what the other wrapped. */
export function memoryKeyWrapper(name = 'test', kind: KeyWrapper['kind'] = 'vault'): MemoryKeyWrapper {
  const key = createHash('sha256').update(name).digest();
  // The nonce follows from the key that is wrapped: equal input, equal output, and never one nonce for two inputs.
  const nonceFor = (plain: Uint8Array): Uint8Array =>
    createHash('sha256').update(key).update(plain).digest().subarray(0, 12);
  let enabled = true;
  const refuse = (): void => {
    if (!enabled)
      throw new Fault('key-unavailable', `Key ${name} is disabled`, { origin: 'keys', code: 'KeyDisabled' });
  };

  return {
    kind,
    keyId: name,
    async wrap(plain) {
      refuse();
      const nonce = nonceFor(plain);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      return new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
    },
    async unwrap(wrapped) {
      refuse();
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, 12), { authTagLength: 16 });
        decipher.setAuthTag(wrapped.subarray(-16));
        return new Uint8Array(Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]));
      } catch (cause) {
        throw new Fault('key-unavailable', `Key ${name} did not wrap this`, { origin: 'keys', cause });
      }
    },
    enable(isEnabled) {
      enabled = isEnabled;
    },
  };
}
