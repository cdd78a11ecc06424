const BITS = 160;
const SHIFT = 11;

/**
 * The hash that OneDrive for Business publishes: byte i is XORed into a ring of 160 bits at bit 11·i, then the
 * length is XORed into the last eight bytes. The position repeats every 160 bytes, so bytes are folded into 160
 * columns first and placed once at the end.
 */
export class QuickXorHash {
  readonly #columns = new Uint8Array(BITS);
  #length = 0;

  update(bytes: Uint8Array): this {
    const columns = this.#columns;
    let column = this.#length % BITS;
    for (let index = 0; index < bytes.length; index += 1) {
      columns[column] = (columns[column] ?? 0) ^ (bytes[index] ?? 0);
      column = column === BITS - 1 ? 0 : column + 1;
    }
    this.#length += bytes.length;
    return this;
  }

  /** Base64, as Graph writes it. */
  digest(): string {
    const ring = Buffer.alloc(BITS / 8);
    const xor = (index: number, value: number): void => {
      ring[index] = (ring[index] ?? 0) ^ value;
    };
    for (let column = 0; column < BITS; column += 1) {
      const bit = (column * SHIFT) % BITS;
      const value = (this.#columns[column] ?? 0) << (bit % 8);
      xor(bit >> 3, value & 0xff);
      xor(((bit >> 3) + 1) % ring.length, value >> 8);
    }
    let rest = this.#length;
    for (let index = 12; index < 20; index += 1) {
      xor(index, rest % 256);
      rest = Math.floor(rest / 256);
    }
    return ring.toString('base64');
  }
}
