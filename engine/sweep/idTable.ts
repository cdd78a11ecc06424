/** Most 32-bit words that an id has. */
const WORDS = 4;
const DIGITS = 8 * WORDS;
const FIRST_ROWS = 1_024;

type Column = Uint8Array | Uint32Array | Float64Array;

/** A column with room for `rows`, what it held at its beginning; the same one where it has room. */
export function withRoom<C extends Column>(column: C, rows: number): C {
  if (rows <= column.length) return column;
  const Made = column.constructor as new (length: number) => C;
  const wider = new Made(Math.max(FIRST_ROWS, 2 ** Math.ceil(Math.log2(rows))));
  wider.set(column);
  return wider;
}

const valueOf = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : -1;
};

/**
 * Numbers ids in the order in which they come, in about 30 bytes each: what a cycle knows of a million packs lies in typed
 * columns by these numbers. Ids are 32 small hexadecimal digits; any other text is taken too, and costs what a text costs.
 */
export class IdTable {
  #ids = new Uint32Array(0);
  /** Numbers by hash, one too high: 0 is nobody's. */
  #slots = new Uint32Array(2 * FIRST_ROWS);
  #size = 0;
  readonly #others = new Map<string, number>();
  readonly #otherIds = new Map<number, string>();
  /** The id that is asked for. */
  readonly #asked = new Uint32Array(WORDS);

  get size(): number {
    return this.#size;
  }

  /** Its number, or -1. */
  find(id: string): number {
    if (!this.#parse(id)) return this.#others.get(id) ?? -1;
    return (this.#slots[this.#slotOf(this.#asked, 0)] as number) - 1;
  }

  /** Its number, a new one where it had none. */
  add(id: string): number {
    const isUsual = this.#parse(id);
    const slot = isUsual ? this.#slotOf(this.#asked, 0) : 0;
    const known = isUsual ? (this.#slots[slot] as number) - 1 : (this.#others.get(id) ?? -1);
    if (known >= 0) return known;
    const number = this.#size++;
    if (!isUsual) {
      this.#others.set(id, number);
      this.#otherIds.set(number, id);
      return number;
    }
    this.#ids = withRoom(this.#ids, this.#size * WORDS);
    this.#ids.set(this.#asked, number * WORDS);
    this.#slots[slot] = number + 1;
    if (this.#size * 4 > this.#slots.length * 3) this.#widen();
    return number;
  }

  /** The id of a number that was given. */
  at(number: number): string {
    const other = this.#otherIds.get(number);
    if (other !== undefined) return other;
    let id = '';
    for (let word = 0; word < WORDS; word++)
      id += (this.#ids[number * WORDS + word] as number).toString(16).padStart(8, '0');
    return id;
  }

  #parse(id: string): boolean {
    if (id.length !== DIGITS) return false;
    for (let word = 0; word < WORDS; word++) {
      let value = 0;
      for (let digit = word * 8; digit < word * 8 + 8; digit++) {
        const next = valueOf(id.charCodeAt(digit));
        if (next < 0) return false;
        value = (value << 4) | next;
      }
      this.#asked[word] = value;
    }
    return true;
  }

  /** Where the id is, or the free slot where it belongs. */
  #slotOf(ids: Uint32Array, from: number): number {
    const mask = this.#slots.length - 1;
    let hash = 0;
    for (let word = 0; word < WORDS; word++) {
      hash = Math.imul(hash ^ (ids[from + word] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] as number) - 1;
      if (number < 0 || this.#isAt(number, ids, from)) return slot;
    }
  }

  #isAt(number: number, ids: Uint32Array, from: number): boolean {
    for (let word = 0; word < WORDS; word++) if (this.#ids[number * WORDS + word] !== ids[from + word]) return false;
    return true;
  }

  #widen(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#size; number++)
      if (!this.#otherIds.has(number)) this.#slots[this.#slotOf(this.#ids, number * WORDS)] = number + 1;
  }
}
