/** Up to this many keys a new one is put in its place at once; beyond it, sorting again later is cheaper. */
const insertUpTo = 4096;

/** A map in order of UTF-16 code units. A fork costs nothing: both share memory until one of them changes. */
export class SortedMap<V> {
  #values: Map<string, V>;
  #sorted: string[] | undefined;
  #isShared = false;

  constructor(values = new Map<string, V>(), sorted?: string[]) {
    this.#values = values;
    this.#sorted = sorted;
  }

  get size(): number {
    return this.#values.size;
  }
  get(key: string): V | undefined {
    return this.#values.get(key);
  }
  has(key: string): boolean {
    return this.#values.has(key);
  }

  set(key: string, value: V): void {
    this.#own();
    if (!this.#values.has(key)) this.#insert(key);
    this.#values.set(key, value);
  }

  delete(key: string): boolean {
    if (!this.#values.has(key)) return false;
    this.#own();
    if (this.#sorted && this.#sorted.length <= insertUpTo) this.#sorted.splice(indexOf(this.#sorted, key), 1);
    else this.#sorted = undefined;
    return this.#values.delete(key);
  }

  /** Keys from `from` (inclusive) up to `to` (exclusive), at most `limit`. */
  slice(from: string, to: string | undefined, limit: number): readonly string[] {
    const sorted = this.keys();
    const start = indexOf(sorted, from);
    const end = to === undefined ? sorted.length : indexOf(sorted, to);
    return sorted.slice(start, Math.min(end, start + limit));
  }

  /** Every key in order; not to be changed, and true only until the next change. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.#values.keys()].toSorted();
    return this.#sorted;
  }

  /** Every value in order of its key. */
  *values(): Generator<V> {
    for (const key of this.keys()) {
      const value = this.#values.get(key);
      if (value !== undefined) yield value;
    }
  }

  fork(): SortedMap<V> {
    this.keys();
    this.#isShared = true;
    const fork = new SortedMap<V>(this.#values, this.#sorted);
    fork.#isShared = true;
    return fork;
  }

  #own(): void {
    if (!this.#isShared) return;
    this.#values = new Map(this.#values);
    this.#sorted = this.#sorted?.slice();
    this.#isShared = false;
  }

  #insert(key: string): void {
    const last = this.#sorted?.at(-1);
    if (this.#sorted === undefined) return;
    if (last === undefined || last < key) this.#sorted.push(key);
    else if (this.#sorted.length <= insertUpTo) this.#sorted.splice(indexOf(this.#sorted, key), 0, key);
    else this.#sorted = undefined;
  }
}

/** Index of the first key that is not before `key`. */
function indexOf(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
