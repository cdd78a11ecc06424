import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import { Fault } from '../fault.ts';
import { observers } from './observers.ts';

export interface MemoryKeyWrapper extends KeyWrapper {
  /** From now on nothing can be unwrapped (a disabled vault key), until called with true. */
  enable(isEnabled: boolean): void;
  /** Told before each use; what it throws is the answer (Key Vault busy, a lost answer). */
  onUse(observer: (use: 'wrap' | 'unwrap') => void): () => void;
  /** The same key, in the state it is in now, with a switch of its own and without observers. */
  fork(): MemoryKeyWrapper;
}

/** A wrapping key in memory, made from `name`: two with one name open what the other wrapped. */
export function memoryKeyWrapper(name = 'test', kind: KeyWrapper['kind'] = 'vault'): MemoryKeyWrapper {
  return wrapperOf(name, kind, true);
}

function wrapperOf(name: string, kind: KeyWrapper['kind'], isEnabled: boolean): MemoryKeyWrapper {
  const key = createHash('sha256').update(name).digest();
  // The nonce follows from the key that is wrapped: equal input, equal output, and never one nonce for two inputs.
  const nonceFor = (plain: Uint8Array): Uint8Array =>
    createHash('sha256').update(key).update(plain).digest().subarray(0, 12);
  const using = observers<'wrap' | 'unwrap'>();
  let enabled = isEnabled;
  const use = (kindOfUse: 'wrap' | 'unwrap'): void => {
    using.tell(kindOfUse);
    if (!enabled)
      throw new Fault('key-unavailable', `Key ${name} is disabled`, { origin: 'keys', code: 'KeyDisabled' });
  };

  return {
    kind,
    keyId: name,
    async wrap(plain) {
      use('wrap');
      const nonce = nonceFor(plain);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      return new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
    },
    async unwrap(wrapped) {
      use('unwrap');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, 12), { authTagLength: 16 });
        decipher.setAuthTag(wrapped.subarray(-16));
        return new Uint8Array(Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]));
      } catch (cause) {
        throw new Fault('key-unavailable', `Key ${name} did not wrap this`, { origin: 'keys', cause });
      }
    },
    enable(toEnabled) {
      enabled = toEnabled;
    },
    onUse: (observer) => using.add(observer),
    fork: () => wrapperOf(name, kind, enabled),
  };
}
