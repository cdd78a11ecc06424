import { createHash } from 'node:crypto';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { CipherGCM, KeyObject } from 'node:crypto';

export interface NonceRecorder {
  /** Sealings seen so far. */
  readonly sealings: number;
  /** Pairs of key and nonce that sealed different bytes, as short hashes: there must never be one. */
  readonly reused: ReadonlySet<string>;
  /** From here on nothing is recorded. */
  stop(): void;
}

/**
 * Records every (key, nonce) that this process seals with, over all schedules that run in it. The same bytes under the
 * same pair are no harm: a retry sends them again. One recorder at a time.
 */
export function recordNonces(): NonceRecorder {
  const original = crypto.createCipheriv;
  const seen = new Map<string, string>();
  const reused = new Set<string>();
  let sealings = 0;

  const recording = (algorithm: string, key: KeyObject | Uint8Array, nonce: Uint8Array, options: object): CipherGCM => {
    const cipher = Reflect.apply(original, crypto, [algorithm, key, nonce, options]) as CipherGCM;
    const raw = key instanceof Uint8Array ? key : key.export();
    const pair = createHash('sha256').update(raw).update(nonce).digest('base64').slice(0, 22);
    const content = createHash('sha256');
    const update = cipher.update.bind(cipher) as (bytes: Uint8Array, ...rest: unknown[]) => Buffer;
    const final = cipher.final.bind(cipher);
    Object.defineProperty(cipher, 'update', {
      value: (bytes: Uint8Array, ...rest: unknown[]): Buffer => {
        content.update(bytes);
        return update(bytes, ...rest);
      },
    });
    Object.defineProperty(cipher, 'final', {
      value: (): Buffer => {
        const digest = content.digest('base64').slice(0, 22);
        sealings += 1;
        if ((seen.get(pair) ?? digest) !== digest) reused.add(pair);
        seen.set(pair, digest);
        return final();
      },
    });
    return cipher;
  };
  Reflect.set(crypto, 'createCipheriv', recording);
  syncBuiltinESMExports();

  return {
    get sealings() {
      return sealings;
    },
    reused,
    stop() {
      Reflect.set(crypto, 'createCipheriv', original);
      syncBuiltinESMExports();
    },
  };
}
