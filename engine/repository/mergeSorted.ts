/** Merges sorted runs lazily: each run is read only as far as the result was taken. */
export function* mergeSorted<T>(runs: readonly Iterable<T>[], compare: (a: T, b: T) => number): Generator<T> {
  interface Source {
    readonly steps: Iterator<T>;
    value: T;
  }
  const heap: Source[] = [];
  const isBefore = (a: Source, b: Source): boolean => compare(a.value, b.value) < 0;

  /** Lets the source at `at` sink until its children come later. */
  function sink(at: number): void {
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isBefore(heap[child] as Source, heap[least] as Source)) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least] as Source, heap[at] as Source];
      at = least;
    }
  }

  for (const run of runs) {
    const steps = run[Symbol.iterator]();
    const first = steps.next();
    if (first.done !== true) heap.push({ steps, value: first.value });
  }
  for (let at = heap.length >> 1; at >= 0; at--) sink(at);

  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    yield top.value;
    const next = top.steps.next();
    if (next.done === true) {
      const last = heap.pop();
      if (last !== undefined && last !== top) heap[0] = last;
    } else {
      top.value = next.value;
    }
    sink(0);
  }
}
