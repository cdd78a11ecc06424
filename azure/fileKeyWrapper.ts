import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { Fault } from '../engine/fault.ts';
import type { KeyWrapper } from '../engine/ports/keyWrapper.ts';
import type { Random } from '../engine/ports/random.ts';

const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

/** Makes the key file, readable by its owner alone. Leaves an existing file as it is: a new key would open nothing. */
export async function createKeyFile(path: string, random: Random): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(random.bytes(keyLength));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * Wraps with a key that lies in a file of 32 bytes, by AES-256-GCM. The file is read for every call, as a vault is
 * asked for every call. Fault `key-unavailable` when it is missing, of another length, or open to other people.
 */
export async function fileKeyWrapper(path: string): Promise<KeyWrapper> {
  // A fingerprint of its own, so that the name of a key tells nothing that the key is used for.
  const keyId = `file:${createHash('sha256')
    .update('holdfast key file')
    .update(await readKey(path))
    .digest('hex')
    .slice(0, 16)}`;
  return {
    kind: 'file',
    keyId,
    async wrap(key) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv('aes-256-gcm', await readKey(path), nonce);
      return new Uint8Array(Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]));
    },
    async unwrap(wrapped) {
      const fileKey = await readKey(path);
      try {
        const decipher = createDecipheriv('aes-256-gcm', fileKey, wrapped.subarray(0, nonceLength), {
          authTagLength: tagLength,
        });
        decipher.setAuthTag(wrapped.subarray(-tagLength));
        return new Uint8Array(
          Buffer.concat([decipher.update(wrapped.subarray(nonceLength, -tagLength)), decipher.final()]),
        );
      } catch (cause) {
        throw unavailable(`The key file ${path} is not the one that wrapped the keys of this repository`, cause);
      }
    },
  };
}

async function readKey(path: string): Promise<Uint8Array> {
  let key: Uint8Array;
  let mode: number;
  try {
    key = await readFile(path);
    ({ mode } = await stat(path));
  } catch (cause) {
    throw unavailable(`The key file ${path} cannot be read`, cause);
  }
  if (key.length !== keyLength)
    throw unavailable(`The key file ${path} has ${key.length} bytes instead of ${keyLength}`);
  // Windows has no such bits; there the folder's rights decide.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw unavailable(`The key file ${path} can be read by other people: run chmod 600 on it`);
  }
  return key;
}

const unavailable = (message: string, cause?: unknown): Fault =>
  new Fault('key-unavailable', message, { origin: 'keys', cause });
