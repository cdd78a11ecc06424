import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { Fault } from '../fault.ts';
import type { Random } from '../ports/random.ts';
import type { Repository } from '../repository/repository.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** Seals as a repository does, with a key made from `name`: bound to its place, and never the same bytes twice. */
export function memorySealer(random: Random, name = 'test'): Pick<Repository, 'sealColumn' | 'openColumn' | 'idOf'> {
  const keyOf = (scope: string): Uint8Array => createHash('sha256').update(`${name}/${scope}`).digest();
  return {
    sealColumn(scope, place, bytes) {
      const nonce = random.bytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keyOf(scope), nonce).setAAD(Buffer.from(place));
      return new Uint8Array(Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]));
    },
    async openColumn(scope, place, sealed) {
      try {
        const nonce = sealed.subarray(0, nonceBytes);
        const decipher = createDecipheriv('aes-256-gcm', keyOf(scope), nonce, { authTagLength: tagBytes });
        decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(-tagBytes));
        const opened = [decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()];
        return new Uint8Array(Buffer.concat(opened));
      } catch (cause) {
        throw new Fault('corrupt', `${place} is not what was written there`, { origin: 'storage', cause });
      }
    },
    idOf: (...parts) => createHmac('sha256', name).update(JSON.stringify(parts)).digest('hex').slice(0, 32),
  };
}
