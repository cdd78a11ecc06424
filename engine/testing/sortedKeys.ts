/** The keys of a map in order of UTF-16 code units, sorted again only after one came or went. */
export interface SortedKeys {
  /** Keys from `from` (inclusive) up to `to` (exclusive), at most `limit`. */
  slice(from: string, to: string | undefined, limit: number): readonly string[];
  /** To be called whenever a key came or went. */
  changed(): void;
}

export function sortedKeys(map: ReadonlyMap<string, unknown>): SortedKeys {
  let sorted: readonly string[] | undefined;
  /** Index of the first key that is not before `key`. */
  const indexOf = (keys: readonly string[], key: string): number => {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    slice(from, to, limit) {
      sorted ??= [...map.keys()].toSorted();
      const start = indexOf(sorted, from);
      const end = to === undefined ? sorted.length : indexOf(sorted, to);
      return sorted.slice(start, Math.min(end, start + limit));
    },
    changed() {
      sorted = undefined;
    },
  };
}
