import { createHash } from 'node:crypto';
import { QuickXorHash } from '../../../workloads/drive/quickXorHash.ts';

/** Bytes that never change, with their hashes once somebody asked for them. */
export class Content {
  readonly bytes: Buffer;
  #sha256: string | undefined;
  #quickXor: string | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  /** In hex. */
  get sha256(): string {
    return (this.#sha256 ??= createHash('sha256').update(this.bytes).digest('hex'));
  }

  get quickXorHash(): string {
    if (this.#quickXor === undefined) {
      const hash = new QuickXorHash();
      hash.update(this.bytes);
      this.#quickXor = hash.digest();
    }
    return this.#quickXor;
  }
}

export const contentOf = (given: Uint8Array | string): Content =>
  new Content(typeof given === 'string' ? Buffer.from(given) : Buffer.from(given));
