/** The hash shifts each byte 11 bits further round a circle of 160 bits. */
const BITS = 160;
const SHIFT = 11;

/**
 * Microsoft's QuickXorHash, the only hash that OneDrive for Business gives: 160 bits, base64, no protection against
 * intent. As 11 and 160 have no common divisor, bytes 160 apart meet the same bits; they are XORed first and turned once
 * at the end.
 */
export class QuickXorHash {
  readonly #columns = new Uint8Array(BITS);
  #length: number;

  /** `from`: the bytes before it are not known; then only the length is right, not the digest. */
  constructor(from = 0) {
    this.#length = from;
  }

  /** Bytes taken so far, unknown ones included. */
  get length(): number {
    return this.#length;
  }

  update(bytes: Uint8Array): void {
    const columns = this.#columns;
    let column = this.#length % BITS;
    for (let at = 0; at < bytes.length; at++) {
      columns[column] = (columns[column] ?? 0) ^ (bytes[at] ?? 0);
      column = column === BITS - 1 ? 0 : column + 1;
    }
    this.#length += bytes.length;
  }

  /** Base64, as Graph writes it. More bytes may follow. */
  digest(): string {
    const hash = Buffer.alloc(BITS / 8);
    for (let column = 0; column < BITS; column++) {
      const bit = (column * SHIFT) % BITS;
      const index = bit >> 3;
      const spread = (this.#columns[column] ?? 0) << (bit & 7);
      hash[index] = (hash[index] ?? 0) ^ (spread & 0xff);
      // Past the last bit it goes on at the first.
      const after = (index + 1) % hash.length;
      hash[after] = (hash[after] ?? 0) ^ (spread >> 8);
    }
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(this.#length));
    for (let i = 0; i < 8; i++) hash[12 + i] = (hash[12 + i] ?? 0) ^ (length[i] ?? 0);
    return hash.toString('base64');
  }
}

/** Hash of `bytes` in one go. */
export function quickXorHash(bytes: Uint8Array): string {
  const hash = new QuickXorHash();
  hash.update(bytes);
  return hash.digest();
}
